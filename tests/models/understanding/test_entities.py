from __future__ import annotations

from datetime import UTC, datetime

import pytest

from appliance.agents.definition import Entity
from models.understanding.entities import EntityFinder

FINDER = EntityFinder(
    {
        "account": {
            "checking": ["checking", "checking account", "current account", "everyday account"],
            "savings": ["savings", "savings account", "deposit account"],
        },
        "size": {"small": ["small", "s"], "extra_large": ["extra large", "xl"]},
    }
)


def options(text: str, *expects: str) -> list[tuple[str, str]]:
    return [(one.entity.kind, one.entity.value) for one in FINDER.find(text, expects)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("checking", ["checking"]),
        ("My CHECKING account, please!", ["checking"]),
        ("the current account", ["checking"]),
        ("chequing", ["checking"]),
        ("my savngs acount", ["savings"]),
        ("from checking to savings", ["checking", "savings"]),
        ("not savings, checking", ["checking"]),
        ("not my savings account but checking", ["checking"]),
        ("checking instead of savings", ["checking"]),
        ("no, savings", ["savings"]),
        ("I am checking in", ["checking"]),
        ("shaking", []),
        ("what is my balance", []),
        ("", []),
    ],
)
def test_options_of_one_entity(text: str, wanted: list[str]) -> None:
    assert [value for kind, value in options(text, "account") if kind == "account"] == wanted


def test_spans_are_the_characters_they_stand_for() -> None:
    text = "I mean the everyday account, size xl"
    found = FINDER.find(text)
    assert [(text[one.start : one.end], one.entity.value) for one in found] == [
        ("everyday account", "checking"),
        ("xl", "extra_large"),
    ]


def test_misspelt_is_less_sure_than_exact() -> None:
    exact, misspelt = FINDER.find("savings")[0], FINDER.find("savigns")[0]
    assert exact.entity.confidence == 1.0 > misspelt.entity.confidence >= 0.5


def test_short_ways_must_be_exact() -> None:
    assert options("x") == []
    assert options("s") == [("size", "small")]


def test_references_are_named_by_kind_and_never_read_as_words() -> None:
    assert options("<CARD_1> and <CUSTOMER_NUMBER_2>, balance <BALANCE_r0123456789>") == [
        ("CARD", "CARD_1"),
        ("CUSTOMER_NUMBER", "CUSTOMER_NUMBER_2"),
        ("BALANCE", "BALANCE_r0123456789"),
    ]
    assert EntityFinder({"kind": {"card": ["card"]}}).find("<CARD_1>")[0].entity.value == "CARD_1"
    assert len(EntityFinder({"kind": {"card": ["card"]}}).find("<CARD_1>")) == 1


TYPED = EntityFinder(
    {},
    {
        "day": Entity(type="date"),
        "born": Entity(type="date", prefer="past", personal=True),
        "callback": Entity(type="phone"),
        "account": Entity(
            options={"checking": ("checking",), "savings": ("savings",)},
            roles={"source": ("from",), "target": ("to",)},
        ),
    },
)
AT = datetime(2026, 4, 15, 10, tzinfo=UTC)


def test_harmless_values_are_carried_as_words_that_need_no_key() -> None:
    found = TYPED.find("tomorrow from savings to checking", (), AT)
    assert [(one.entity.kind, one.entity.value, one.entity.role) for one in found if one.entity.kind != "born"] == [
        ("day", "date:2026-04-16", None),
        ("account", "savings", "source"),
        ("account", "checking", "target"),
    ]


def test_personal_values_are_carried_by_reference_only() -> None:
    text = "born on may third 1984, call 415 555 2671"
    assert TYPED.find(text, (), AT) == []
    spans = TYPED.personal(text, (), AT)
    assert [(text[one.start : one.end], one.kind, one.value) for one in spans] == [
        ("may third 1984", "BORN", '{"date":"1984-05-03","type":"date"}'),
        ("415 555 2671", "CALLBACK", '{"digits":"+14155552671","type":"digits"}'),
    ]
    assert TYPED.personal("on june first", (), AT) == []  # a day to come is as likely the other entity's
    assert [one.kind for one in TYPED.personal("june first", ("born",), AT)] == ["BORN"]
    found = TYPED.find("born on <BORN_1>, call <CALLBACK_1>", (), AT)
    assert [(one.entity.kind, one.entity.value) for one in found] == [("born", "BORN_1"), ("callback", "CALLBACK_1")]
