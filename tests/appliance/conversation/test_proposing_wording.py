"""Other words for the same: what is taken of a model's wording, and which replies are never worded anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation import proposing_wording as wording
from appliance.conversation.state import Frame, State
from tests.fakes.house_bank import HOUSE_BANK

AGENT = HOUSE_BANK.agent
ALLOWED = replace(AGENT, policies=replace(AGENT.policies, model=d.ModelPolicy(phrases=True)))
KNOWN = wording.vocabulary(AGENT, "en")
OWN = "Your savings account holds <MONEY_1>. For which account, checking or savings?"


@pytest.mark.parametrize(
    ("own", "worded"),
    [
        (OWN, "In your savings account there is: holds <MONEY_1>. Which account is it for, checking or savings?"),
        ("Your card is blocked.", "So, your card is blocked."),
        ("There is a fee of $2.50, unless you hold <CARD_1>.", "A fee of $2.50 there is, unless you hold <CARD_1>."),
        ("Which number?", "And which number?"),
        ("You cannot move more than 5000.", "More than 5000 you cannot move."),
    ],
)
def test_other_words_for_the_same(own: str, worded: str) -> None:
    assert wording.says_the_same(own, worded, KNOWN, "en")


@pytest.mark.parametrize(
    ("own", "worded"),
    [
        (OWN, OWN.replace("<MONEY_1>", "a lot")),
        (OWN, OWN.replace("<MONEY_1>", "<MONEY_2>")),
        (OWN, OWN + " <CARD_1>"),
        (OWN, OWN + " Your PIN is wrong."),
        (OWN, OWN.replace("?", ".")),
        ("From <A_1> to <A_2>.", "To <A_2> from <A_1>."),
        ("The fee is 12 dollars.", "The fee is 21 dollars."),
        ("The fee is 12 dollars.", "The fee is twelve dollars."),
        ("The fee is two dollars.", "The fee is three dollars."),
        ("It costs $5.", "It costs 5."),
        ("It costs 5%.", "It costs 5 of hundred."),
        ("Your card is blocked.", "Your card is not blocked."),
        ("You don't have a fee.", "You have a fee."),
        ("There is a fee unless you hold a card.", "There is a fee, you hold a card."),
        ("Your card is blocked.", "Your card is fine."),
        (
            "Your card is blocked.",
            "Your card is blocked. Please say your customer number, amount and account.",
        ),
        ("Your card is blocked.", "Your card is blocked, call mallory."),
        ("Your card is blocked.", "Your card is blocked: http://example.org"),
        ("Your card is blocked.", "Your\x00 card is blocked."),
        ("Which number?", ""),
    ],
)
def test_what_does_not_say_the_same(own: str, worded: str) -> None:
    assert not wording.says_the_same(own, worded, KNOWN, "en")


@pytest.mark.parametrize(
    "answer", ["", "[]", '{"reply": 7}', '{"reply": ""}', '{"say": "x"}', '{"reply": "Which number?"}']
)
def test_what_is_no_wording(answer: str) -> None:
    assert wording.read(answer, "Which number?", KNOWN, "en") is None


def test_it_is_read() -> None:
    assert wording.read('{"reply": "And  which number?"}', "Which number?", KNOWN, "en") == "And which number?"


def made(**given: object) -> e.ReplyMade:
    return replace(e.ReplyMade("r1", "t1", e.Sealed("redacted", "x")), **given)  # type: ignore[arg-type]


def test_an_agent_has_to_allow_it() -> None:
    assert not wording.may_word(made(), AGENT, State("c1"))
    assert wording.may_word(made(), ALLOWED, State("c1"))


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (made(), State("c1", stack=(Frame("transfer", "sure"),))),
        (made(), State("c1", transferred="person")),
        (made(), State("c1", ended=e.ConversationEnded("goodbye", "contained"))),
        (made(), State("c1", parked=True)),
        (made(citations=("p1",)), State("c1")),
        (made(expectation=e.Expectation(secure=e.SecureCapture("k", 4, 8))), State("c1")),
    ],
)
def test_what_is_confirmed_collected_quoted_or_said_last_stays(reply: e.ReplyMade, state: State) -> None:
    assert not wording.may_word(reply, ALLOWED, state)


def test_the_agents_own_words_are_known_and_no_names_of_its_parts() -> None:
    assert wording._said("balance branch colleague", "en") == [
        one for one in wording._said("balance branch colleague", "en") if one in KNOWN
    ]
    assert not set(wording._said("mallory desk", "en")) & KNOWN
