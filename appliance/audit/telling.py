"""What every audit event says besides what happened: who tells it, when, from where, with what result and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from appliance.events import Id

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,128}$")]
"""An identifier of ours: no spaces, so no sentence fits in. A person's is a keyed hash or an id, never a name."""
Count = Annotated[int, Field(ge=0, le=2**53)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
LongDigest = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
"""A BLAKE2b-512 hash, which is what signatures of files are made of."""
Result = Literal["done", "refused", "failed"]

SUBJECT: Final = "b2t.audit"


def audit_subject(unit: str) -> str:
    """Where `unit` tells of what it did. The bus lets nobody else publish there, so it is who the teller is."""
    return f"{SUBJECT}.{unit}"


def teller_of(subject: str) -> str | None:
    """The unit that told it; None for what the first release stored, under one subject for all."""
    start, dot, unit = subject.rpartition(".")
    return unit if dot and start == SUBJECT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The first dataclass of every event: `action` is what, the event's own fields are on what."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    actor: Id
    at: Annotated[int, Field(ge=0)]
    """Nanoseconds since 1970, UTC, on the teller's clock. Order is the log's own."""
    source: Word | None = None
    """From where: a keyed hash of the address, or the kind of way in (`box`, `console`, `api`)."""
    result: Result | None = None
    reason: Word | None = None
    """Why: a code of ours, or the number of a ticket."""
