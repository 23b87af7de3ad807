"""What the phone can say when nobody else answers: spoken once, soon after start, and kept in memory."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from appliance.adapters.speech import SpeechClient
from appliance.errors import B2TError
from appliance.telephony import g711
from appliance.telephony.sdp import Codec

log = structlog.get_logger(__name__)

MOMENT: Final = "One moment, please."
SORRY: Final = "I am sorry, something is not working here right now. Please call again a little later. Goodbye."
CLOSING: Final = "I am sorry, this service is being restarted. Please call again in a minute. Goodbye."
PAUSE_S: Final = 1.0


class Phrases:
    def __init__(self, speech: SpeechClient, language: str = "en", notice: str | None = None) -> None:
        self._speech, self._language = speech, language
        self._all = (MOMENT, SORRY, CLOSING, *([notice] if notice else []))
        self._pcm: dict[str, bytes] = {}

    @property
    def complete(self) -> bool:
        return len(self._pcm) == len(self._all)

    def known(self, phrase: str) -> bool:
        return phrase in self._pcm

    def payload(self, phrase: str, codec: Codec) -> bytes:
        """Telephone payload; where it was never spoken, a second of silence."""
        pcm = self._pcm.get(phrase)
        return g711.encode(codec, pcm) if pcm else g711.silence(codec, g711.RATE)

    async def prepare(self) -> None:
        """Have them spoken, trying until it is done."""
        for phrase in self._all:
            while phrase not in self._pcm:
                try:
                    self._pcm[phrase] = await self._speak(phrase)
                except B2TError:
                    await asyncio.sleep(PAUSE_S)
        log.info("phrases_ready")

    async def _speak(self, phrase: str) -> bytes:
        async with self._speech.synthesize(phrase, language=self._language, sample_rate=g711.RATE) as speech:
            return b"".join([chunk async for chunk in speech])
