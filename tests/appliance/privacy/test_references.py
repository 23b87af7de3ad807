from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from appliance.errors import Denied, Invalid, Tampered
from appliance.events import Reference
from appliance.ports import PersonalSpan
from appliance.privacy.references import (
    ReferenceBook,
    escape,
    names_in,
    render,
    returned_name,
    reveal,
    seal_value,
)
from appliance.privacy.sealing import ConversationKeys
from appliance.privacy.values import Digits, Money, Text, money

KEYS = ConversationKeys("c1", {"redacted": {1: os.urandom(32)}, "raw": {1: os.urandom(32)}})
CARD = "4111 1111 1111 1111"


def span(text: str, piece: str, kind: str, *, secret: bool = False) -> PersonalSpan:
    start = text.index(piece)
    return PersonalSpan(start, start + len(piece), kind, 1.0, secret)


def test_values_leave_the_text_and_come_back_for_who_may_see_them():
    text = f"charge {CARD} for jane@example.org"
    redacted = ReferenceBook(KEYS).redact(text, [span(text, CARD, "CARD"), span(text, "jane@example.org", "EMAIL")])
    assert redacted.text == "charge <CARD_1> for <EMAIL_1>"
    assert CARD not in repr(redacted)
    known = reveal(KEYS, redacted.references)
    assert render(redacted.text, known) == "charge 4111111111111111 for jane@example.org"
    assert render(redacted.text, known, "spoken").startswith("charge 4 1 1 1 1")


def test_the_same_value_keeps_its_name_however_it_was_said():
    first = "my card is 4111111111111111"
    book = ReferenceBook(KEYS)
    before = book.redact(first, [span(first, "4111111111111111", "CARD")])
    later = f"{CARD} and 5500 0000 0000 0004"
    again = ReferenceBook(KEYS, before.references).redact(
        later, [span(later, CARD, "CARD"), span(later, "5500 0000 0000 0004", "CARD")]
    )
    assert again.text == "<CARD_1> and <CARD_2>"
    assert again.references[0] == before.references[0]


def test_a_secret_is_stored_in_no_form():
    text = "my pin is 4831, yes 4831"
    spans = [span(text, "4831", "PIN", secret=True), PersonalSpan(20, 24, "PIN", 1.0, True)]
    redacted = ReferenceBook(KEYS).redact(text, spans)
    assert redacted.text == "my pin is <PIN_1>, yes <PIN_2>"
    assert all(reference.value is None and reference.digest is None for reference in redacted.references)
    assert render(redacted.text, reveal(KEYS, redacted.references)) == "my pin is [pin], yes [pin]"
    assert render("<ONE_TIME_CODE_1>", {}, "spoken") == "one time code"


def test_what_a_person_types_names_nobodys_value():
    known = reveal(KEYS, [ReferenceBook(KEYS).add("CARD", Digits("4111"))])
    typed = "what is <CARD_1> or <LT_0>CARD_1> or <<CARD_1>> or <MONEY_r0123456789>?"
    redacted = ReferenceBook(KEYS).redact(typed, [])
    assert names_in(redacted.text) == ()
    assert render(redacted.text, known) == typed
    assert render(redacted.text, known, "spoken") == typed


def test_a_value_that_looks_like_a_reference_is_not_resolved_again():
    known = {"NAME_1": Text("<CARD_1>"), "CARD_1": Digits("4111")}
    assert render("hello <NAME_1>", known) == "hello <CARD_1>"


