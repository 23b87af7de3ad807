"""Telephone audio (8 kHz) as cepstra for an acoustic model of 16 kHz, as a stream.

The model was trained on speech up to 6.8 kHz; a telephone carries nothing above 4 kHz, and often little below 300 Hz.
So the log-mel filters the model expects are estimated from those that the telephone leaves, in their context of
±3 frames, by a small regression (`telephone_band.npz`, made by `scripts/train/telephone_band.py`). The lower
filters of an 8 kHz spectrum equal those of a 16 kHz one up to a constant, so no audio is ever made wide.

Frames are 25.625 ms long, every 10 ms. The filters are those of pocketsphinx's front end (25 from 130 to 6800 Hz,
edges on spectral lines, unit area; 13 cepstra, lifter 22), its noise removal left out.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 8000
WINDOW: Final = 205
SHIFT: Final = 80
CONTEXT: Final = 3
FILTERS: Final = 25
KEPT: Final = 19
"""So many of the filters end below 3.9 kHz."""
CEPSTRA: Final = 13
NOISE: Final = 4.0
"""Standard deviation of the noise whose mean power is added, in 16-bit steps: digital silence is like nothing else."""
_FFT: Final = 256
_LINE_HZ: Final = SAMPLE_RATE / _FFT
_LOW_HZ, _HIGH_HZ = 130.0, 6800.0
_PRE_EMPHASIS: Final = 0.97
_LIFTER: Final = 22
_WEIGHTS: Final = Path(__file__).with_name("telephone_band.npz")

Array = NDArray[np.float32]


def filter_bank(lines: int) -> NDArray[np.float64]:
    """`FILTERS` triangles over `lines` spectral lines of 31.25 Hz, of unit area each."""

    def mel(hertz: float) -> float:
        return float(2595 * np.log10(1 + hertz / 700))

    edges = 700 * (10 ** (np.linspace(mel(_LOW_HZ), mel(_HIGH_HZ), FILTERS + 2) / 2595) - 1)
    edges = np.floor(edges / _LINE_HZ + 0.5) * _LINE_HZ
    low, mid, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    at = np.arange(lines) * _LINE_HZ
    triangles = np.minimum((at - low) / (mid - low), (high - at) / (high - mid))
    bank: NDArray[np.float64] = np.maximum(0, triangles) * 2 / (high - low)
    return bank


@functools.cache
def _window() -> Array:
    return np.hamming(WINDOW).astype(np.float32)


@functools.cache
def _lines_to_filters() -> tuple[Array, Array]:
    """Spectral power at 8 kHz → power in the kept filters at 16 kHz, pre-emphasis included; and the noise's share."""
    at = np.arange(_FFT // 2 + 1) * _LINE_HZ
    emphasis = np.abs(1 - _PRE_EMPHASIS * np.exp(-2j * np.pi * at / (2 * SAMPLE_RATE))) ** 2
    twice_the_samples = 4.0
    weights = (filter_bank(len(at))[:KEPT] * emphasis).T * twice_the_samples
    noise = weights.sum(0) * NOISE**2 / 2 * np.sum(_window() ** 2)
    return weights.astype(np.float32), noise.astype(np.float32)


def log_filters(samples: Array) -> Array:
    """Natural logarithms of the kept filters' power, a row a frame. Samples on the 16-bit scale."""
    if len(samples) < WINDOW:
        return np.zeros((0, KEPT), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::SHIFT]
    spectrum = np.fft.rfft(frames * _window(), _FFT)
    weights, noise = _lines_to_filters()
    power = (spectrum.real**2 + spectrum.imag**2) @ weights + noise
    return np.log(power).astype(np.float32, copy=False)


def in_context(rows: Array) -> Array:
    """Each row with `CONTEXT` before and after it, side by side; rows without enough of both are left out."""
    count = max(0, len(rows) - 2 * CONTEXT)
    return np.hstack([rows[at : at + count] for at in range(2 * CONTEXT + 1)])


@functools.cache
def cepstral_transform() -> Array:
    """`FILTERS` log-mel values @ this = `CEPSTRA` liftered cepstra: orthonormal DCT-II as in pocketsphinx."""
    order, at = np.arange(CEPSTRA), np.arange(FILTERS)[:, None] + 0.5
    transform = np.cos(np.pi * order * at / FILTERS) * np.sqrt(2 / FILTERS)
    transform[:, 0] *= np.sqrt(0.5)
    lifter = 1 + _LIFTER / 2 * np.sin(np.pi * order / _LIFTER)
    liftered: Array = (transform * lifter).astype(np.float32)
    return liftered


@dataclass(frozen=True, slots=True)
class Regression:
    """One hidden layer of rectifiers: `in_context` of the kept filters in, all `FILTERS` out."""

    shift: Array
    scale: Array
    hidden: Array
    hidden_bias: Array
    out: Array
    out_bias: Array

    def __call__(self, context: Array) -> Array:
        inner = np.maximum(0, (context - self.shift) * self.scale @ self.hidden + self.hidden_bias)
        estimated: Array = inner @ self.out + self.out_bias
        return estimated


@functools.cache
def regression() -> Regression:
    """The committed one."""
    with np.load(_WEIGHTS, allow_pickle=False) as stored:
        return Regression(**stored)


class FrontEnd:
    """One utterance's state: PCM in, cepstra out, 30 ms (the context) late."""

    def __init__(self) -> None:
        self._samples = np.zeros(0, np.float32)
        self._rows = np.zeros((0, KEPT), np.float32)

    def take(self, pcm: bytes) -> Array:
        """16-bit PCM at 8000 Hz, whole samples; the cepstra that are ready, a row of `CEPSTRA` each."""
        self._samples = np.concatenate([self._samples, np.frombuffer(pcm, np.int16)], dtype=np.float32)
        rows = log_filters(self._samples)
        self._samples = self._samples[len(rows) * SHIFT :]
        return self._extend(rows)

    def finish(self) -> Array:
        """What still waits for its context, the last frame standing for what never came."""
        return self._extend(np.repeat(self._rows[-1:], CONTEXT, axis=0))

    def _extend(self, rows: Array) -> Array:
        if len(rows) and not len(self._rows):
            rows = np.vstack([np.repeat(rows[:1], CONTEXT, axis=0), rows])
        self._rows = np.vstack([self._rows, rows])
        context = in_context(self._rows)
        self._rows = self._rows[len(context) :]
        cepstra: Array = regression()(context) @ cepstral_transform()
        return cepstra
