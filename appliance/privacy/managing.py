"""What an operator may ask of the vault, on the wire: `b2t.vault.manage.<unit>`. No key is in any answer.

Shares travel in envelopes. `verify` answers whether sealed boxes are what was written at their places, not what they
hold: so everything stored can be checked by somebody who may read none of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field, TypeAdapter

from appliance.events import Sealed

Operation = Literal[
    "status",
    "unseal",
    "approve",
    "seal",
    "rotate",
    "rewrap",
    "split",
    "confirm",
    "check",
    "verify",
    "erase",
    "erased",
    "unused",
    "back_up",
    "identify",
    "match",
]
MANAGERS: Final[Mapping[str, frozenset[Operation]]] = {
    "operator": frozenset(get_args(Operation)),
    "scribe": frozenset({"erase", "erased", "unused"}),
}
"""By unit, which NATS permissions bind to its subject."""
SHARE_TO_VAULT: Final = "a share to the vault"
SHARES_TO_OPERATOR: Final = "shares to the operator"
MOST_BOXES: Final = 500
MOST_HOLDERS: Final = 1000
MOST_VALUES: Final = 32
PARTY: Final = re.compile(r"(?:caller|account)/.+", re.DOTALL)
"""What `identify` hashes: what parties are known by, and nothing else."""

BoxState = Literal["ok", "damaged", "no key", "erased"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


@dataclass(frozen=True, slots=True)
class BoxAt:
    """A sealed box and where it may belong: at one of these places of its conversation."""

    conversation: str
    places: tuple[str, ...]
    sealed: Sealed


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """A conversation, or a person by their keyed hash."""

    name: Name
    person: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A conversation and the keyed hashes of what its references stand for."""

    conversation: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageAsked:
    operation: Operation
    public_key: str = ""
    """The asker's, for what only the asker may read."""
    envelope: str = ""
    needed: int = 0
    of: int = 0
    after: tuple[str, str, int] = ("", "", 0)
    boxes: Annotated[tuple[BoxAt, ...], Field(max_length=MOST_BOXES)] = ()
    holders: Annotated[tuple[ErasureAsked, ...], Field(max_length=MOST_HOLDERS)] = ()
    values: Annotated[tuple[Annotated[str, Field(max_length=256)], ...], Field(max_length=MOST_VALUES)] = ()
    """What somebody is called outside, to be hashed: for `identify` as parties are, for `match` as references are."""
    candidates: Annotated[tuple[Candidate, ...], Field(max_length=MOST_BOXES)] = ()
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Backups that are older are removed when a new one is made."""
    why: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{0,128}$")] = ""
    """For the audit log: a ticket's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageAnswered:
    """`code` as in `appliance.errors`, empty where it was done; `answer` holds counts, names and states."""

    code: str = ""
    title: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    envelope: str = ""


MANAGE_ASKED: TypeAdapter[ManageAsked] = TypeAdapter(ManageAsked)
MANAGE_ANSWERED: TypeAdapter[ManageAnswered] = TypeAdapter(ManageAnswered)


def manage_subject(unit: str) -> str:
    return f"b2t.vault.manage.{unit}"
