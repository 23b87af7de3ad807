"""What may be told to the audit log: the typed vocabulary of `b2t.audit`, one class an action.

`actor` is the unit that tells it; `account`, `key`, `conversation` are ids or keyed hashes, never names, numbers, text.
What does not fit is kept as `Unreadable` with a hash of what came: nothing told is dropped, nothing free gets in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from appliance.errors import Invalid
from appliance.events import Id

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,128}$")]
"""An identifier of ours: no spaces, so no sentence fits in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    __pydantic_config__ = ConfigDict(extra="forbid")
    actor: Id
    at: Annotated[int, Field(ge=0)]
    """Nanoseconds since 1970, UTC, on the teller's clock. Order is the log's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupCompleted(_Told):
    """The first administrator's password was set."""

    account: Word
    action: Literal["setup_completed"] = "setup_completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupRefused(_Told):
    action: Literal["setup_refused"] = "setup_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(_Told):
    account: Word
    action: Literal["signed_in"] = "signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(_Told):
    """`account` only where there is such a one: what was typed instead may be a password."""

    account: Word | None = None
    action: Literal["sign_in_failed"] = "sign_in_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(_Told):
    account: Word
    action: Literal["signed_out"] = "signed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(_Told):
    key: Word
    account: Word
    action: Literal["api_key_created"] = "api_key_created"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(_Told):
    key: Word
    account: Word
    action: Literal["api_key_revoked"] = "api_key_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRead(_Told):
    conversation: Id
    account: Word
    action: Literal["conversation_read"] = "conversation_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationsListed(_Told):
    account: Word
    action: Literal["conversations_listed"] = "conversations_listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseDenied(_Told):
    """The vault refused keys to the unit `asker`."""

    asker: Word
    action: Literal["lease_denied"] = "lease_denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRefused(_Told):
    """A leg keyed a wrong one-time code."""

    conversation: Id
    action: Literal["code_refused"] = "code_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChanged(_Told):
    setting: Word
    account: Word | None = None
    action: Literal["configuration_changed"] = "configuration_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPublished(_Told):
    agent: Word
    version: Word
    action: Literal["agent_published"] = "agent_published"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStarted(_Told):
    unit: Word
    instance: Word
    action: Literal["unit_started"] = "unit_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStopped(_Told):
    unit: Word
    instance: Word
    action: Literal["unit_stopped"] = "unit_stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(_Told):
    """What came was none of the above; `content` is its SHA-256."""

    content: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    action: Literal["unreadable"] = "unreadable"


AuditEvent = Annotated[
    SetupCompleted
    | SetupRefused
    | SignedIn
    | SignInFailed
    | SignedOut
    | ApiKeyCreated
    | ApiKeyRevoked
    | ConversationRead
    | ConversationsListed
    | LeaseDenied
    | CodeRefused
    | ConfigurationChanged
    | AgentPublished
    | UnitStarted
    | UnitStopped
    | Unreadable,
    Field(discriminator="action"),
]
AUDIT_EVENT: TypeAdapter[AuditEvent] = TypeAdapter(AuditEvent)


def read_event(raw: bytes, taken_at: int) -> AuditEvent:
    """What was told, or that it cannot be read (told by `scribe`, at `taken_at` nanoseconds)."""
    try:
        return AUDIT_EVENT.validate_json(raw)
    except ValidationError:
        return Unreadable(actor="scribe", at=taken_at, content=sha256(raw).hexdigest())


def canonical(sequence: int, event: AuditEvent) -> bytes:
    """The entry in canonical JSON: keys in order, no spaces, UTF-8, numbers whole and written out."""
    if sequence < 1:
        raise Invalid("An entry's sequence is at least 1.")
    members = AUDIT_EVENT.dump_python(event, mode="json", exclude_none=True) | {"sequence": sequence}
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
