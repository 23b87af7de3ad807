"""Audit events about what was talked about: who read it, revealed it, kept it longer, took it out or removed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from appliance.audit.telling import Count, Digest, LongDigest, Told, Word
from appliance.events import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRead(Told):
    conversation: Id
    account: Word
    action: Literal["conversation_read"] = "conversation_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationsListed(Told):
    account: Word
    action: Literal["conversations_listed"] = "conversations_listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealAsked(Told):
    """Somebody asked to see the values behind a conversation's references. Here and below, `account` is who signed for
    it, `through` whom the gateway knew the sender as."""

    conversation: Id
    account: Word
    request: Word
    through: Word | None = None
    action: Literal["reveal_asked"] = "reveal_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealApproved(Told):
    conversation: Id
    account: Word
    request: Word
    through: Word | None = None
    action: Literal["reveal_approved"] = "reveal_approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealDenied(Told):
    """A second person refused, or took back an approval or an emergency access."""

    conversation: Id
    account: Word
    request: Word
    through: Word | None = None
    action: Literal["reveal_denied"] = "reveal_denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesRevealed(Told):
    conversation: Id
    account: Word
    request: Word
    through: Word | None = None
    action: Literal["values_revealed"] = "values_revealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSought(Told):
    """Somebody looked up what there is of a person; `person` is the keyed hash under which they are found."""

    person: Word
    account: Word
    action: Literal["person_sought"] = "person_sought"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExported(Told):
    """`person` is the keyed hash under which the person is found."""

    person: Word
    account: Word
    action: Literal["person_exported"] = "person_exported"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Told):
    person: Word
    account: Word
    certificate: Digest
    """SHA-256 of the certificate."""
    action: Literal["person_erased"] = "person_erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSet(Told):
    """From here on, retention removes nothing of `subject` (a conversation or a person's keyed hash)."""

    subject: Word
    account: Word
    action: Literal["hold_set"] = "hold_set"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(Told):
    subject: Word
    account: Word
    action: Literal["hold_lifted"] = "hold_lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPurged(Told):
    """Retention removed so many conversations whose time was over."""

    conversations: Count
    report: Digest
    action: Literal["data_purged"] = "data_purged"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRead(Told):
    """Somebody looked at the audit log itself."""

    account: Word
    action: Literal["audit_read"] = "audit_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditExported(Told):
    account: Word
    selection: Word
    action: Literal["audit_exported"] = "audit_exported"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSigned(Told):
    """The log's key signed a file of this name, by its BLAKE2b-512 digest."""

    file: Word
    digest: LongDigest
    action: Literal["file_signed"] = "file_signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReviewed(Told):
    """The day's review was made: how much there is to look into, and the report's SHA-256."""

    day: Word
    findings: Count
    report: Digest
    action: Literal["audit_reviewed"] = "audit_reviewed"
