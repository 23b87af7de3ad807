"""What is asked of the units that hold something of conversations when these are to go, and of the scribe about it.

Each unit removes what it owns: `b2t.<unit>.forget`. The scribe alone asks them (`b2t.scribe.retention` asks it): it
knows what is over and what is held. Removing what is gone already is no mistake, so everything can be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter

from appliance.events import Id

MOST: Final = 500
"""Conversations in one question."""
SUBJECT: Final = "b2t.scribe.retention"
DIALOGUE: Final = "b2t.dialogue.forget"
CONNECTORS: Final = "b2t.connectors.forget"
GATEWAY: Final = "b2t.gateway.forget"
INSIGHTS: Final = "b2t.insights.forget"
FORGET_S: Final = 120.0

Conversations = Annotated[tuple[Id, ...], Field(max_length=MOST)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{32,64}$")]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,128}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """`purge`: insights shall also remove what is over by its own settings, but for what is in `keep`."""

    conversations: Conversations = ()
    persons: tuple[Hash, ...] = ()
    purge: bool = False
    keep: tuple[Id, ...] = ()
    dry_run: bool = False
    rewrite: bool = False
    """Nothing more comes: the file is written anew, so that what was removed is in none of its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """`code` as in `appliance.errors`, empty where it was done."""

    removed: int = 0
    code: str = ""
    title: str = ""


Operation = Literal["hold", "lift", "holds", "run", "report", "forget", "finish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionAsked:
    operation: Operation
    account: Word = "operator"
    """Who asks, for the audit log."""
    reason: Word | None = None
    conversations: Conversations = ()
    persons: Annotated[tuple[Hash, ...], Field(max_length=MOST)] = ()
    dry_run: bool = False
    replay: bool = False
    """What was erased before and came back by a restore: no hold stops it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionAnswered:
    code: str = ""
    title: str = ""
    answer: dict[str, Any] = field(default_factory=dict)


FORGET: Final[TypeAdapter[Forget]] = TypeAdapter(Forget)
FORGOTTEN: Final[TypeAdapter[Forgotten]] = TypeAdapter(Forgotten)
RETENTION_ASKED: Final[TypeAdapter[RetentionAsked]] = TypeAdapter(RetentionAsked)
RETENTION_ANSWERED: Final[TypeAdapter[RetentionAnswered]] = TypeAdapter(RetentionAnswered)
