"""Tells speech from silence over frames: probabilities with hysteresis, so that neither flickers."""

from __future__ import annotations

from typing import Final

from appliance.turns.signals import FRAME_MS

LIKELY: Final = 0.5
CERTAIN: Final = 0.85
STILL: Final = 0.3
"""Speech that has begun goes on down to here."""
FRAMES_IF_LIKELY, FRAMES_IF_CERTAIN = 3, 2
"""Frames in a row that make an onset: 96 ms, or 64 ms where each is certain."""


class SpeechDetector:
    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Silence, as far as is known."""
        self.speaking = False
        self._likely = self._certain = 0
        self.voiced_ms = 0
        """Speech since the onset, pauses not counted."""
        self.total_ms = 0
        """Since the onset."""
        self.silence_ms = 0
        """Since the last frame of speech."""

    def frame(self, probability: float) -> bool:
        """Take one frame; whether it makes the onset."""
        if self.speaking:
            self.total_ms += FRAME_MS
            if probability >= STILL:
                self.voiced_ms += FRAME_MS
                self.silence_ms = 0
            else:
                self.silence_ms += FRAME_MS
            return False
        self._likely = self._likely + 1 if probability >= LIKELY else 0
        self._certain = self._certain + 1 if probability >= CERTAIN else 0
        if self._likely < FRAMES_IF_LIKELY and self._certain < FRAMES_IF_CERTAIN:
            return False
        self.speaking = True
        self.voiced_ms = self.total_ms = self._likely * FRAME_MS
        self.silence_ms = 0
        return True
