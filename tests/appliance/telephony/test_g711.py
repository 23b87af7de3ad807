"""G.711 against its own definition: every sample gets the code that comes closest."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.telephony import g711
from appliance.telephony.sdp import Codec

ALL_CODES = bytes(range(256))
ALL_SAMPLES = np.arange(-32768, 32768, dtype=np.int32)


@pytest.mark.parametrize(
    ("codec", "code", "sample"),
    [
        # ITU-T G.711 tables 1a to 2b, in 16-bit scale
        (Codec.PCMU, 0xFF, 0),
        (Codec.PCMU, 0x80, 32124),
        (Codec.PCMU, 0x00, -32124),
        (Codec.PCMU, 0xEF, 132),
        (Codec.PCMA, 0xD5, 8),
        (Codec.PCMA, 0x55, -8),
        (Codec.PCMA, 0xAA, 32256),
        (Codec.PCMA, 0x2A, -32256),
    ],
)
def test_known_codes(codec: Codec, code: int, sample: int) -> None:
    assert np.frombuffer(g711.decode(codec, bytes([code])), "<i2")[0] == sample


@pytest.mark.parametrize("codec", list(Codec))
def test_every_sample_gets_the_nearest_code(codec: Codec) -> None:
    values = np.frombuffer(g711.decode(codec, ALL_CODES), "<i2").astype(np.int32)
    coded = g711.encode(codec, ALL_SAMPLES.astype("<i2").tobytes())
    back = np.frombuffer(g711.decode(codec, coded), "<i2").astype(np.int32)
    ordered = np.sort(values)
    at = np.searchsorted(ordered, ALL_SAMPLES).clip(1, 255)
    best = np.minimum(abs(ordered[at] - ALL_SAMPLES), abs(ordered[at - 1] - ALL_SAMPLES))
    assert (abs(back - ALL_SAMPLES) == best).all()


@pytest.mark.parametrize("codec", list(Codec))
def test_coding_again_changes_nothing(codec: Codec) -> None:
    pcm = g711.decode(codec, ALL_CODES)
    assert g711.decode(codec, g711.encode(codec, pcm)) == pcm


@pytest.mark.parametrize("codec", list(Codec))
def test_silence_and_attenuation(codec: Codec) -> None:
    assert abs(np.frombuffer(g711.decode(codec, g711.silence(codec, 160)), "<i2")).max() <= 8
    softer = g711.attenuation(codec, 12)
    values = np.frombuffer(g711.decode(codec, ALL_CODES), "<i2").astype(float)
    soft = np.frombuffer(g711.decode(codec, ALL_CODES.translate(softer)), "<i2").astype(float)
    loud = abs(values) > 1000
    assert np.allclose(soft[loud] / values[loud], 0.251, atol=0.02)


def test_an_odd_byte_is_left_out() -> None:
    assert g711.encode(Codec.PCMU, b"\0\0\1") == b"\xff"
