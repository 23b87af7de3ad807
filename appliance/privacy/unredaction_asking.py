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
    Group,
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
    "compare",
    "renew",
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
MOST_TOLD: Final = 2000
RENEWED: Final = "unredaction/record-renewed/"
"""With the renewal's id the setting that the audit log tells as changed."""


@dataclass(frozen=True, slots=True)
class SealedValue:
    """What lies behind a reference of the conversation."""

    name: Annotated[str, Field(max_length=80)]
    sealed: Sealed


@dataclass(frozen=True, slots=True)
class ToldStep:
    """What the audit log says was done: a key removed, a request denied, an emergency access opened or reviewed, the
    record renewed."""

    step: Literal["removed", "denied", "opened", "reviewed", "renewed"]
    id: Annotated[str, Field(pattern=r"^[a-z0-9]{16,32}$")]


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
    group: Group | Literal[""] = ""
    """Of a list: those alone that wait, can be read, or neither."""
    before: RequestId | Literal[""] = ""
    """Of a list: those made before this one."""
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED
    request: RequestId | Literal[""] = ""
    values: Annotated[tuple[SealedValue, ...], Field(max_length=MOST_VALUES)] = ()
    public_key: PublicKey | Literal[""] = ""
    """Of somebody to enrol."""
    label: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@-]{0,64}$")] = ""
    rights: tuple[PersonRight, ...] = ()
    person: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    """To be removed."""
    told: Annotated[tuple[ToldStep, ...], Field(max_length=MOST_TOLD)] = ()
    """To be compared with the record; of a renewal, who is removed."""


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


def page_of(found: Iterable[Request], asked: UnredactionAsked, now: int) -> dict[str, Any]:
    """One page of requests, youngest first; `next` is the one to go on before."""
    page: list[Request] = []
    reached = not asked.before
    for one in found:
        if not reached:
            reached = one.id == asked.before
        elif asked.conversation in ("", one.conversation) and asked.group in ("", one.group(now)):
            if len(page) == asked.limit:
                return {"requests": [shown(each, now) for each in page], "next": page[-1].id}
            page.append(one)
    return {"requests": [shown(each, now) for each in page], "next": None}


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
