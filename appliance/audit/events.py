"""What may be told to the audit log: the typed vocabulary of `b2t.audit.<unit>`, one class an action.

`actor` is the unit that tells it; `account`, `key`, `conversation`, `person` are ids or keyed hashes, never names,
numbers, text. What does not fit is kept as `Unreadable` with a hash of what came, what is told in another's name as
`Misattributed`: nothing told is dropped, nothing free gets in.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from appliance.audit.access_events import (
    AccessDenied,
    AccountCreated,
    AccountLocked,
    AccountRemoved,
    AccountUnlocked,
    ApiKeyCreated,
    ApiKeyRevoked,
    BreakGlassClosed,
    BreakGlassOpened,
    BreakGlassReviewed,
    CodeRefused,
    CredentialChanged,
    RoleChanged,
    SetupCompleted,
    SetupRefused,
    SignedIn,
    SignedOut,
    SignInFailed,
)
from appliance.audit.box_events import (
    AgentDeployed,
    AgentPublished,
    AgentRolledBack,
    BackupMade,
    BackupRestored,
    CheckpointNotShipped,
    ClockStepped,
    ConfigurationChanged,
    KeyLeased,
    KeysErased,
    KeysRewrapped,
    LeaseDenied,
    Misattributed,
    RootKeyRotated,
    UnitStarted,
    UnitStopped,
    Unreadable,
    VaultSealed,
    VaultUnsealed,
)
from appliance.audit.data_events import (
    AuditExported,
    AuditRead,
    AuditReviewed,
    ConversationRead,
    ConversationsListed,
    DataPurged,
    FileSigned,
    HoldLifted,
    HoldSet,
    PersonErased,
    PersonExported,
    PersonSought,
    RevealApproved,
    RevealAsked,
    RevealDenied,
    ValuesRevealed,
)
from appliance.errors import Invalid

AuditEvent = Annotated[
    SetupCompleted
    | SetupRefused
    | SignedIn
    | SignInFailed
    | SignedOut
    | AccountCreated
    | AccountLocked
    | AccountUnlocked
    | AccountRemoved
    | RoleChanged
    | CredentialChanged
    | AccessDenied
    | BreakGlassOpened
    | BreakGlassClosed
    | BreakGlassReviewed
    | ApiKeyCreated
    | ApiKeyRevoked
    | CodeRefused
    | ConversationRead
    | ConversationsListed
    | RevealAsked
    | RevealApproved
    | RevealDenied
    | ValuesRevealed
    | PersonExported
    | PersonSought
    | PersonErased
    | HoldSet
    | HoldLifted
    | DataPurged
    | AuditRead
    | AuditExported
    | FileSigned
    | AuditReviewed
    | KeyLeased
    | LeaseDenied
    | KeysErased
    | RootKeyRotated
    | KeysRewrapped
    | VaultUnsealed
    | VaultSealed
    | ConfigurationChanged
    | AgentPublished
    | AgentDeployed
    | AgentRolledBack
    | UnitStarted
    | UnitStopped
    | ClockStepped
    | BackupMade
    | BackupRestored
    | CheckpointNotShipped
    | Misattributed
    | Unreadable,
    Field(discriminator="action"),
]
AUDIT_EVENT: TypeAdapter[AuditEvent] = TypeAdapter(AuditEvent)

SENSITIVE_READS: Final = frozenset(
    {
        "audit_exported",
        "audit_read",
        "break_glass_opened",
        "conversation_read",
        "conversations_listed",
        "person_exported",
        "person_sought",
        "reveal_approved",
        "reveal_asked",
        "values_revealed",
    }
)
"""Actions that must be on record before anything is shown: where they cannot be, nothing is."""


def read_event(raw: bytes, taken_at: int, teller: str | None = None) -> AuditEvent:
    """What was told, or that it cannot be read (told by `scribe`, at `taken_at` nanoseconds), or that `teller`, the
    unit whose subject it came by, told it in another's name."""
    try:
        event = AUDIT_EVENT.validate_json(raw)
    except ValidationError:
        return Unreadable(actor="scribe", at=taken_at, content=sha256(raw).hexdigest())
    if teller is not None and event.actor != teller:
        return Misattributed(actor=teller, at=taken_at, claimed=event.actor, content=sha256(raw).hexdigest())
    return event


def canonical(sequence: int, event: AuditEvent, kept: int | None = None) -> bytes:
    """The entry in canonical JSON: keys in order, no spaces, UTF-8, numbers whole and written out. `kept` is when the
    log took it (nanoseconds since 1970, UTC), which never goes back."""
    if sequence < 1:
        raise Invalid("An entry's sequence is at least 1.")
    members = AUDIT_EVENT.dump_python(event, mode="json", exclude_none=True) | {"sequence": sequence}
    if kept is not None:
        members["kept"] = kept
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
