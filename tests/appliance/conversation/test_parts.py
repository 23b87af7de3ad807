"""Sentences are cut where they may say several things, and what their parts want is done in order."""

from __future__ import annotations

import pytest

from appliance import events as e
from appliance.conversation.parts import answering, combined, parts
from tests.fakes.house_bank import HOUSE_BANK

WHOLE = e.Understanding("balance", 0.5, (("balance", 0.5),))
BALANCE = e.Understanding("balance", 0.9, (), (e.Entity("account", "savings"),))
BLOCK = e.Understanding("block", 0.9, (), (e.Entity("card", "credit"),))
DOUBTFUL = e.Understanding("hours", 0.3)
CREDIT = e.Understanding("hours", 0.2, (), (e.Entity("card", "credit"),))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("my balance and block my card", "en-US", ("my balance", "block my card")),
        ("My balance, please. And then block my card!", "en", ("My balance, please", "block my card")),
        ("mein Kontostand und dann die Karte sperren", "de-DE", ("mein Kontostand", "die Karte sperren")),
        ("mi saldo y bloquee mi tarjeta", "es-ES", ("mi saldo", "bloquee mi tarjeta")),
        ("credit and when are you open", "en", ("credit", "when are you open")),
        ("it costs 12.50 dollars", "en", ()),
        ("checking and savings", "en", ()),
        ("again <EMAIL_1> and <NUMBER_1>", "en", ()),
        ("a b and c d and e f and g h and i j", "en", ()),
        ("my balance and block my card", "fr-FR", ()),
        ("", "en", ()),
    ],
)
def test_where_a_sentence_is_cut(text: str, language: str, expected: tuple[str, ...]) -> None:
    assert parts(text, language) == expected


def test_two_sure_wishes_are_done_in_order() -> None:
    found = combined(WHOLE, [BALANCE, BLOCK], 0.7)
    assert (found.intent, found.entities) == ("balance", BALANCE.entities)
    assert found.also == (e.Wish("block", 0.9, BLOCK.entities),)


@pytest.mark.parametrize("found", [[BALANCE, DOUBTFUL], [BALANCE, BALANCE], [DOUBTFUL, DOUBTFUL]])
def test_what_is_not_two_sure_wishes_is_the_whole(found: list[e.Understanding]) -> None:
    assert combined(WHOLE, found, 0.7) == WHOLE


def test_an_expected_answer_comes_before_a_wish() -> None:
    found = combined(WHOLE, [BLOCK, CREDIT], 0.7, ("card",))
    assert (found.intent, found.entities, found.also) == (
        None,
        CREDIT.entities,
        (e.Wish("block", 0.9, BLOCK.entities),),
    )


def test_an_answers_own_words_are_no_wish() -> None:
    found = e.Understanding("cancel", 0.9, (), (e.Entity("yes_no", "yes"),))
    assert answering(found, "Go ahead!", HOUSE_BANK.agent, ("yes_no",)).intent is None
    assert answering(found, "Go ahead!", HOUSE_BANK.agent, ()) == found
