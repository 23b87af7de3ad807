"""The other side of an agent's calls: demo connectors with their own data, or answers that a scenario scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from appliance.agents import definition as d
from appliance.agents.scenarios import Values
from appliance.connectors import Connector, Operation, Outcome
from appliance.errors import Unavailable
from appliance.privacy.values import Digits, Money, Text, Value
from services.connectors.demo import DEMOS

SECRET: Final = "secret"  # noqa: S105 - a kind of argument


@dataclass(frozen=True, slots=True)
class Made:
    """A call as the connector got it; secrets are left out."""

    operation: str
    arguments: Mapping[str, str]


class Watched:
    """Notes every call of a connector."""

    def __init__(self, name: str, connector: Connector, note: Callable[[Made], None]) -> None:
        self._name, self._connector, self._note = name, connector, note
        self.operations = connector.operations
        self.knows_keys = connector.knows_keys

    async def call(
        self, operation: str, arguments: Mapping[str, str], idempotency_key: str, deadline_s: float
    ) -> Outcome:
        kinds = self.operations[operation].arguments
        shown = {name: value for name, value in arguments.items() if kinds[name] != SECRET}
        self._note(Made(f"{self._name}.{operation}", shown))
        return await self._connector.call(operation, arguments, idempotency_key, deadline_s)

    async def recall(self, idempotency_key: str) -> Outcome | None:
        return await self._connector.recall(idempotency_key)

    async def close(self) -> None:
        await self._connector.close()


class Scripted:
    """Answers as a scenario says, in turn; the last answer stays. What is not scripted is not done."""

    knows_keys = True

    def __init__(self, name: str, defined: d.Connector, answers: Mapping[str, tuple[Values, ...]]) -> None:
        self.operations: Mapping[str, Operation] = {
            operation: Operation(
                {**one.arguments},
                {d.UNKNOWN: {}, d.CAPTURE_LOST: {}, **one.outcomes},
            )
            for operation, one in defined.operations.items()
        }
        self._answers = {
            operation: list(answers[f"{name}.{operation}"])
            for operation in self.operations
            if answers.get(f"{name}.{operation}")
        }

    async def call(
        self, operation: str, arguments: Mapping[str, str], idempotency_key: str, deadline_s: float
    ) -> Outcome:
        waiting = self._answers.get(operation)
        if not waiting:
            raise Unavailable("The scenario has no answer for this operation.")
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        outcome = str(answer["outcome"])
        if outcome == d.FAILED:
            raise Unavailable("The scenario has it fail.")
        kinds = self.operations[operation].outcomes[outcome]
        return Outcome(outcome, {name: _value(kind, answer[name]) for name, kind in kinds.items()})

    async def recall(self, idempotency_key: str) -> Outcome | None:
        return None

    async def close(self) -> None:
        return None


def connectors(
    agent: d.Agent, scripted: Mapping[str, tuple[Values, ...]] | None, folder: Path, note: Callable[[Made], None]
) -> dict[str, Connector]:
    """Of every connector that the agent names. Without a script those that have a demo are the demo."""
    found: dict[str, Connector] = {}
    for name, defined in agent.connectors.items():
        demo = DEMOS.get(name) if scripted is None else None
        made: Connector = demo(folder / f"demo_{name}.sqlite") if demo else Scripted(name, defined, scripted or {})
        found[name] = Watched(name, made, note)
    return found


def _value(kind: str, given: object) -> Value:
    match kind:
        case "money":
            amount, _, currency = str(given).partition(" ")
            return Money(f"{Decimal(amount):.2f}", currency or "USD")
        case "digits":
            return Digits(str(given))
        case _:
            return Text(str(given))
