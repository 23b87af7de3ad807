"""Telephone audio (8 kHz) for an acoustic model of 16 kHz, as a stream.

Exact resampling leaves the band above 4 kHz empty, which no recording the model was trained on has: its word errors on
telephone-band banking phrases were 78 % so. Here the mirror image that every second sample being zero puts into the
upper band is kept at half its strength, with a little noise against digital silence: 17 %, all else equal (measured
with `scripts/bench/recognition`; see docs/benchmarks.md).
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

TAPS: Final = 63
IMAGE: Final = 0.5
NOISE: Final = 4.0
_BEFORE: Final = TAPS // 2 + 1
_NOISE_LENGTH: Final = 16_001

Samples = NDArray[np.float32]


@functools.cache
def _phases() -> tuple[Samples, Samples]:
    """The filter `(1 - IMAGE) * low-pass + IMAGE * all-pass` for even and odd output samples."""
    at = np.arange(TAPS) - TAPS // 2
    low = 0.47 * np.sinc(0.47 * at) * np.hamming(TAPS)
    taps = (1 - IMAGE) * low / low.sum()
    taps[TAPS // 2] += IMAGE
    taps = (2 * taps).astype(np.float32)
    return taps[0::2], taps[1::2]


@functools.cache
def _noise() -> Samples:
    """The same noise every time, so that the same audio gives the same transcript."""
    return np.random.default_rng(1).normal(0, NOISE, _NOISE_LENGTH).astype(np.float32)


class Widener:
    """One stream's state. `widen` gives twice as many samples as it takes, 2 ms late."""

    def __init__(self) -> None:
        self._before = np.zeros(_BEFORE, np.float32)
        self._at = 0

    def widen(self, pcm: bytes) -> bytes:
        """PCM at 8 kHz in, at 16 kHz out. Takes whole samples."""
        line = np.concatenate([self._before, np.frombuffer(pcm, np.int16).astype(np.float32)])
        self._before = line[-_BEFORE:]
        count = len(pcm) // 2
        even, odd = _phases()
        wide = np.empty(2 * count, np.float32)
        wide[0::2] = np.convolve(line, even, "valid")[-count:] if count else 0
        wide[1::2] = np.convolve(line, odd, "valid")[-count:] if count else 0
        wide += np.take(_noise(), np.arange(self._at, self._at + 2 * count), mode="wrap")
        self._at = (self._at + 2 * count) % _NOISE_LENGTH
        return np.clip(np.rint(wide), -32768, 32767).astype(np.int16).tobytes()
