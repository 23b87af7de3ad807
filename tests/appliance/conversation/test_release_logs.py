"""The logs of every release there has been are read for ever: their conversations fold to what they were.

`logs/release-<schema>.jsonl` is written once, by the release whose schema it shows, and never changed:
`python -m tests.appliance.conversation.test_release_logs` writes that of today's schema where there is none.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from appliance import events as e
from appliance.conversation.state import State
from appliance.conversation.upcast import apply_stored, read_batch
from tests.fakes.talk import MONEY, Talk

LOGS = Path(__file__).parent / "logs"


def facts(state: State) -> dict[str, Any]:
    """What must come out the same for ever, whatever a later state looks like inside."""
    return {
        "conversation": state.conversation,
        "agent": state.agent,
        "version": state.version,
        "batches": state.number,
        "legs": [[leg.leg, leg.channel, leg.identity.assurance, leg.tries] for leg in state.legs],
        "moved": dict(state.moved),
        "stack": [[frame.flow, frame.step, dict(frame.values)] for frame in state.stack],
        "slots": dict(state.slots),
        "references": sorted(state.references),
        "calls": sorted(state.calls),
        "turns": state.turns,
        "done": state.done,
        "misunderstood": state.misunderstood,
        "silences": state.silences,
        "transferred": state.transferred,
        "heard": [state.heard.heard_ms, state.heard.interrupted] if state.heard else None,
        "ended": [state.ended.reason, state.ended.outcome] if state.ended else None,
        "parked": state.parked,
    }


def read(file: Path) -> dict[str, State]:
    states: dict[str, State] = {}
    for line in file.read_bytes().splitlines():
        if b'"facts"' in line[:20]:
            continue
        stored = read_batch(line)
        assert stored.unreadable is None
        assert stored.batch is not None
        name = stored.batch.conversation
        states[name] = apply_stored(states.get(name, State(name)), stored)
    return states


@pytest.mark.parametrize("file", sorted(LOGS.glob("*.jsonl")), ids=lambda file: file.stem)
def test_a_release_log_folds_to_what_it_was(file: Path) -> None:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    expected = {line["facts"]["conversation"]: line["facts"] for line in lines if "facts" in line}
    found = {name: json.loads(json.dumps(facts(state))) for name, state in read(file).items()}
    assert found == expected


def test_todays_log_has_every_kind_of_event() -> None:
    file = LOGS / f"release-{e.SCHEMA}.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    kinds = {event["kind"] for line in lines for event in line.get("events", [])}
    union = get_args(get_args(e.Event)[0])
    assert kinds == {kind.__dataclass_fields__["kind"].default for kind in union}


def _conversations() -> list[Talk]:
    chat = Talk(conversation="chat")
    chat.start()
    chat.say("what is the balance of my savings")
    chat.say("when are you open")
    chat.say("colourless green ideas")
    chat.waits()
    chat.say("<NUMBER_1>")
    chat.capture("timeout")
    chat.capture()
    chat.say("can I get a loan")
    chat.returns("ok", balance=MONEY)
    _hear(chat)
    chat.arrives()
    chat.say("and what about my checking account", leg="leg2")
    call = Talk(conversation="call", channel=e.Channel.PHONE)
    call.start()
    call.keys_code(None)
    call.keys_code("chat")
    person = Talk(conversation="person", channel=e.Channel.PHONE)
    person.start()
    person.say("operator")
    person.leaves()
    parked = Talk(conversation="parked")
    parked.start()
    for events in ((e.ConversationParked("damaged"), e.TurnMeasured("turn_1", {"decided": 0.5}, "reply_1")),):
        batch = parked.batches[-1]
        parked.batches.append(
            e.Batch(
                conversation="parked",
                agent=batch.agent,
                version=batch.version,
                number=2,
                taken=9,
                at=batch.at,
                events=events,
            )
        )
    goodbye = Talk(conversation="goodbye")
    goodbye.start()
    goodbye.say("goodbye")
    return [chat, call, person, parked, goodbye]


def _hear(talk: Talk) -> None:
    assert talk.state.reply is not None
    given = {"input_id": "played", "conversation": talk.conversation, "leg": "leg1", "reply": talk.state.reply.reply}
    talk.put(e.Played(**given, heard_ms=700, total_ms=2500, interrupted=True))


def _write(file: Path) -> None:
    talks = _conversations()
    lines = [e.BATCH.dump_json(batch).decode() for talk in talks for batch in talk.batches]
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    states = read(file).values()
    file.write_text("\n".join([*lines, *(json.dumps({"facts": facts(state)}) for state in states)]) + "\n")


if __name__ == "__main__":
    today = LOGS / f"release-{e.SCHEMA}.jsonl"
    if not today.exists():
        _write(today)
