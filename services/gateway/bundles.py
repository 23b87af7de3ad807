"""Publishing an agent's whole folder: its documents are handed to retrieval before dialogue is asked to publish."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from appliance.agents.bundle import Bundle, read_bundle
from appliance.agents.loading import Version, read_agent
from appliance.agents.publication import PublishAsked
from appliance.agents.versions import check_publication
from appliance.errors import Conflict, Denied, Full, Invalid, Unavailable, Unknown
from appliance.knowledge import questions as q
from services.unit import Unit

_ERRORS: Final = {error.code: error for error in (Unknown, Unavailable, Denied, Full, Conflict)}


class NoZip(Invalid):
    code, status = "unsupported-media-type", 415


class Bundles:
    """One archive is read at a time: each may unpack to many times what a request else takes."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._one = asyncio.Lock()

    async def order(self, raw: bytes, name: str, by: str, reason: str | None) -> PublishAsked:
        """What dialogue is to publish, with the documents where it finds them. Whatever is refused without looking at a
        version before is refused first. Raises NoBundle, AgentMistakes, NotPublished, Invalid, Unavailable."""
        async with self._one:
            bundle, version = await asyncio.to_thread(_read, raw, name)
            check_publication(version, bundle.tests, reason, None)
            language = version.agent.locales[0][:2]
            for base, documents in bundle.documents.items():
                await self._hand_over(f"{version.name}.{base}", language, documents)
        return PublishAsked(
            files=bundle.files, documents=bundle.generations, by=by, name=name, tests=bundle.tests, reason=reason
        )

    async def _hand_over(self, base: str, language: str, documents: Mapping[str, bytes]) -> None:
        folder = self._unit.paths.folder("retrieval") / "incoming"
        names = {document: uuid.uuid4().hex for document in documents}
        try:
            raw = q.ORDER.dump_json(q.HoldDocuments(base, names, language))
            q.ORDER.validate_json(raw)  # as the other side will read it
            for document, name in names.items():
                await asyncio.to_thread(_write, folder, name, documents[document])
            said = await self._unit.bus.request(q.HOLD_SUBJECT, raw, timeout_s=q.MANAGED_WITHIN_S)
            reply = q.MANAGED.validate_json(said)
        except ValidationError:
            raise Invalid(
                "A base is named with small letters, digits and underscores; its documents are a thousand."
            ) from None
        finally:
            for name in names.values():
                (folder / name).unlink(missing_ok=True)
        if isinstance(reply, q.Refused):
            raise _ERRORS.get(reply.code, Invalid)(reply.title)


def _read(raw: bytes, name: str) -> tuple[Bundle, Version]:
    bundle = read_bundle(raw)
    version = read_agent(bundle.files, bundle.generations)
    if version.name != name:
        raise Invalid(f"The definition is of {version.name}, not of {name}.")
    return bundle, version


def _write(folder: Path, name: str, raw: bytes) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as to:
            to.write(raw)
    except OSError:
        raise Unavailable("A document cannot be handed over: the data folder cannot be written.") from None
