"""Rows of digits never reach the inbox, whatever a detector leaves of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import events as e
from appliance.adapters.inference import Asked
from appliance.conversation.state import Frame, State
from appliance.ports import PersonalSpan
from appliance.privacy.held_digits import Earlier
from appliance.privacy.references import Redacted, ReferenceBook, reveal
from appliance.privacy.sealing import heard_place
from appliance.privacy.values import Date
from services.dialogue.redaction import Parties, continued, redact, secret_asked_for, with_digits, with_others
from tests.fakes.keys import keys_of


def shown(text: str, spans: list[PersonalSpan], *, secret: bool = False, asked: bool = False) -> str:
    result, position = "", 0
    for span in with_digits(text, spans, secret=secret, asked=asked):
        result += f"{text[position : span.start]}<{span.kind}{'!' if span.secret else ''}>"
        position = span.end
    return result + text[position:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my number is 12345678", "my number is <NUMBER>"),
        ("1234 5678", "<NUMBER>"),
        ("one two three four five six seven eight please", "<NUMBER> please"),
        ("one double two three oh five", "<NUMBER>"),
        ("4111 1111 1111 1111", "<CARD>"),
        ("4111-1111-1111-1112 and 1234", "<CARD> and 1234"),
        ("call one or two", "call one or two"),
        ("from nine to five", "from nine to five"),
        ("no digits", "no digits"),
        ("", ""),
    ],
)
def test_rows_of_digits(text: str, expected: str) -> None:
    assert shown(text, []) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2468", "<PIN!>"),
        ("it is two four six eight", "it is <PIN!>"),
        ("123", "<PIN!>"),
        ("one", "one"),
        ("12345678", "<PIN!>"),
    ],
)
def test_digits_while_a_secret_is_asked_for(text: str, expected: str) -> None:
    assert shown(text, [], secret=True) == expected


def test_a_secret_is_asked_for_until_it_has_been_looked_up() -> None:
    asked = e.SecureCaptureStarted("capture", "pin", 4, 8)
    looked_up = e.ConnectorCallStarted("call1", "bank", "balance", {"pin": "capture"}, ("pin",))
    other = e.ConnectorCallStarted("call2", "bank", "hours", {})
    calls = {"call1": looked_up, "call2": other}
    assert not secret_asked_for(State("c"))
    assert not secret_asked_for(State("c", stack=(Frame("balance"),), calls=calls))
    assert secret_asked_for(State("c", stack=(Frame("balance", capture=asked), Frame("help"))))
    assert secret_asked_for(State("c", stack=(Frame("balance", call="call1"),), calls=calls))
    assert not secret_asked_for(State("c", stack=(Frame("balance", call="call2"),), calls=calls))


def test_the_detector_names_what_it_knows() -> None:
    text = "card 4111 1111 1111 1111"
    assert shown(text, [PersonalSpan(5, 24, "CREDIT_CARD", 1.0)]) == "card <CREDIT_CARD>"


def test_what_looks_like_a_date_is_a_number_where_one_is_asked_for() -> None:
    date = [PersonalSpan(0, 8, "DATE", 0.6)]
    assert shown("19800512", date) == "<DATE>"
    assert shown("19800512", date, asked=True) == "<NUMBER>"
    assert shown("19800512", [PersonalSpan(0, 8, "PIN", 1.0, secret=True)], asked=True) == "<PIN!>"


def test_a_secret_in_what_looks_like_something_else_is_still_a_secret() -> None:
    assert shown("2468", [PersonalSpan(0, 4, "YEAR", 0.5)], secret=True) == "<PIN!>"
    assert shown("a 2468", [PersonalSpan(0, 6, "NAME", 0.5)], secret=True) == "<NAME!>"


def test_what_a_detector_leaves_of_a_row_is_taken_too() -> None:
    text = "4111 1111 1111 1111 22 33"
    assert shown(text, [PersonalSpan(0, 19, "CREDIT_CARD", 1.0)]) == "<CREDIT_CARD> <NUMBER>"
    assert shown(text, [PersonalSpan(5, 19, "CREDIT_CARD", 1.0)]) == "<NUMBER> <CREDIT_CARD> <NUMBER>"
    assert shown("12 536-90-4399", [PersonalSpan(3, 14, "SSN", 1.0)]) == "<NUMBER> <SSN>"


@given(st.text(alphabet="0123456789 -ab", max_size=40), st.data())
def test_no_long_row_of_digits_is_left(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = [PersonalSpan(start, end, "X", 1.0)] if start < end else []
    left = re.sub(r"<\w+!?>", "x", shown(text, spans))
    assert not re.search(r"[0-9](?:[ -]*[0-9]){4}", left)


class _Detects:
    """Finds the one span, and remembers what was asked."""

    def __init__(self, span: PersonalSpan) -> None:
        self.span, self.asked = span, None

    async def detect(self, text: str, language: str, *, expecting_secret: bool, asked: object = None) -> tuple:
        self.asked = asked
        return (self.span,)


async def test_an_entitys_value_is_sealed_as_what_it_is() -> None:
    keys = keys_of("c1")
    said = e.Said(
        input_id="i1", conversation="c1", leg="l1", modality=e.Modality.TEXT, text="born on the third of may 1984"
    )
    inference = _Detects(PersonalSpan(8, 29, "BORN", 1.0, value='{"date":"1984-05-03","type":"date"}'))
    asked = Asked("v1", ("born",))
    stored = await redact(said, State("c1"), keys, Parties(keys), inference, asked)  # type: ignore[arg-type]
    assert inference.asked == asked
    assert stored.text is not None
    assert keys.unseal_text(heard_place("i1"), stored.text) == "born on <BORN_1>"
    assert reveal(keys, stored.references) == {"BORN_1": Date("1984-05-03")}


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("my card is 4111", "1111 please", "<NUMBER_1> please"),
        ("it is four one one one", "um one one one one", "um <NUMBER_1>"),
        ("my card is 4111", "wait a moment", "wait a moment"),
        ("in thirty days", "1111", "1111"),
        ("forty one eleven", "eleven", "<NUMBER_1>"),
        ("4111", "send 300 to my sister", "send 300 to my sister"),
        ("my order is 12345", "2", "2"),
    ],
)
def test_digits_that_go_on_with_those_of_the_turn_before_are_sealed(before: str, text: str, expected: str) -> None:
    book = ReferenceBook(keys_of("c1"), ())
    found = continued(Redacted(text, ()), [Earlier(before)], {}, book)
    assert found.text == expected
    assert len(found.references) == expected.count("<")


def test_a_number_in_four_parts_leaves_no_more_than_the_first_in_clear() -> None:
    keys = keys_of("c1")
    known: dict[str, e.Reference] = {}
    before: list[Earlier] = []
    stored = []
    for part in ("my card is 4111", "2222", "3333", "4444"):
        book = ReferenceBook(keys, known.values())
        found = continued(Redacted(part, ()), before, known, book)
        known |= {one.name: one for one in found.references}
        before.append(Earlier(found.text))
        stored.append(found.text)
    assert stored == ["my card is 4111", "<NUMBER_1>", "<NUMBER_2>", "<NUMBER_3>"]


class _InGerman:
    """Finds a card in German words, and a name, and nothing in English."""

    async def detect(self, text: str, language: str, *, expecting_secret: bool, asked: object = None) -> tuple:
        if not language.startswith("de"):
            return ()
        return (PersonalSpan(3, 22, "CARD", 1.0), PersonalSpan(23, 28, "PERSON", 0.9))


@pytest.mark.parametrize(
    ("languages", "expected"),
    [((), "ja vier eins eins eins bitte"), (("en-US", "de-DE"), "ja <CARD_1> bitte")],
)
async def test_a_number_in_the_words_of_another_of_the_agents_languages_is_taken_out(
    languages: tuple[str, ...], expected: str
) -> None:
    keys = keys_of("c1")
    text = "ja vier eins eins eins bitte"
    said = e.Said(input_id="i1", conversation="c1", leg="l1", modality=e.Modality.TEXT, text=text)
    inference: Any = _InGerman()
    stored = await redact(said, State("c1"), keys, Parties(keys), inference, None, languages)
    assert stored.text is not None
    assert keys.unseal_text(heard_place("i1"), stored.text) == expected


@pytest.mark.parametrize(
    ("found", "others", "expected"),
    [
        ([], [("CARD", 0, 5)], [("CARD", 0, 5)]),
        ([("PERSON", 0, 9)], [("CARD", 0, 5)], [("PERSON", 0, 9)]),
        ([("NUMBER", 0, 3)], [("CARD", 0, 5)], [("CARD", 0, 5)]),
        ([("NUMBER", 0, 3)], [("PERSON", 0, 5)], [("NUMBER", 0, 3)]),
    ],
)
def test_of_two_languages_the_longer_number_stays(
    found: list[tuple[str, int, int]], others: list[tuple[str, int, int]], expected: list[tuple[str, int, int]]
) -> None:
    def spans(given: list[tuple[str, int, int]]) -> list[PersonalSpan]:
        return [PersonalSpan(start, end, kind, 1.0) for kind, start, end in given]

    assert list(with_others(spans(found), spans(others))) == spans(expected)
