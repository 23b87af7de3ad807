"""What the command on the box may ask about people's accounts, on the wire: `b2t.gateway.accounts`.

The bus lets `operator` alone ask there; the gateway owns the records and answers with the words of its own HTTP API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from appliance.access.accounts import NAME
from appliance.access.rights import Role

SUBJECT: Final = "b2t.gateway.accounts"
ASKED_WITHIN_S: Final = 10.0

Operation = Literal["list", "invite", "role", "lock", "unlock", "reset", "remove"]
Name = Annotated[str, Field(pattern=rf"^{NAME}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsAsked:
    """`account`: a name or an id; the name of a new one. `by`: who is at the command line, for the audit log."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    operation: Operation
    by: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    account: Name | None = None
    role: Role | None = None
    removed: bool = False
    """List those who were removed, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsAnswered:
    """`code` as in `appliance.errors`, empty where it was done."""

    code: str = ""
    title: str = ""
    status: int = 0
    answer: dict[str, Any] = field(default_factory=dict)


ACCOUNTS_ASKED: Final[TypeAdapter[AccountsAsked]] = TypeAdapter(AccountsAsked)
ACCOUNTS_ANSWERED: Final[TypeAdapter[AccountsAnswered]] = TypeAdapter(AccountsAnswered)
