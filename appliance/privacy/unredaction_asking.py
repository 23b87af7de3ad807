"""What is asked of the vault about seeing values, on the wire: `b2t.vault.unredact.<unit>`. No key is in any answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field, TypeAdapter

from appliance.audit.telling import Word
from appliance.events import ConnectorCallReturned, Event, Reference, Sealed, TurnHeard
from appliance.privacy.unredaction import (
    Person,
    PersonRight,
    PublicKey,
    Request,
    RequestId,
    Signed,
    is_readable,
)

Operation = Literal[
    "ask",
    "approve",
    "deny",
    "break-glass",
    "acknowledge",
    "read",
    "list",
    "show",
    "overview",
    "persons",
    "enrol",
    "remove",
]
SIGNED: Final[frozenset[Operation]] = frozenset({"ask", "approve", "deny", "break-glass", "acknowledge", "read"})
CARRIERS: Final[Mapping[str, frozenset[Operation]]] = {
    "operator": frozenset(get_args(Operation)),
    "gateway": SIGNED | {"list", "show", "overview"},
}
"""By unit, which NATS permissions bind to its subject. They carry what people signed; neither is believed."""
NOTICE: Final = "b2t.notice.break_glass"
"""Told to whoever listens when somebody breaks the glass: ids alone."""
MOST_VALUES: Final = 500
MOST_LISTED: Final = 500


@dataclass(frozen=True, slots=True)
class SealedValue:
    """What lies behind a reference of the conversation."""

    name: Annotated[str, Field(max_length=80)]
    sealed: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class UnredactionAsked:
    operation: Operation
    signed: Signed | None = None
    source: Word = "box"
    """From where it came, as its carrier says."""
    through: Word | None = None
    """Whom its carrier knows the sender as: an account or an API key."""
    conversation: str = ""
    """Of a list: that conversation's alone."""
    request: RequestId | Literal[""] = ""
    values: Annotated[tuple[SealedValue, ...], Field(max_length=MOST_VALUES)] = ()
    public_key: PublicKey | Literal[""] = ""
    """Of somebody to enrol."""
    label: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@-]{0,64}$")] = ""
    rights: tuple[PersonRight, ...] = ()
    person: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    """To be removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnredactionAnswered:
    """`code` as in `appliance.errors`, empty where it was done. `envelope`: values by name, for the reader alone."""

    code: str = ""
    title: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    envelope: str = ""


UNREDACTION_ASKED: Final[TypeAdapter[UnredactionAsked]] = TypeAdapter(UnredactionAsked)
UNREDACTION_ANSWERED: Final[TypeAdapter[UnredactionAnswered]] = TypeAdapter(UnredactionAnswered)


def unredact_subject(unit: str) -> str:
    return f"b2t.vault.unredact.{unit}"


def values_of(events: Iterable[Event]) -> dict[str, SealedValue]:
    """Every value that a person may be shown, by the name of its reference; what was said last of a name counts."""
    found: dict[str, SealedValue] = {}
    for event in events:
        references: Iterable[Reference] = ()
        if isinstance(event, TurnHeard):
            references = event.references
        elif isinstance(event, ConnectorCallReturned):
            references = event.values.values()
        for one in references:
            if one.value is not None and is_readable(one.name):
                found[one.name] = SealedValue(one.name, one.value)
    return found


def shown(request: Request, now: int) -> dict[str, Any]:
    """A request as people see it."""
    asked = request.asked.statement
    decided, withdrawn, acknowledged = request.decided, request.withdrawn, request.acknowledged
    return {
        "id": request.id,
        "conversation": request.conversation,
        "kind": "break-glass" if request.is_break_glass else "two-person",
        "state": request.state(now),
        "reason": asked.reason,
        "minutes": asked.minutes,
        "asked_by": asked.person,
        "asked_at": _time(asked.at),
        "decided_by": None if decided is None else decided.statement.person,
        "decided_at": None if decided is None else _time(decided.statement.at),
        "withdrawn_by": None if withdrawn is None else withdrawn.statement.person,
        "acknowledged_by": None if acknowledged is None else acknowledged.statement.person,
        "readable_until": None if request.until is None else _time(request.until),
    }


def shown_person(person: Person) -> dict[str, Any]:
    return asdict(person) | {
        "enrolled_at": _time(person.enrolled_at),
        "removed_at": None if person.removed_at is None else _time(person.removed_at),
    }


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
