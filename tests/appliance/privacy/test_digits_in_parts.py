"""A number in any parts, over any turns, leaves no more than four of its digits where they were said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.privacy.held_digits import MOST_LEFT, Earlier, parts, said_digits
from tests.box.planting import said, said_pairs

LEADS = (
    "",
    "",
    "",
    "um ",
    "then ",
    "and ",
    "next is ",
    "my card is ",
    "okay, ",
    "the rest: ",
    "it's ",
    "ja, ",
    "puis ",
)
ENDS = ("", "", "", " please", ".", " okay", ", then", " bitte")
DIGRESSIONS = (
    "wait a moment", "what are your opening hours", "sorry, my dog", "are you still there",
    "I want to check my balance", "no", "let me find my glasses",
)  # fmt: skip


class Party:
    """Says something, and knows what of it stays in clear and what becomes a reference."""

    def __init__(self) -> None:
        self.turns: list[Earlier] = []
        self.counts: dict[str, int] = {}
        self.clear = 0

    def say(self, text: str, digits: int, *, asked: bool = False, taken: bool = False) -> bool:
        """Whether all of it was taken out."""
        hidden = 0
        for start, end in reversed(parts(self.turns[-16:], self.counts, text, asked=asked)):
            name = f"NUMBER_{len(self.counts) + 1}"
            self.counts[name] = len(said_digits(text[start:end]))
            hidden += self.counts[name]
            text = f"{text[:start]}<{name}>{text[end:]}"
        self.clear += digits if not hidden else 0
        self.turns.append(Earlier(text, taken=taken))
        return hidden > 0

    def press(self, digits: int) -> None:
        self.turns.append(Earlier(None, digits))


@st.composite
def dictations(draw: st.DrawFn) -> list[tuple[str, int]]:
    """A card's number in parts of one to four digits: written, digit by digit, in pairs; with digressions."""
    number = draw(st.from_regex(r"[1-9][0-9]{12,18}", fullmatch=True))
    turns: list[tuple[str, int]] = []
    while number:
        size = draw(st.integers(1, 4))
        part, number = number[:size], number[size:]
        shown = draw(st.sampled_from((str, said, said_pairs, lambda part: " ".join(part), lambda part: "-".join(part))))
        lead = draw(st.sampled_from(LEADS)) if len(part) > 1 else ""
        turns.append((lead + shown(part) + draw(st.sampled_from(ENDS if len(part) > 1 else ("",))), len(part)))
        turns += [(text, 0) for text in draw(st.lists(st.sampled_from(DIGRESSIONS), max_size=2))]
    return turns


@settings(max_examples=200, deadline=None)
@given(dictations())
def test_a_number_in_any_parts_leaves_four_digits_at_most(turns: list[tuple[str, int]]) -> None:
    party = Party()
    for text, digits in turns:
        party.say(text, digits)
    assert party.clear <= MOST_LEFT, party.turns


@settings(max_examples=200, deadline=None)
@given(dictations(), st.integers(1, 4))
def test_partly_keyed_it_is_the_same_number(turns: list[tuple[str, int]], keyed: int) -> None:
    """What was pressed is a reference at any rate."""
    party = Party()
    party.press(keyed)
    for text, digits in turns:
        party.say(text, digits)
    assert party.clear <= MOST_LEFT


@settings(max_examples=200, deadline=None)
@given(dictations())
def test_while_an_amount_is_asked_for_two_parts_that_answered_nothing_are_enough(turns: list[tuple[str, int]]) -> None:
    party = Party()
    for text, digits in turns:
        party.say(text, digits, asked=True)
    assert party.clear <= 2 * MOST_LEFT


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(("250", "two", "12 05", "1999", "4411", "fifty", "the second one")), max_size=20))
def test_answers_that_were_asked_for_and_taken_stay_what_they_are(answers: Sequence[str]) -> None:
    party = Party()
    for text in answers:
        assert not party.say(text, 1, asked=True, taken=True)


@pytest.mark.parametrize(
    "turns",
    [
        ["2", "4", "1", "3"],
        ["the second one", "the first one", "that one", "the second one", "the first one", "the other one"],
        ["I want to send 250", "checking", "send 300 instead", "in 30 days", "2"],
        ["my order is 12345", "2"],
        ["we were 4 people on the 3rd of May 2024", "flight 412 was late", "I paid 500 dollars", "that was 2023"],
        ["I have 2 accounts", "and 3 cards", "call me after 5", "oh", "oh", "oh no"],
    ],
)
def test_ordinary_digits_are_no_parts_of_a_number(turns: Sequence[str]) -> None:
    party = Party()
    for text in turns:
        assert not party.say(text, 1), text


def test_after_a_long_while_they_are_forgotten() -> None:
    party = Party()
    party.say("forty one eleven", 4)
    for _ in range(16):
        party.say("what are your opening hours", 0)
    assert not party.say("twelve", 2)


@pytest.mark.parametrize(
    ("turns", "left"),
    [
        (["forty one", "eleven", "eleven", "eleven"], ["forty one", "eleven", "<>", "<>"]),
        (["4111", "what are your hours", "1111"], ["4111", "what are your hours", "<>"]),
        (["four", "one", "one", "one", "one", "two"], ["four", "one", "one", "one", "<>", "<>"]),
        (["einundvierzig", "elf", "elf"], ["einundvierzig", "elf", "<>"]),
        (["quarante", "onze", "puis onze"], ["quarante", "onze", "puis <>"]),
        (["my visa from the other bank is 4111", "11", "11"], ["my visa from the other bank is 4111", "<>", "<>"]),
        (["4111?", "1111?", "1111?"], ["4111?", "<>?", "<>?"]),
        (["It is 4111!", "1111!", "\n1111\n"], ["It is 4111!", "<>!", "\n<>\n"]),
        (["４１１１", "١١١١"], ["４１１１", "<>"]),
        (["triple four", "double one"], ["triple four", "<>"]),
    ],
)
def test_by_example(turns: Sequence[str], left: Sequence[str]) -> None:
    party = Party()
    for text in turns:
        party.say(text, 2)
    shown = [turn.text for turn in party.turns]
    for name in party.counts:
        shown = [text.replace(name, "") for text in shown if text is not None]
    assert shown == list(left)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("forty one eleven", "4111"), ("double four um triple one", "44111"), ("41 11", "4111"),
        ("twenty oh five", "2005"),
        ("einundvierzig elf", "4111"), ("quarante et un onze", "4111"), ("cuarenta y uno", "41"), ("ninety", "90"),
    ],
)  # fmt: skip
def test_what_a_run_says(text: str, digits: str) -> None:
    assert said_digits(text) == digits


@given(st.from_regex(r"[1-9][0-9]{0,7}", fullmatch=True))
def test_what_a_run_says_is_what_was_meant(digits: str) -> None:
    assert said_digits(said(digits)) == digits
    assert said_digits(" ".join(digits)) == digits
