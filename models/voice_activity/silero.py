"""Silero v6 on ONNX Runtime, from the file faster-whisper's wheel carries.

That file takes 512 samples at 16 kHz after 64 samples of context (input [n, 576], LSTM state [1, 1, 128] twice) and
knows no other rate, so telephone audio is doubled first. Loaded by `phone` and `gateway` themselves: it looks at every
frame. About 0.2 ms for a 32 ms frame on one thread; calls do not batch, since the state is one stream's.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime

from appliance.errors import Unavailable

WINDOW: Final = 512
CONTEXT: Final = 64
_STATE: Final = (1, 1, 128)
# A Kaiser-windowed sinc of 24 taps gives the odd samples of the doubled signal; the even ones are given.
_HALF: Final = 12


@functools.cache
def _interpolator() -> np.ndarray:
    at = np.arange(-_HALF + 0.5, _HALF)
    taps = np.sinc(at) * np.kaiser(2 * _HALF, 6.0)
    return np.asarray(taps / taps.sum(), np.float32)


class Silero:
    """One stream's detector. `probability` takes exactly `frame_samples` at `sample_rate` (8000 or 16000 Hz): 32 ms."""

    def __init__(self, sample_rate: int = 8000) -> None:
        if sample_rate not in (8000, 16000):
            raise ValueError("voice activity works at 8000 or 16000 Hz")
        self.sample_rate = sample_rate
        self.frame_samples = WINDOW * sample_rate // 16000
        self._model = _model()
        self.reset()

    def reset(self) -> None:
        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)
        self._input = np.zeros((1, CONTEXT + WINDOW), np.float32)
        self._before = np.zeros(2 * _HALF, np.float32)

    def probability(self, frame: bytes) -> float:
        samples = np.frombuffer(frame, np.int16).astype(np.float32) / 32768
        if len(samples) != self.frame_samples:
            raise ValueError(f"a frame has {self.frame_samples} samples, not {len(samples)}")
        self._input[0, :CONTEXT] = self._input[0, -CONTEXT:]
        self._input[0, CONTEXT:] = samples if self.sample_rate == 16000 else self._doubled(samples)
        found, self._h, self._c = self._model.run(None, {"input": self._input, "h": self._h, "c": self._c})
        return float(found[0])

    def _doubled(self, samples: np.ndarray) -> np.ndarray:
        """To 16 kHz, 12 samples (1.5 ms) late."""
        line = np.concatenate([self._before, samples])
        self._before = line[-2 * _HALF :]
        doubled = np.empty(2 * len(samples), np.float32)
        doubled[0::2] = line[_HALF : _HALF + len(samples)]
        doubled[1::2] = np.convolve(line[1 : len(samples) + 2 * _HALF], _interpolator(), "valid")
        return doubled


@functools.cache
def _model() -> Any:
    """Read once a process; the session is stateless and shared."""
    found = importlib.util.find_spec("faster_whisper")  # found without importing it, which would take a second
    if found is None or found.origin is None:
        raise Unavailable("The package faster-whisper, which carries the voice detector, is not installed.")
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    path = Path(found.origin).parent / "assets" / "silero_vad_v6.onnx"
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"], sess_options=options)
