"""A past conversation, played again: the same agent answers the same, a changed one is found out, no value needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from appliance import events as e
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.cli.trying.connectors import Made, connectors
from appliance.cli.trying.engines import engines
from appliance.cli.trying.playing import ready
from appliance.cli.trying.recorded import Recorded, by_kind, recorded
from appliance.cli.trying.replaying import replay, stand_in
from appliance.cli.trying.stage import Cast, Stage, _Keys
from appliance.privacy.sealing import heard_place
from appliance.privacy.values import Digits, Text
from tests.appliance.cli.trying.small_agent import AGENT


async def held(given: Cast, folder: Path) -> Recorded:
    """A balance, told after the PIN was wrong once."""
    made: list[Made] = []
    others = connectors(given.version.agent, None, folder, made.append)
    stage = Stage(given, "past", others, made)
    batches = [(await stage.start("chat", "en-US")).events]
    for said in ("what is the balance of my savings account", "12345678"):
        batches.append((await stage.say(said)).events)
    for secret in ("1111", "2468"):
        batches.append((await stage.secure(secret)).events)
    for connector in others.values():
        await connector.close()
    return recorded("past", batches, await stage._vault.lease("past"))


async def test_a_past_conversation_is_played_to_the_same_agent_and_to_a_changed_one(tmp_path: Path) -> None:
    small, changed = tmp_path / "small.yaml", tmp_path / "changed.yaml"
    _, _, texts = (TEMPLATES / "banking" / "agent.yaml").read_text("utf-8").partition("\ntexts:")
    agent = f"{AGENT}\ntexts:{texts}"
    small.write_text(agent, "utf-8")
    changed.write_text(agent.replace("That PIN is not right.", "That PIN is wrong."), "utf-8")
    folders = [tmp_path / name for name in ("models", "one", "two", "three")]
    for folder in folders:
        folder.mkdir()
    models, one, two, three = folders
    moment = datetime.now().astimezone()
    async with engines(models, moment) as inference:
        given = Cast(await ready(load_agent(small), inference), inference, moment, tmp_path)
        past = await held(given, one)
        same = await replay(given, past, {}, two)
        other = replace(given, version=await ready(load_agent(changed), inference))
        differences = (await replay(other, past, {}, three)).differences
    assert "12345678" not in repr(past)
    assert [turn.kind for turn in past.turns] == ["start", "said", "said", "secure", "secure"]
    assert past.turns[2].outcome.flow == "balance/pin"
    assert [answered.outcome for answered in past.answers["bank.balance"]] == ["wrong_pin", "ok"]
    assert (same.turns, same.differences) == (5, [])
    (difference,) = differences
    assert (difference.turn, difference.what, difference.said) == (3, "reply", "(secret, valid)")
    assert "not right" in difference.before
    assert "is wrong" in difference.after


async def test_a_secret_that_words_put_an_end_to_is_no_turn_of_its_own() -> None:
    vault = _Keys()
    keys = await vault.lease("past")
    heard = e.TurnHeard("t1", "leg1", e.Modality.TEXT, "i1", keys.seal_text(heard_place("i1"), "never mind"))
    past = recorded("past", [[heard, e.SecureCaptureEnded("c", "cancelled")]], keys)
    assert [(turn.kind, turn.text) for turn in past.turns] == [("said", "never mind")]
    waited = recorded("past", [[e.SecureCaptureEnded("c", "timeout"), e.PartyWaited(8000, 1)]], keys)
    assert [(turn.kind, turn.secure) for turn in waited.turns] == [("secure", "timeout")]


def test_stand_ins_are_of_their_kind() -> None:
    sealed = e.Sealed("raw", "")
    assert stand_in(e.Reference("PIN_1", "PIN")) is None
    assert stand_in(e.Reference("PERSON_1", "PERSON", sealed)) == Text("person 1")
    number = stand_in(e.Reference("NUMBER_1", "NUMBER", sealed, "d", 8))
    assert isinstance(number, Digits)
    assert len(number.digits) == 8


def test_references_are_compared_by_kind() -> None:
    assert by_kind("<NUMBER_1> and <MONEY_r0123456789>") == "<NUMBER> and <MONEY>"
