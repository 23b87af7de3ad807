"""Which entries an export is of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from appliance.audit.controls import control

_PEOPLE = ("account", "by", "person", "subject", "asker")


@dataclass(frozen=True, slots=True)
class Selection:
    """All that are given must hold. Times are nanoseconds since 1970, of when an entry was kept: [start, end)."""

    start: int | None = None
    end: int | None = None
    conversation: str | None = None
    person: str | None = None
    """An account, or a caller's keyed hash."""
    agent: str | None = None
    control: str | None = None
    incident: str | None = None
    """Anything that is named in an entry: a conversation, an account, a key, a person's keyed hash."""

    @property
    def everything(self) -> bool:
        """Whether every entry of the period is wanted."""
        return not any((self.conversation, self.person, self.agent, self.control, self.incident))

    def actions(self) -> frozenset[str] | None:
        """Raises Unknown."""
        return None if self.control is None else frozenset(control(self.control).actions)

    def wants(self, entry: dict[str, Any], actions: frozenset[str] | None) -> bool:
        if actions is not None and entry["action"] not in actions:
            return False
        if self.conversation is not None and self.conversation not in (entry.get("conversation"), entry.get("subject")):
            return False
        if self.agent is not None and entry.get("agent") != self.agent:
            return False
        if self.person is not None and self.person not in (entry.get(name) for name in _PEOPLE):
            return False
        return self.incident is None or self.incident in (one for one in entry.values() if isinstance(one, str))

    def document(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}
