from __future__ import annotations

import base64

import pytest

from appliance.errors import Invalid, Tampered
from appliance.privacy.envelopes import EnvelopeKey, enclose


def test_an_envelope_is_for_one_reader_and_one_purpose():
    mine, other = EnvelopeKey(), EnvelopeKey()
    envelope = enclose(mine.public, "a share", b"secret")
    assert mine.open("a share", envelope) == b"secret"
    assert b"secret" not in base64.b64decode(envelope)
    for key, purpose in ((other, "a share"), (mine, "shares")):
        with pytest.raises(Tampered):
            key.open(purpose, envelope)


def test_every_flipped_bit_of_an_envelope_is_noticed():
    mine = EnvelopeKey()
    raw = base64.b64decode(enclose(mine.public, "p", b"hello"))
    for position in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(Tampered):
            mine.open("p", base64.b64encode(changed).decode())


@pytest.mark.parametrize("public", ["", "AAAA", "#", "A" * 43 + "="])
def test_a_wrong_public_key_is_refused(public):
    with pytest.raises(Invalid):
        enclose(public, "p", b"x")


def test_rubbish_is_tampered_with():
    for envelope in ("", "#", "AAAA", "A" * 44):
        with pytest.raises(Tampered):
            EnvelopeKey().open("p", envelope)
