"""`b2t knowledge`: the documents a box answers from."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError

from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.output import Output
from appliance.errors import Denied, Invalid, Unavailable, Unknown
from appliance.knowledge import questions as q

T = TypeVar("T")

ASKED_WITHIN_S = 10.0
ERRORS = {error.code: error for error in (Unknown, Unavailable, Denied)}
Base = Annotated[str, typer.Argument(help="NAME, or AGENT.NAME for one that an agent brings.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Documents that the box answers from.", no_args_is_help=True)
    app.add_typer(group, name="knowledge")
    _register_changes(group)
    _register_looks(group)


def _register_changes(group: typer.Typer) -> None:
    @group.command(epilog="Example: b2t knowledge add faq fees.pdf branches.csv")
    def add(
        base: Base,
        files: Annotated[list[Path], typer.Argument(help="Markdown, text, HTML, PDF, DOCX or CSV.")],
        language: Annotated[str | None, typer.Option(help="Of a new base: en, de, es, fr …", show_default="en")] = None,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Add documents to a base, which is made if there is none. One of the same name is replaced."""
        out = Output(as_json=as_json)

        async def work(box: Box) -> q.BaseRow:
            for file in files:
                bases = await _add(box, base, file, language)
                out.text(f"{file.name} is in {base}.")
            return next(row for row in bases if row.name == base)

        row = run(out, data_dir, work)
        out.document(asdict(row))
        out.text(f"{row.name} has {_documents(row)} in {row.passages} passages.")

    @group.command(epilog="Example: b2t knowledge remove faq fees.pdf")
    def remove(
        base: Base,
        document: Annotated[
            str | None, typer.Argument(help="One document; the whole base where none is named.")
        ] = None,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Remove a document, or a whole base."""
        out = Output(as_json=as_json)
        run(out, data_dir, lambda box: manage(box, q.RemoveDocument(base, document)))
        out.document({"base": base, "removed": document})
        out.text(f"{document or 'Everything'} is no more in {base}.")

    @group.command(epilog="Example: b2t knowledge reindex faq")
    def reindex(
        base: Annotated[str | None, typer.Argument(help="One base; all where none is named.")] = None,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Read and embed everything anew, and the agents' folders too. Until it is done the old index answers."""
        out = Output(as_json=as_json)
        bases = run(out, data_dir, lambda box: manage(box, q.Reindex(base)))
        _show(out, bases)


def _register_looks(group: typer.Typer) -> None:
    @group.command("list", epilog="Example: b2t knowledge list --json")
    def list_bases(data_dir: DataDir = None, as_json: Json = False) -> None:
        """All bases with their documents."""
        out = Output(as_json=as_json)
        _show(out, run(out, data_dir, lambda box: manage(box, q.ListBases())))

    @group.command(epilog='Example: b2t knowledge search faq "how much is a transfer abroad"')
    def search(
        base: Base,
        question: Annotated[str, typer.Argument(help="As a caller would ask it. It is not kept.")],
        limit: Annotated[int, typer.Option(min=1, max=20, help="Passages shown.")] = 3,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """What the box would answer, from where, and the passages it was chosen from."""
        out = Output(as_json=as_json)
        reply = run(out, data_dir, lambda box: _ask(box, base, question, limit))
        out.document(asdict(reply))
        if isinstance(reply, q.Answered):
            out.text(f"{reply.text}\n  {reply.source} (confidence {reply.confidence:.2f})")
        else:
            out.text("Nothing known answers this.")
        rows = [(f"{one.confidence:.2f}", f"{one.cosine:.2f}", f"{one.covered:.2f}", one.source) for one in reply.found]
        if rows:
            out.text()
            out.table(("confidence", "cosine", "words", "passage"), rows)


async def _add(box: Box, base: str, file: Path, language: str | None) -> tuple[q.BaseRow, ...]:
    name = uuid.uuid4().hex
    folder = box.paths.folder("retrieval") / "incoming"
    order = _checked(q.ORDER, q.AddDocument(base, file.name, name, language))
    try:
        _copied(file, folder, name)
        return await manage(box, order)
    finally:
        (folder / name).unlink(missing_ok=True)


async def hand_over(box: Box, base: str, language: str, files: Mapping[str, Path]) -> None:
    """The documents of a version, before it is published. Raises Invalid, Unavailable."""
    folder = box.paths.folder("retrieval") / "incoming"
    names = {document: uuid.uuid4().hex for document in files}
    try:
        for document, name in names.items():
            _copied(files[document], folder, name)
        await manage(box, q.HoldDocuments(base, names, language))
    finally:
        for name in names.values():
            (folder / name).unlink(missing_ok=True)


def _copied(file: Path, folder: Path, name: str) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as to, file.open("rb") as source:
            shutil.copyfileobj(source, to)
    except OSError as error:
        raise Invalid(f"{file} cannot be handed over: {error.strerror}.") from None


async def manage(box: Box, order: q.Order) -> tuple[q.BaseRow, ...]:
    raw = q.ORDER.dump_json(_checked(q.ORDER, order))
    reply = q.MANAGED.validate_json(await box.bus.request(q.MANAGE_SUBJECT, raw, timeout_s=q.MANAGED_WITHIN_S))
    if isinstance(reply, q.Refused):
        raise ERRORS.get(reply.code, Invalid)(reply.title)
    return reply.bases


async def _ask(box: Box, base: str, question: str, limit: int) -> q.Answered | q.NothingKnown:
    if not any(row.name == base for row in await manage(box, q.ListBases())):
        raise Unknown(f"There is no knowledge base {base}.")
    raw = q.ASK.dump_json(_checked(q.ASK, q.Ask(question, (base,), {}, limit)))
    reply = q.REPLY.validate_json(await box.bus.request(q.ASK_SUBJECT, raw, timeout_s=ASKED_WITHIN_S))
    if isinstance(reply, q.Refused):
        raise ERRORS.get(reply.code, Invalid)(reply.title)
    return reply


def _checked(kind: TypeAdapter[T], value: T) -> T:
    """As the other side will read it."""
    try:
        return kind.validate_json(kind.dump_json(value, warnings=False))
    except ValidationError:
        raise Invalid(
            "A base is named with small letters, digits and underscores, a document without / and \\; a question has"
            " 8000 characters at most."
        ) from None


def _show(out: Output, bases: tuple[q.BaseRow, ...]) -> None:
    out.document([asdict(row) for row in bases])
    if not bases:
        return out.text("There is no knowledge base: `b2t knowledge add NAME FILE` makes one.")
    rows = [
        (row.name, row.language, row.passages, name.name, name.size, name.added)
        for row in bases
        for name in row.documents
    ]
    out.table(("base", "language", "passages", "document", "bytes", "added"), rows)
    for row in bases:
        for problem in row.problems:
            out.text(f"{row.name}: {problem}")


def _documents(row: q.BaseRow) -> str:
    return f"{len(row.documents)} document{'s' if len(row.documents) != 1 else ''}"
