"""What a connector is: something outside that an agent may ask for declared operations. One file each in `services`.

An agent's definition declares the operations it calls; the connector declares those it has. What does not fit both is
never sent. Kinds are the same words on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from appliance.errors import Invalid, Unknown
from appliance.privacy.values import Digits, Money, Text, Value

ArgumentKind = Literal["option", "digits", "secret", "value"]
"""An option's name, digits behind a reference, digits that came by secure capture, or whatever else a slot holds: an
option's name, a literal (`money:50.00:USD`, `privacy.values.literal`), the digits or the text behind a reference."""
ValueKind = Literal["money", "digits", "text"]
FAILED, UNKNOWN, CAPTURE_LOST = "failed", "unknown", "capture_lost"
"""Outcomes every operation may have: it was not done; nobody knows whether it was; its secret is gone, ask again."""

_VALUE_TYPES: Mapping[ValueKind, type[Money | Digits | Text]] = {"money": Money, "digits": Digits, "text": Text}
OPTION = re.compile(r"[a-z][a-z0-9_]{0,47}")


@dataclass(frozen=True, slots=True)
class Operation:
    """Arguments by name, and for each outcome the values that come with it."""

    arguments: Mapping[str, ArgumentKind]
    outcomes: Mapping[str, Mapping[str, ValueKind]]
    changes: bool = True
    """False for a mere question: then a lost answer is `failed`, else it is `unknown`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    values: Mapping[str, Value] = field(default_factory=dict)


class Connector(Protocol):
    """Calls may come twice with one `idempotency_key`: the second one has no effect and the first one's outcome."""

    operations: Mapping[str, Operation]
    knows_keys: bool
    """Whether the other side keeps idempotency keys. Where not, a call whose answer is lost is never repeated."""

    async def call(
        self, operation: str, arguments: Mapping[str, str], idempotency_key: str, deadline_s: float
    ) -> Outcome:
        """Do it, within `deadline_s` seconds. Raises Unavailable where it surely was not done."""
        ...

    async def recall(self, idempotency_key: str) -> Outcome | None:
        """The outcome of a call that was done; None where it was not, or where the other side keeps no keys."""
        ...

    async def close(self) -> None: ...


def declared(connector: Connector, operation: str) -> Operation:
    """Raises Unknown."""
    found = connector.operations.get(operation)
    if found is None:
        raise Unknown("The connector has no such operation.")
    return found


def check_arguments(operation: Operation, arguments: Mapping[str, str], captures: tuple[str, ...]) -> None:
    """Raises Invalid where names differ from the declared ones or a secret would not come by secure capture."""
    if set(arguments) != set(operation.arguments):
        raise Invalid("The arguments are not those that the operation declares.")
    secrets = {name for name, kind in operation.arguments.items() if kind == "secret"}
    if secrets != set(captures):
        raise Invalid("A secret argument has to come by secure capture, and no other one may.")
    for name, kind in operation.arguments.items():
        if kind == "option" and not OPTION.fullmatch(arguments[name]):
            raise Invalid("An option is not an option's name.")


def check_outcome(operation: Operation, outcome: Outcome) -> None:
    """Raises Invalid where a connector returns what it does not declare."""
    kinds = operation.outcomes.get(outcome.name)
    if kinds is None or set(kinds) != set(outcome.values):
        raise Invalid("The outcome is not one that the operation declares.")
    for name, kind in kinds.items():
        if not isinstance(outcome.values[name], _VALUE_TYPES[kind]):
            raise Invalid("A returned value is not of its declared kind.")
