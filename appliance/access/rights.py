"""Rights, roles and principals: default deny. The table of roles is fixed: who reviews it reads it here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from appliance.errors import Denied


class Right(StrEnum):
    """One thing that may be done. `conversations.take_part` reaches only conversations one has started oneself."""

    TAKE_PART = "conversations.take_part"
    READ_CONVERSATIONS = "conversations.read"
    UNREDACT = "conversations.unredact"
    """To ask for values and read them; what counts is a signature of one's own and a second person's."""
    APPROVE_UNREDACTION = "conversations.approve_unredaction"
    BREAK_GLASS = "conversations.break_glass"
    READ_AGENTS = "agents.read"
    PUBLISH_AGENTS = "agents.publish"
    DEPLOY_AGENTS = "agents.deploy"
    READ_INSIGHTS = "insights.read"
    READ_METRICS = "metrics.read"
    MANAGE_KEYS = "keys.manage"
    MANAGE_ACCOUNTS = "accounts.manage"


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    DESIGNER = "designer"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    COMPLIANCE = "compliance"
    MEMBER = "member"


_FIGURES = frozenset({Right.READ_AGENTS, Right.READ_INSIGHTS})

ROLES: Mapping[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.DESIGNER: _FIGURES | {Right.TAKE_PART, Right.PUBLISH_AGENTS, Right.DEPLOY_AGENTS},
    Role.SUPERVISOR: _FIGURES | {Right.TAKE_PART, Right.READ_CONVERSATIONS},
    Role.ANALYST: _FIGURES,
    Role.COMPLIANCE: _FIGURES | {Right.READ_CONVERSATIONS, Right.UNREDACT, Right.APPROVE_UNREDACTION},
    Role.MEMBER: frozenset({Right.TAKE_PART, Right.READ_AGENTS}),
}
"""What is not in here is denied. Only administrators make keys, manage accounts or break the glass."""


@dataclass(frozen=True, slots=True)
class Principal:
    """`id` is the account's or the key's; `name` is for people to read and may be logged."""

    kind: Literal["account", "api_key"]
    id: str
    name: str
    rights: frozenset[Right]
    role: str = ""
    """An account's role, `api_key`; what it may see of values hangs on it."""
    owner: str | None = None
    """Of an API key: the account that answers for it."""
    owner_role: str = ""
    """Of an API key: that account's role."""
    session: str = field(default="", repr=False)
    """Of an account: digest of the session that it is signed in with."""

    def may(self, right: Right) -> bool:
        return right in self.rights

    @property
    def account(self) -> str | None:
        """Its own, or the one that answers for it."""
        return self.id if self.kind == "account" else self.owner

    @property
    def actor(self) -> str:
        """As the audit log names it."""
        return f"{self.kind}:{self.id}"


def rights_of(role: str) -> frozenset[Right]:
    """A role this release does not know has no rights."""
    return ROLES.get(Role(role), frozenset()) if role in set(Role) else frozenset()


def read_rights(names: str) -> frozenset[Right]:
    """Space-separated, as stored; a right this release does not know is none."""
    known = {str(right) for right in Right}
    return frozenset(Right(name) for name in names.split() if name in known)


def write_rights(rights: frozenset[Right]) -> str:
    return " ".join(sorted(rights))


def check_grant(giver: Principal, rights: frozenset[Right]) -> None:
    """Nobody hands out a right that they have not got. Raises Denied."""
    if not rights <= giver.rights:
        raise Denied("A right can only be given by somebody who has it.")
