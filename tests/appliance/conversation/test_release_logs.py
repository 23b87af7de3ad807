"""The logs of every release there has been are read for ever: their conversations fold to what they were.

Both kinds of fixture are written once, by the release whose schema their names show, and never changed.

`logs/release-<schema>/` is what a running box wrote: the log as it was stored, sealed, with its vault's database and
root key; `python -m tests.box.record_release` makes one. `logs/release-<schema>.jsonl` has every kind of event,
which no few conversations have, and nothing in it is sealed in earnest;
`python -m tests.appliance.conversation.test_release_logs` writes that of today's schema where there is none.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import get_args

import pytest

from appliance import events as e
from appliance.conversation.state import State
from appliance.conversation.upcast import apply_stored, read_batch
from appliance.errors import Tampered
from appliance.privacy.vault import new_root_file
from tests.appliance.conversation.opened import facts_of, opened, shown
from tests.fakes.talk import MONEY, Talk

LOGS = Path(__file__).parent / "logs"
SEALED = sorted(folder.parent for folder in LOGS.glob("*/expected.json"))


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
    found = {name: json.loads(json.dumps(facts_of(state))) for name, state in read(file).items()}
    assert found == expected


@pytest.mark.parametrize("folder", SEALED, ids=lambda folder: folder.name)
def test_what_a_release_sealed_is_opened(folder: Path) -> None:
    """The vault's database and root key, wrapped keys, sealed texts and values, digests, events: as they were."""
    found = shown(opened(folder))
    assert found == json.loads((folder / "expected.json").read_text())


def test_there_is_a_sealed_log_of_todays_schema() -> None:
    assert LOGS / f"release-{e.SCHEMA}" in SEALED


def test_without_its_root_key_a_sealed_log_is_not_opened(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SEALED[-1], tmp_path / "release"))
    (folder / "root.key").write_text(new_root_file())
    with pytest.raises(Tampered):
        opened(folder)


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
    file.write_text("\n".join([*lines, *(json.dumps({"facts": facts_of(state)}) for state in states)]) + "\n")


if __name__ == "__main__":
    today = LOGS / f"release-{e.SCHEMA}.jsonl"
    if not today.exists():
        _write(today)
