"""Of every turn it can be said why it was answered so, from what is stored and without a word of anybody."""

from __future__ import annotations

from appliance.cli import why as cli
from appliance.cli.output import Output
from appliance.conversation.explaining import Why, why
from tests.fakes.house_bank import HouseTalk
from tests.fakes.talk import MONEY


def of(talk: HouseTalk, turn: str) -> Why | None:
    return why(((number, batch.at, batch.events) for number, batch in enumerate(talk.batches, 1)), turn)


def held() -> HouseTalk:
    talk = HouseTalk()
    talk.start()
    talk.say("what is the balance of my savings")
    talk.say("when are you open")
    talk.say("<NUMBER_1>")
    talk.returns("ok")
    talk.returns("ok", balance=MONEY)
    talk.say("hm")
    return talk


def test_a_digression_shows_what_waited_and_what_resumed() -> None:
    found = of(held(), "2")
    assert found is not None
    assert (found.intent, found.rule, found.about, found.then) == (
        "hours",
        "digression",
        {"flow": "hours"},
        ["resumed"],
    )
    assert found.candidates == [("hours", 0.95)]
    assert found.stack_before == found.stack_after == ["balance/run_1", "identify/customer"]
    assert found.happened[0] == "flow hours started (digression)"


def test_what_a_connector_answers_belongs_to_its_turn() -> None:
    found = of(held(), "3")
    assert found is not None
    assert found.rule == "answered"
    assert found.happened[-1] == "flow balance finished (done)"
    assert found.stack_after == []


def test_a_turn_by_its_id_and_one_there_is_not() -> None:
    talk = held()
    first = of(talk, "1")
    assert first is not None
    assert of(talk, first.turn) == first
    assert first.entities[0]["value"] == "savings"
    assert of(talk, "9") is None
    last = of(talk, "4")
    assert last is not None
    assert last.happened == ["not understood (1 in a row), tried again"]


def test_it_is_printed(capsys) -> None:  # type: ignore[no-untyped-def]
    found = of(held(), "2")
    assert found is not None
    cli._print(Output(as_json=False), found)
    shown = capsys.readouterr().out
    assert "rule        digression (flow hours)" in shown
    assert "balance/run_1 > identify/customer" in shown
