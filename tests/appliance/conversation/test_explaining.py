"""Of every turn it can be said why it was answered so, from what is stored and without a word of anybody."""

from __future__ import annotations

from dataclasses import replace

from appliance import events as e
from appliance.cli import why as cli
from appliance.cli.output import Output
from appliance.conversation.explaining import Why, why
from tests.fakes.house_bank import HOUSE_BANK, HouseTalk, understand
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


def told_apart(anger: float | None) -> e.Understanding:
    near = tuple(e.Near(f"example {number}", "hours", 0.9) for number in range(5))
    return e.Understanding(
        "hours", 0.95, language="en", language_confidence=7.0, sentiment=-3.0, anger=anger, nearest=near
    )


def test_language_feeling_and_nearest_examples_are_shown_within_bounds(capsys) -> None:  # type: ignore[no-untyped-def]
    talk = HouseTalk()
    talk.start()
    nowhere = e.Near("what nobody wants", "not_an_intent", 0.99)
    understanding = told_apart(0.4)
    talk.say("when are you open", understanding=replace(understanding, nearest=(nowhere, *understanding.nearest)))
    found = of(talk, "1")
    assert found is not None
    assert [near["text"] for near in found.nearest] == ["example 0", "example 1", "example 2"]
    assert (found.language, found.language_confidence, found.sentiment, found.anger) == ("en", 1, -1, 0.4)
    cli._print(Output(as_json=False), found)
    shown = capsys.readouterr().out
    assert "is like     example 0 (hours 0.900)" in shown
    assert "said in     en, sure 1.00, sentiment -1.00, anger 0.40" in shown


def test_what_is_no_number_is_not_known() -> None:
    talk = HouseTalk()
    talk.start()
    talk.say("when are you open", understanding=told_apart(float("nan")))
    found = of(talk, "1")
    assert found is not None
    assert found.anger is None


def angry_at(above: float | None) -> HouseTalk:
    talk = HouseTalk(agent=replace(HOUSE_BANK.agent, policies=replace(HOUSE_BANK.agent.policies, anger_at=above)))
    talk.start()
    return talk


def test_who_is_angry_is_put_through_where_the_agent_says_so() -> None:
    for above, anger, kind in ((0.7, 0.8, True), (0.7, 0.7, False), (None, 1.0, False), (0.7, None, False)):
        talk = angry_at(above)
        talk.say("when are you open", understanding=told_apart(anger))
        assert ("transfer_requested" in talk.kinds()) is kind
    talk = angry_at(0.7)
    talk.say("when are you open", understanding=told_apart(0.8))
    found = of(talk, "1")
    assert found is not None
    assert (found.rule, found.about) == ("angry", {"anger": "0.80", "above": "0.7"})
    assert found.happened == ["transfer to person requested"]
    talk.say("when are you open", understanding=told_apart(0.9))
    assert "transfer_requested" not in talk.kinds(), "once is enough"


def test_who_is_angry_does_not_wait_for_a_connector() -> None:
    talk = angry_at(0.7)
    talk.say("what is the balance of my savings")
    talk.say("<NUMBER_1>")
    assert talk.state.top is not None
    assert talk.state.top.call is not None
    talk.say("this is outrageous", understanding=replace(told_apart(0.9), intent=None, confidence=0.1))
    assert "transfer_requested" in talk.kinds()
    assert talk.state.stack == ()


def test_who_says_goodbye_in_anger_may_go() -> None:
    talk = angry_at(0.7)
    goodbye = replace(understand(HOUSE_BANK.agent, "goodbye"), anger=0.9)
    assert goodbye.intent == "goodbye"
    talk.say("goodbye", understanding=goodbye)
    assert "transfer_requested" not in talk.kinds()
    assert talk.state.ended is not None
