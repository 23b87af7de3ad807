"""Audit events about people and programs getting in, and about what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from appliance.audit.telling import Told, Word
from appliance.events import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupCompleted(Told):
    """The first administrator's password was set."""

    account: Word
    action: Literal["setup_completed"] = "setup_completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupRefused(Told):
    action: Literal["setup_refused"] = "setup_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Told):
    account: Word
    action: Literal["signed_in"] = "signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Told):
    """`account` only where there is such a one: what was typed instead may be a password."""

    account: Word | None = None
    action: Literal["sign_in_failed"] = "sign_in_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(Told):
    account: Word
    action: Literal["signed_out"] = "signed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreated(Told):
    account: Word
    by: Word
    role: Word
    action: Literal["account_created"] = "account_created"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLocked(Told):
    """By failed tries, for a while; with `by` by somebody, until they unlock it."""

    account: Word
    by: Word | None = None
    action: Literal["account_locked"] = "account_locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUnlocked(Told):
    account: Word
    by: Word
    action: Literal["account_unlocked"] = "account_unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRemoved(Told):
    account: Word
    by: Word
    role: Word | None = None
    action: Literal["account_removed"] = "account_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Told):
    """`before` is the role that it was."""

    account: Word
    role: Word
    by: Word
    before: Word | None = None
    action: Literal["role_changed"] = "role_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialChanged(Told):
    """A password, a second factor or another way of proving who one is; `credential` is its kind."""

    account: Word
    credential: Word
    by: Word
    action: Literal["credential_changed"] = "credential_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied(Told):
    """Somebody known asked for what they have no right to; `right` is the one that was missing."""

    account: Word
    right: Word
    action: Literal["access_denied"] = "access_denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassOpened(Told):
    """One person alone sees a conversation's values, in an emergency and for a short while."""

    account: Word
    request: Word
    conversation: Id | None = None
    through: Word | None = None
    action: Literal["break_glass_opened"] = "break_glass_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassClosed(Told):
    """Its time is over, or a second person ended it."""

    account: Word
    request: Word
    conversation: Id | None = None
    action: Literal["break_glass_closed"] = "break_glass_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassReviewed(Told):
    """A second person, `account`, has looked at an emergency access. Until then every daily review names it."""

    account: Word
    request: Word
    conversation: Id | None = None
    through: Word | None = None
    action: Literal["break_glass_reviewed"] = "break_glass_reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(Told):
    key: Word
    account: Word
    action: Literal["api_key_created"] = "api_key_created"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(Told):
    key: Word
    account: Word
    action: Literal["api_key_revoked"] = "api_key_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRefused(Told):
    """A leg keyed a wrong one-time code."""

    conversation: Id
    action: Literal["code_refused"] = "code_refused"
