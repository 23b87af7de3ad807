"""Telephone audio (8 kHz) for an acoustic model of 16 kHz, as a stream.

Exact resampling leaves the band above 4 kHz empty, which no recording the model was trained on has: on telephone-band
banking phrases it made 78 % word errors so. Doubling the rate by zeros alone, with no filter, mirrors the speech into
the upper band: 21 %, all else equal. A little noise keeps digital silence from looking like a word.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

NOISE: Final = 3.0
"""Standard deviation, in steps of 16 bits."""
_NOISE_LENGTH: Final = 16_001

Samples = NDArray[np.float32]


@functools.cache
def _noise() -> Samples:
    """The same noise every time, so that the same audio gives the same transcript."""
    return np.random.default_rng(1).normal(0, NOISE, _NOISE_LENGTH).astype(np.float32)


class Widener:
    """One stream's state."""

    def __init__(self) -> None:
        self._at = 0

    def widen(self, pcm: bytes) -> bytes:
        """Whole samples at 8 kHz in, twice as many at 16 kHz out, at once."""
        narrow = np.frombuffer(pcm, np.int16)
        count = 2 * len(narrow)
        wide = np.take(_noise(), np.arange(self._at, self._at + count), mode="wrap")
        wide[0::2] += narrow
        self._at = (self._at + count) % _NOISE_LENGTH
        return bytes(np.clip(np.rint(wide), -32768, 32767).astype(np.int16).tobytes())
