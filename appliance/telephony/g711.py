"""G.711 µ-law and A-law by table, and changes of level without leaving it (ITU-T G.711).

PCM is mono, signed 16-bit little-endian, 8000 Hz; one byte of payload is one sample (0.125 ms).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from appliance.telephony.sdp import Codec

RATE: Final = 8000
"""Samples, and bytes of payload, a second."""


def _mu_law_values() -> npt.NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype("<i2")


def _a_law_values() -> npt.NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code & 0x70) >> 4
    step = (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype("<i2")


def _nearest(values: npt.NDArray[np.int16], zero: int) -> npt.NDArray[np.uint8]:
    """For each of the 65,536 samples, indexed by its unsigned form, the code that comes closest."""
    order = np.argsort(values, kind="stable")
    ordered = values[order].astype(np.int32)
    borders = (ordered[:-1] + ordered[1:] + 1) // 2
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    codes = order[np.searchsorted(borders, samples, side="right")].astype(np.uint8)
    codes[codes == (zero ^ 0x80)] = zero if values[zero] == values[zero ^ 0x80] else zero ^ 0x80
    return codes


_VALUES: Final[Mapping[Codec, npt.NDArray[np.int16]]] = {Codec.PCMU: _mu_law_values(), Codec.PCMA: _a_law_values()}
_SILENCE: Final[Mapping[Codec, int]] = {Codec.PCMU: 0xFF, Codec.PCMA: 0xD5}
_CODES: Final[Mapping[Codec, npt.NDArray[np.uint8]]] = {
    codec: _nearest(values, _SILENCE[codec]) for codec, values in _VALUES.items()
}


def decode(codec: Codec, payload: bytes) -> bytes:
    """PCM of a payload, two bytes a sample."""
    return _VALUES[codec][np.frombuffer(payload, np.uint8)].tobytes()


def encode(codec: Codec, pcm: bytes) -> bytes:
    """Payload of whole samples of PCM; a last odd byte is left out."""
    codes: npt.NDArray[np.uint8] = _CODES[codec][np.frombuffer(pcm, "<u2", len(pcm) // 2)]
    return codes.tobytes()


def silence(codec: Codec, samples: int) -> bytes:
    return bytes((_SILENCE[codec],)) * samples


def attenuation(codec: Codec, decibels: float) -> bytes:
    """A table for `bytes.translate` that makes a payload softer by `decibels`."""
    softer = np.rint(_VALUES[codec] * 10 ** (-decibels / 20)).astype("<i2")
    return encode(codec, softer.tobytes())


def conversion(before: Codec, after: Codec) -> bytes:
    """A table for `bytes.translate` from one law to the other."""
    return encode(after, _VALUES[before].tobytes())
