"""What one step of the user agent wants done, in order, and what its running timers will do."""

from __future__ import annotations

from collections.abc import Callable

from appliance.telephony.addresses import Address
from appliance.telephony.signalling import CancelTimer, Notice, Output, SendDatagram, SetTimer

Action = Callable[[float], None]
"""What happens at a time; the argument is that time."""


class Outbox:
    def __init__(self) -> None:
        self._outputs: list[Output] = []
        self._timers: dict[str, Action] = {}

    @property
    def timers(self) -> int:
        return len(self._timers)

    def send(self, data: bytes, destination: Address) -> None:
        self._outputs.append(SendDatagram(data, destination))

    def tell(self, notice: Notice) -> None:
        self._outputs.append(notice)

    def set_timer(self, name: str, at: float, action: Action) -> None:
        self._timers[name] = action
        self._outputs.append(SetTimer(name, at))

    def cancel_timer(self, name: str) -> None:
        if self._timers.pop(name, None):
            self._outputs.append(CancelTimer(name))

    def expire(self, name: str, now: float) -> None:
        action = self._timers.pop(name, None)
        if action:
            action(now)

    def drain(self) -> list[Output]:
        outputs, self._outputs = self._outputs, []
        return outputs
