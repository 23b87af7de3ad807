"""Inference in the asker's own process: detects e-mails, cards and social security numbers, looks phrases up."""

from __future__ import annotations

import re

from appliance.adapters.inference import Asked, Trained
from appliance.agents.definition import Agent
from appliance.agents.understood import Shares, Taught, Understood
from appliance.errors import Unavailable, Unknown
from appliance.events import Understanding
from appliance.ports import PersonalSpan
from tests.fakes.understanding import understand

_KINDS = {
    "EMAIL": re.compile(r"[\w.]+@[\w.]+\w"),
    "CARD": re.compile(r"\b\d(?:[ -]?\d){12,18}\b"),
    "SSN": re.compile(r"\b\d{3}-\d{2}-\d{4}\b"),
}


class FakeInference:
    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.trained: set[str] = set()
        self.down = False
        self.seen: list[str] = []
        """What understanding was shown."""
        self.figures: dict[bool, Understood] = {}
        """What measuring comes to, with a published version and without; all is understood unless given."""
        self.measured: list[str] = []
        self.languages: tuple[str, ...] = ()
        """Among which the last text's language was to be found."""

    async def detect(
        self, text: str, language: str = "en", *, expecting_secret: bool = False, asked: Asked | None = None
    ) -> tuple[PersonalSpan, ...]:
        if self.down:
            raise Unavailable("down")
        found = [
            PersonalSpan(match.start(), match.end(), kind, 1.0)
            for kind, pattern in _KINDS.items()
            for match in pattern.finditer(text)
        ]
        return tuple(sorted(found, key=lambda span: span.start))

    async def understand(
        self,
        version: str,
        text: str,
        language: str = "en",
        expects: tuple[str, ...] = (),
        at: object = None,
        languages: tuple[str, ...] = (),
    ) -> Understanding:
        if self.down:
            raise Unavailable("down")
        if version not in self.trained:
            raise Unknown("not trained")
        self.seen.append(text)
        self.languages = languages
        return understand(self.agent, text)

    async def train(
        self,
        version: str,
        intents: object,
        entities: object = None,
        language: str = "en",
        typed: object = None,
        engine: str = "linear",
    ) -> Trained:
        self.trained.add(version)
        return Trained(version, 1.0, False)

    async def measure(self, draft: Taught, published: Taught | None = None, language: str = "en") -> Understood:
        if self.down:
            raise Unavailable("down")
        self.measured.append(language)
        whole = Shares(1.0, 1.0)
        return self.figures.get(published is not None) or Understood(100, 50, whole, whole if published else None, {})
