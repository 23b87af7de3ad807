"""`b2t conversations why`: candidates, scores, rule and flows of one turn. Redacted, and on record like any reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.output import Output
from appliance.conversation.explaining import Why, why
from appliance.errors import Unknown


def register(group: typer.Typer) -> None:
    @group.command("why", epilog="Example: b2t conversations why 7f3c0d9a52b84a0f9c1d6e2b7a5f4e31 3")
    def why_(
        conversation: Annotated[str, typer.Argument(help="Its id, as `conversations list` shows it.")],
        turn: Annotated[str, typer.Argument(help="The turn's id, or its number: 1 is the first thing said.")],
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Print why a turn was answered as it was: what it may have meant, which rule decided, which flows were under
        way."""
        out = Output(as_json=as_json)
        found = run(out, data_dir, lambda box: _why(box, conversation, turn))
        out.document(asdict(found))
        _print(out, found)


async def _why(box: Box, conversation: str, turn: str) -> Why:
    from appliance.cli.conversations import read_batches  # it registers this command

    batches = await read_batches(box, conversation)
    found = why(((sequence, one.at.isoformat(), one.events) for sequence, one in batches), turn)
    if found is None:
        raise Unknown("There is no such turn in this conversation.")
    found.conversation = conversation
    return found


def _print(out: Output, found: Why) -> None:
    said = found.modality if found.confidence is None else f"{found.modality}, heard with {found.confidence:.2f}"
    out.text(f"turn {found.number} ({found.turn}), {said}")
    if found.candidates or found.intent:
        out.table(("candidate", "score"), [(name, f"{score:.3f}") for name, score in found.candidates])
        by = " (the language model's proposal)" if found.understood_by == "model" else ""
        out.text(f"understood  {found.intent or 'nothing'} {found.intent_confidence or 0:.3f}{by}")
    for entity in found.entities:
        role = f" as {entity['role']}" if entity["role"] else ""
        out.text(f"entity      {entity['kind']} = {entity['value']}{role}")
    for intent, score in found.also:
        out.text(f"also wanted {intent} {score:.3f}")
    for near in found.nearest:
        out.text(f"is like     {near['text']} ({near['intent']} {near['similarity']:.3f})")
    said_how = [f"{name} {value:.2f}" for name, value in _how(found) if value is not None]
    if found.language or said_how:
        out.text(f"said in     {', '.join([found.language or 'a language not told', *said_how])}")
    about = ", ".join(f"{name} {value}" for name, value in found.about.items())
    out.text(f"rule        {found.rule or 'none recorded'}{f' ({about})' if about else ''}")
    if found.then:
        out.text(f"then        {', '.join(found.then)}")
    out.text(f"flows       {' > '.join(found.stack_before) or 'none'}  →  {' > '.join(found.stack_after) or 'none'}")
    if found.worded:
        out.text(f"worded      by the language model ({found.worded})")
    for citation in found.citations:
        out.text(f"cites       {citation}")
    for line in found.happened:
        out.text(f"  · {line}")


def _how(found: Why) -> Iterator[tuple[str, float | None]]:
    yield "sure", found.language_confidence if found.language else None
    yield "sentiment", found.sentiment
    yield "anger", found.anger
