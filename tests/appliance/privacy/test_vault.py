from __future__ import annotations

import os
from dataclasses import replace

import pytest

from appliance.errors import Denied, Invalid, Tampered
from appliance.privacy.vault import BOX, CLASSES, RIGHTS, RootKey, check_right, new_root_file, read_root_file


@pytest.mark.parametrize("unit", ["scribe", "insights", "inference", "supervisor", "", "stranger"])
def test_units_that_are_lent_nothing(unit):
    with pytest.raises(Denied):
        check_right(unit, "c1", frozenset({"redacted"}))


@pytest.mark.parametrize("unit", ["dialogue", "gateway", "phone", "connectors"])
def test_units_that_are_lent_both_classes(unit):
    assert check_right(unit, "c1", frozenset(CLASSES)).classes == frozenset(CLASSES)


def test_the_operator_reads_redacted_text_only():
    check_right("operator", "c1", frozenset({"redacted"}))
    with pytest.raises(Denied):
        check_right("operator", "c1", frozenset({"raw"}))


def test_only_dialogue_makes_keys():
    assert [unit for unit, right in RIGHTS.items() if right.creates] == ["dialogue"]


@pytest.mark.parametrize("unit", sorted(RIGHTS))
def test_what_digests_callers_and_codes_is_lent_to_dialogue_alone(unit):
    if unit == "dialogue":
        assert check_right(unit, BOX, frozenset(CLASSES)).creates
        return
    with pytest.raises(Denied):
        check_right(unit, BOX, frozenset({"redacted"}))


@pytest.mark.parametrize(("conversation", "classes"), [("c1", frozenset()), ("c 1", {"raw"}), ("", {"raw"})])
def test_a_lease_names_a_conversation_and_a_class(conversation, classes):
    with pytest.raises(Invalid):
        check_right("dialogue", conversation, frozenset(classes))


def test_a_wrapped_key_is_unwrapped_by_its_root_key_only():
    root = read_root_file(new_root_file())
    wrapped = root.make("c1", "raw")
    assert len(root.unwrap(wrapped)) == 32
    assert root.unwrap(wrapped) not in wrapped.wrapped
    with pytest.raises(Tampered):
        read_root_file(new_root_file()).unwrap(wrapped)
    for changed in (
        replace(wrapped, conversation="c2"),
        replace(wrapped, key="redacted"),
        replace(wrapped, generation=2),
        replace(wrapped, root_generation=9),
        replace(wrapped, wrapped=wrapped.wrapped[:-1]),
        replace(wrapped, wrapped=b""),
    ):
        with pytest.raises(Tampered):
            root.unwrap(changed)


def test_an_older_root_key_still_unwraps_after_a_new_one_came():
    first = os.urandom(32)
    wrapped = RootKey({1: first}).make("c1", "raw")
    rotated = RootKey({1: first, 2: os.urandom(32)})
    assert rotated.unwrap(wrapped) == RootKey({1: first}).unwrap(wrapped)
    assert rotated.make("c1", "raw").root_generation == 2


@pytest.mark.parametrize("content", ["", "1 short", "x " + "A" * 44, "1 c2VjcmV0", "sesame"])
def test_a_damaged_root_file_is_refused_without_being_quoted(content):
    with pytest.raises(Invalid) as refused:
        read_root_file(content)
    assert not content or content.split()[-1] not in str(refused.value)