@settings(deadline=None)
@given(st.text(alphabet="<>ACLT_D01r ", max_size=60), st.data())
def test_any_text_renders_as_it_was_typed(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = [PersonalSpan(a, b, "NAME", 1.0) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    redacted = ReferenceBook(KEYS).redact(text, spans)
    known = reveal(KEYS, redacted.references) | {"CARD_1": Digits("4111"), "A_1": Text("leak"), "LT_1": Text("leak")}
    stripped = list(text)
    for one in reversed(spans):
        stripped[one.start : one.end] = text[one.start : one.end].strip()
    assert render(redacted.text, known) == "".join(stripped)


@settings(deadline=None)
@given(st.text(alphabet="<>ACLT_D01r ", max_size=40))
def test_escaped_text_names_nothing(text):
    assert names_in(escape(text)) == ()
    assert render(escape(text), {}) == text


def test_two_inputs_redacted_at_once_are_told_apart_when_taken():
    one, two = "card 4111", "card 5500"
    first = ReferenceBook(KEYS).redact(one, [span(one, "4111", "CARD")])
    second = ReferenceBook(KEYS).redact(two, [span(two, "5500", "CARD")])
    assert first.text == second.text == "card <CARD_1>"
    book = ReferenceBook(KEYS)
    assert book.adopt(first) == first
    adopted = book.adopt(second)
    assert adopted.text == "card <CARD_2>"
    assert reveal(KEYS, adopted.references) == {"CARD_2": Digits("5500")}
    assert ReferenceBook(KEYS, first.references).adopt(first) == first
    third = ReferenceBook(KEYS, [*first.references, *adopted.references]).adopt(second)
    assert third.text == "card <CARD_2>"


def test_an_adopted_secret_gets_a_name_of_its_own():
    text = "pin 4831"
    redacted = ReferenceBook(KEYS).redact(text, [span(text, "4831", "PIN", secret=True)])
    assert ReferenceBook(KEYS, redacted.references).adopt(redacted).text == "pin <PIN_2>"


def test_swapped_values_are_noticed():
    book = ReferenceBook(KEYS)
    one, two = book.add("CARD", Digits("1")), book.add("CARD", Digits("2"))
    with pytest.raises(Tampered):
        reveal(KEYS, [Reference(one.name, one.kind, two.value, one.digest)])


def test_a_returned_value_has_a_name_of_its_own_that_a_redelivery_repeats():
    name = returned_name("MONEY", "call-1", "balance")
    assert name == returned_name("MONEY", "call-1", "balance")
    assert name not in {returned_name("MONEY", "call-2", "balance"), returned_name("MONEY", "call-1", "fee")}
    reference = seal_value(KEYS, name, "MONEY", money(123456))
    book = ReferenceBook(KEYS, [reference])
    assert book.add("MONEY", money(5)).name == "MONEY_1"
    assert render(f"You have <{name}>.", reveal(KEYS, [reference]), "spoken") == "You have 1234 dollars and 56 cents."


@pytest.mark.parametrize("spans", [[(0, 2), (1, 3)], [(3, 9)], [(2, 2)], [(-1, 2)]])
def test_spans_must_be_ordered_and_inside(spans):
    with pytest.raises(Invalid):
        ReferenceBook(KEYS).redact("abcd", [PersonalSpan(a, b, "NAME", 1.0) for a, b in spans])


@pytest.mark.parametrize("kind", ["", "card", "CARD 1", "LT", "A>B"])
def test_a_kind_is_capitals(kind):
    with pytest.raises(Invalid):
        ReferenceBook(KEYS).add(kind, Text("x"))


def test_who_has_no_raw_key_resolves_nothing():
    reference = ReferenceBook(KEYS).add("CARD", Digits("1"))
    with pytest.raises(Denied):
        reveal(ConversationKeys("c1", {"redacted": {1: bytes(32)}}), [reference])


def test_what_could_not_be_read_again_is_not_stored():
    for value in (Digits(""), Digits("1" * 65), Digits("²²²"), Money("many")):
        reference = ReferenceBook(KEYS).add("NUMBER", value)
        assert (reference.name, reference.value, reference.digest) == ("NUMBER_1", None, None)


def test_one_value_that_cannot_be_read_leaves_the_others_readable():
    good = ReferenceBook(KEYS).add("CARD", Digits("4111"))
    bad = seal_value(KEYS, "NUMBER_1", "NUMBER", Digits(""))
    with capture_logs() as told:
        known = reveal(KEYS, [bad, good])
    assert render("<NUMBER_1> of <CARD_1>", known) == "[number] of 4111"
    assert [(one["event"], one["reference"]) for one in told] == [("value_unreadable", "NUMBER_1")]
