"""Who may change whose account, and how; no I/O. A box is never left without an administrator who can sign in.

Whoever changes an account must have every right that it has and will have: else somebody who manages accounts could
reset an administrator's and sign in with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.access.rights import Principal, Right, Role, check_grant, rights_of
from appliance.errors import Conflict, Denied, Invalid

INVITED_S: Final = 72 * 3600
"""An invitation is good for so long: over a weekend, not over a holiday."""
MAX_ACCOUNTS: Final = 2000
NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}"
"""What an account may be called; staff numbers and mail addresses among it."""
_NUMBER: Final = re.compile(r"(?:[0-9][._@-]*){13}|(?<![0-9])[0-9]{3}[._@-]+[0-9]{2}[._@-]+[0-9]{4}(?![0-9])")
"""A card's number or a social security number, however it is parted."""


class State(StrEnum):
    ACTIVE = "active"
    INVITED = "invited"
    """Has no password yet, or no more: the invitation waits."""
    LAPSED = "lapsed"
    """The same, and the invitation is too old."""
    LOCKED = "locked"
    """Somebody locked it; no failed tries did."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants a change: `name` as the audit log has it, their rights, and their own account if they have one.

    `principal` is what to read anew before anything is changed; nobody but the operator does without.
    """

    name: str
    rights: frozenset[Right]
    account: str | None = None
    is_operator: bool = False
    principal: Principal | None = None

    @staticmethod
    def of(principal: Principal) -> Asker:
        return Asker(principal.actor, principal.rights, principal.account, principal=principal)

    @staticmethod
    def operator(who: str) -> Asker:
        """The command on the box: it could write the records themselves."""
        return Asker(f"operator/{who}" if who else "operator", frozenset(Right), is_operator=True)


@dataclass(frozen=True, slots=True)
class Holder:
    """An account as its changes are judged by. `others`: administrators besides who can sign in."""

    id: str
    role: str
    others: int


class OwnAccount(Conflict):
    code, retryable = "own-account", False


class LastAdministrator(Conflict):
    code, retryable = "last-administrator", False


def check_name(name: str) -> None:
    """Raises Invalid, without the name: which is kept in the clear and so is nobody's number."""
    if not re.fullmatch(NAME, name) or _NUMBER.search(name):
        raise Invalid(
            "A name has letters, digits and . _ @ -, 64 at most; it is no card's number and no social security number."
        )


def check_invited(asker: Asker, role: Role) -> None:
    """Raises Denied."""
    _check_given(asker, role)


def check_role(asker: Asker, holder: Holder, role: Role) -> None:
    """Raises Denied, OwnAccount, LastAdministrator."""
    _check_reach(asker, holder)
    _check_given(asker, role)
    if role != holder.role:
        _check_kept(asker, holder, "Somebody else has to change your role.")


def check_locked(asker: Asker, holder: Holder) -> None:
    _check_reach(asker, holder)
    _check_kept(asker, holder, "You cannot lock your own account.")


def check_unlocked(asker: Asker, holder: Holder) -> None:
    _check_reach(asker, holder)


def check_reset(asker: Asker, holder: Holder) -> None:
    """The operator alone may reset the last administrator: it is the way back in."""
    _check_reach(asker, holder)
    if asker.account == holder.id:
        raise OwnAccount("You cannot reset your own account; change your password instead.")
    if not asker.is_operator:
        _check_kept(asker, holder, "")


def check_removed(asker: Asker, holder: Holder) -> None:
    _check_reach(asker, holder)
    _check_kept(asker, holder, "You cannot remove your own account; somebody else has to.")


def _check_given(asker: Asker, role: Role) -> None:
    check_grant(Principal("account", "", "", asker.rights), rights_of(role))


def _check_reach(asker: Asker, holder: Holder) -> None:
    if not rights_of(holder.role) <= asker.rights:
        raise Denied("This account may do what you may not: somebody who may has to change it.")


def _check_kept(asker: Asker, holder: Holder, own: str) -> None:
    if asker.account == holder.id:
        raise OwnAccount(own)
    if holder.role == Role.ADMINISTRATOR and holder.others == 0:
        raise LastAdministrator("This is the last administrator who can sign in; make another one first.")
