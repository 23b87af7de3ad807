from __future__ import annotations

import base64
import os
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import Denied, Invalid, Tampered
from appliance.events import Sealed
from appliance.privacy.sealing import ConversationKeys, heard_place, reference_place, reply_place

RED, RAW = os.urandom(32), os.urandom(32)


def keys(conversation: str = "c1", **changed: dict[int, bytes]) -> ConversationKeys:
    return ConversationKeys(conversation, {"redacted": {1: RED}, "raw": {1: RAW}} | changed)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["redacted", "raw"]))
def test_what_is_sealed_is_what_is_unsealed(value, key):
    sealed = keys().seal(heard_place("i1"), value, key)
    assert sealed.key == key
    assert keys().unseal(heard_place("i1"), sealed) == value


def test_every_flipped_bit_is_noticed():
    sealed = keys().seal("turn/t/text", b"hello")
    box = bytearray(base64.b64decode(sealed.box))
    for position in range(len(box) * 8):
        changed = bytearray(box)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(Tampered):
            keys().unseal("turn/t/text", Sealed("redacted", base64.b64encode(changed).decode()))


@settings(deadline=None)
@given(st.text(max_size=120))
def test_rubbish_is_tampered_with(box):
    with pytest.raises(Tampered):
        keys().unseal("p", Sealed("redacted", box))


def test_another_spelling_of_the_same_bytes_is_noticed():
    sealed = next(s for n in range(9) if (s := keys().seal("p", b"x" * n)).box.endswith("=") and s.box[-2] != "=")
    last = sealed.box[-2]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = sealed.box[:-2] + alphabet[alphabet.index(last) ^ 1] + "="
    assert base64.b64decode(other) == base64.b64decode(sealed.box)
    with pytest.raises(Tampered):
        keys().unseal("p", Sealed("redacted", other))


@pytest.mark.parametrize("place", [reply_place("i1"), heard_place("i2"), reference_place("i1"), "turn/i1/tex"])
def test_a_box_is_read_at_its_own_place_only(place):
    sealed = keys().seal(heard_place("i1"), b"hello")
    with pytest.raises(Tampered):
        keys().unseal(place, sealed)


def test_a_box_is_of_its_own_conversation_and_class_only():
    sealed = keys().seal("p", b"hello")
    with pytest.raises(Tampered):
        keys("c2").unseal("p", sealed)
    with pytest.raises(Tampered):
        keys().unseal("p", Sealed("raw", sealed.box))
    with pytest.raises(Tampered):
        keys(raw={1: RED}).unseal("p", Sealed("raw", sealed.box))
    with pytest.raises(Tampered):
        keys(redacted={1: os.urandom(32)}).unseal("p", sealed)


def test_the_newest_generation_seals_and_all_unseal():
    old = keys().seal("p", b"before")
    rotated = keys(redacted={1: RED, 2: os.urandom(32)})
    new = rotated.seal("p", b"after")
    assert (rotated.unseal("p", old), rotated.unseal("p", new)) == (b"before", b"after")
    with pytest.raises(Tampered, match="generation"):
        keys().unseal("p", new)


def test_a_class_that_was_not_leased_neither_seals_nor_reads_nor_digests():
    operator = ConversationKeys("c1", {"redacted": {1: RED}})
    with pytest.raises(Denied):
        operator.seal("p", b"x", "raw")
    with pytest.raises(Denied):
        operator.unseal("p", keys().seal("p", b"x", "raw"))
    with pytest.raises(Denied):
        operator.digest("x")


def test_digests_are_equal_within_a_conversation_and_across_a_rotation_but_nowhere_else():
    assert keys().digest("4111") == keys(raw={1: RAW, 2: os.urandom(32)}).digest("4111")
    assert keys().digest("4111") != keys().digest("4112")
    assert keys().digest("4111") != keys(raw={1: os.urandom(32)}).digest("4111")


def test_nothing_is_sealed_twice_alike():
    assert keys().seal("p", b"x") != keys().seal("p", b"x")


def test_keys_do_not_show_themselves():
    assert RAW.hex() not in repr(keys())
    with pytest.raises(TypeError):
        pickle.dumps(keys())


@pytest.mark.parametrize("wrong", [{"raw": {0: RAW}}, {"raw": {256: RAW}}, {"raw": {1: b"short"}}, {"raw": {}}])
def test_wrong_keys_are_refused(wrong):
    with pytest.raises(Invalid):
        ConversationKeys("c1", wrong)


def test_a_place_may_not_smuggle_a_separator():
    with pytest.raises(Invalid):
        keys().seal("a\0b", b"x")
