from __future__ import annotations

import pytest

from appliance.errors import Invalid
from appliance.ports import PersonalSpan
from appliance.privacy.policy import POLICIES, How, Policy, Redaction, Sink

TEXT = "Ann Lee, pin 4321, mail ann@example.org, again ANN LEE"
SPANS = [
    PersonalSpan(0, 7, "PERSON", 0.9),
    PersonalSpan(13, 17, "PIN", 1.0, secret=True),
    PersonalSpan(24, 39, "EMAIL", 1.0),
    PersonalSpan(47, 54, "PERSON", 0.9),
]
KEY = bytes(range(16))


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (How.REFERENCE, "<PERSON_1>, pin <PIN_1>, mail <EMAIL_1>, again <PERSON_1>"),
        (How.MASK, "*** ***, pin ****, mail ***@*******.***, again *** ***"),
        (How.DROP, ", pin , mail , again "),
        (How.KEEP, "Ann Lee, pin <PIN_1>, mail ann@example.org, again ANN LEE"),
    ],
)
def test_what_stands_instead(how: How, expected: str) -> None:
    assert Redaction(Policy(how)).apply(TEXT, SPANS) == expected


def test_pseudonyms_are_the_same_under_the_same_key_alone() -> None:
    first = Redaction(Policy(How.PSEUDONYM), KEY).apply(TEXT, SPANS)
    assert Redaction(Policy(How.PSEUDONYM), KEY).apply(TEXT, SPANS) == first
    assert Redaction(Policy(How.PSEUDONYM), KEY[::-1]).apply(TEXT, SPANS) != first
    assert first.split(",")[0] == first.rpartition(" ")[2]
    assert "4321" not in first
    assert "<PIN_1>" in first


@pytest.mark.parametrize("key", [b"", b"short"])
def test_pseudonyms_need_a_key(key: bytes) -> None:
    with pytest.raises(Invalid):
        Redaction(Policy(How.PSEUDONYM), key).apply(TEXT, SPANS)


def test_references_go_on_over_texts() -> None:
    redaction = Redaction(Policy())
    redaction.apply(TEXT, SPANS)
    assert redaction.apply("Bob", [PersonalSpan(0, 3, "PERSON", 1.0)]) == "<PERSON_2>"
    assert redaction.apply("1234", [PersonalSpan(0, 4, "PIN", 1.0, secret=True)]) == "<PIN_2>"


def test_what_says_nothing_of_anybody_stays_in_a_conversation_and_leaves_no_box() -> None:
    spans = [PersonalSpan(16, 21, "COUNTRY", 0.9)]
    text = "does it work in Spain"
    assert Redaction(POLICIES[Sink.CONVERSATION]).apply(text, spans) == text
    assert Redaction(POLICIES[Sink.EXPORT]).apply(text, spans) == "does it work in *****"


def test_a_doubtful_span_is_left_and_a_doubtful_secret_is_not() -> None:
    policy = Policy(How.DROP, at_least=0.5)
    spans = [PersonalSpan(0, 1, "PERSON", 0.4), PersonalSpan(1, 2, "PIN", 0.4, secret=True)]
    assert Redaction(policy).apply("abc", spans) == "ac"


def test_typed_references_are_made_harmless() -> None:
    assert Redaction(Policy()).apply("<CARD_1>", []) == "<LT_0>CARD_1>"


def test_spans_that_overlap_are_refused() -> None:
    with pytest.raises(Invalid):
        Redaction(Policy()).apply("abc", [PersonalSpan(0, 2, "A", 1.0), PersonalSpan(1, 3, "B", 1.0)])
