"""Audit events about the box: keys, configuration, agents, units, its clock, backups, and the log itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from appliance.audit.telling import Count, Digest, Told, Word
from appliance.events import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLeased(Told):
    """The vault lent a conversation's keys to the unit `asker`."""

    asker: Word
    conversation: Id
    classes: Word
    action: Literal["key_leased"] = "key_leased"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseDenied(Told):
    """The vault refused keys to the unit `asker`."""

    asker: Word
    action: Literal["lease_denied"] = "lease_denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysErased(Told):
    """The wrapped keys of `subject`, a conversation or a person's keyed hash, exist no more."""

    subject: Word
    action: Literal["keys_erased"] = "keys_erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class RootKeyRotated(Told):
    generation: Count
    action: Literal["root_key_rotated"] = "root_key_rotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysRewrapped(Told):
    keys: Count
    generation: Count
    action: Literal["keys_rewrapped"] = "keys_rewrapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultUnsealed(Told):
    account: Word | None = None
    action: Literal["vault_unsealed"] = "vault_unsealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSealed(Told):
    account: Word | None = None
    action: Literal["vault_sealed"] = "vault_sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChanged(Told):
    """`settings`: SHA-256 of all of them, where the box was started with others than before."""

    setting: Word
    account: Word | None = None
    settings: Digest | None = None
    action: Literal["configuration_changed"] = "configuration_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPublished(Told):
    agent: Word
    version: Word
    account: Word | None = None
    """Who asked for it; `box` and none are the agents' folder."""
    action: Literal["agent_published"] = "agent_published"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDeployed(Told):
    """New conversations get the version, or `share` of a hundred do; `revision` is that of the record."""

    agent: Word
    version: Word
    account: Word
    revision: Count
    share: Count | None = None
    action: Literal["agent_deployed"] = "agent_deployed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRolledBack(Told):
    """`version` is what was left; `account` is `box` where a share was taken back by itself."""

    agent: Word
    version: Word
    account: Word
    revision: Count
    action: Literal["agent_rolled_back"] = "agent_rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStarted(Told):
    unit: Word
    instance: Word
    action: Literal["unit_started"] = "unit_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStopped(Told):
    unit: Word
    instance: Word
    action: Literal["unit_stopped"] = "unit_stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStepped(Told):
    """The clock was set: by so many milliseconds, backwards where negative."""

    by_ms: Annotated[int, Field(ge=-(2**53), le=2**53)]
    action: Literal["clock_stepped"] = "clock_stepped"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMade(Told):
    backup: Word
    action: Literal["backup_made"] = "backup_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRestored(Told):
    backup: Word
    action: Literal["backup_restored"] = "backup_restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointNotShipped(Told):
    """A destination off the box has not taken a checkpoint; told once until it does again."""

    destination: Word
    action: Literal["checkpoint_not_shipped"] = "checkpoint_not_shipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Misattributed(Told):
    """The unit `actor` told something in the name of another; `content` is the SHA-256 of what came."""

    claimed: Word
    content: Digest
    action: Literal["misattributed"] = "misattributed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Told):
    """What came was no event of this vocabulary; `content` is its SHA-256."""

    content: Digest
    action: Literal["unreadable"] = "unreadable"
