"""From YAML or stored bytes to an agent's version, and what is wrong where it cannot be one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from appliance.agents.builtins import completed, written
from appliance.agents.checks import check
from appliance.agents.definition import Agent
from appliance.agents.document import Mistake, NotYaml, Place, dotted, files_of, read_document
from appliance.agents.knowledge_folder import generations_of
from appliance.agents.localising import localised, mistakes_in, nearest
from appliance.agents.mistakes import mistakes
from appliance.errors import InvalidAgent, Tampered

AGENT: TypeAdapter[Agent] = TypeAdapter(Agent)
TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Version:
    """An agent as it was published: `version` is the hash of `content`, its canonical JSON. `locale` names the
    translation that `agent` is in; none: as it is written."""

    agent: Agent
    version: str
    content: bytes = field(repr=False)
    locale: str | None = None

    @property
    def name(self) -> str:
        return self.agent.name

    @property
    def understood_as(self) -> str:
        """What its trained head goes by: each language has its own."""
        return self.version if self.locale is None else f"{self.version}-{self.locale}"

    @property
    def locales(self) -> tuple[str, ...]:
        """All that it may be spoken to in, whichever it is in now."""
        return _written(self.content).locales if self.locale is not None else self.agent.locales

    def spoken(self, locale: str) -> Version:
        """As it is for a party of this locale."""
        whole = self.agent if self.locale is None else _written(self.content)
        if not whole.translations:
            return self
        near = nearest(whole, locale)
        if near not in whole.translations:
            return replace(self, agent=whole, locale=None)
        return replace(self, agent=_localised(self.content, near), locale=near)

    @property
    def whole(self) -> Agent:
        """As it is written, with all its translations."""
        return _written(self.content) if self.locale is not None else self.agent

    @property
    def translated(self) -> tuple[Version, ...]:
        """Itself and, for each translation, itself in that."""
        whole = self.agent if self.locale is None else _written(self.content)
        return (self.spoken(whole.locales[0]), *(self.spoken(locale) for locale in whole.translations))


class AgentMistakes(InvalidAgent):
    """All mistakes found; the title lists the first of them, a line each."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        more = f"\n… and {len(mistakes) - SHOWN} more" if len(mistakes) > SHOWN else ""
        super().__init__("\n".join(str(mistake) for mistake in mistakes[:SHOWN]) + more)
        self.mistakes = mistakes


def load_agent(path: Path) -> Version:
    """Read a file or a folder. Raises AgentMistakes with file, line and column of everything that is wrong."""
    try:
        if not path.exists():
            raise NotYaml(Mistake(Place(str(path.name), 1, 1), "", "there is no such file or folder"))
        return read_agent(files_of(path), generations_of(path))
    except NotYaml as error:
        raise AgentMistakes((error.mistake,)) from None


def read_agent(files: Mapping[str, str], documents: Mapping[str, str] | None = None) -> Version:
    """Read YAML texts by file name, whose top-level keys are put together. `documents` is the generation of what the
    folder brings for each knowledge base. Raises AgentMistakes."""
    if not files:
        raise AgentMistakes((Mistake(Place("agent.yaml", 1, 1), "", "there is no such file"),))
    try:
        document = read_document(files)
    except NotYaml as error:
        raise AgentMistakes((error.mistake,)) from None
    try:
        agent = AGENT.validate_python(document.value)
    except ValidationError as error:
        raise AgentMistakes(tuple(mistakes(document, error.errors(include_url=False), AGENT.json_schema()))) from None
    found = tuple(
        Mistake(document.place_of(path), dotted(path), problem, suggestion)
        for path, problem, suggestion in check(completed(agent))
    ) or tuple(
        Mistake(document.place_of(path), dotted(path), problem, suggestion)
        for path, problem, suggestion in mistakes_in(agent)
    )
    if found:
        raise AgentMistakes(found)
    return version_of(_with_documents(agent, documents or {}))


def _with_documents(agent: Agent, documents: Mapping[str, str]) -> Agent:
    """What lies in its folder `knowledge/` is part of it: another document is another version."""
    for base in documents.keys() - agent.knowledge.keys():
        problem = f'there is no knowledge base "{base}" in the definition'
        raise AgentMistakes((Mistake(Place(f"knowledge/{base}", 1, 1), "knowledge", problem),))
    bases = {name: replace(base, generation=documents.get(name)) for name, base in agent.knowledge.items()}
    return replace(agent, knowledge=bases)


def version_of(agent: Agent) -> Version:
    """What is hashed is what the author wrote; what every agent understands is added in use."""
    agent = written(agent)
    plain = AGENT.dump_python(agent, mode="json", exclude_defaults=True)
    content = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    return Version(completed(agent), hash_of(content), content)


def stored_version(version: str, content: bytes) -> Version:
    """A version from its stored bytes. Raises Tampered where they are not those that were published."""
    if hash_of(content) != version:
        raise Tampered("an agent's version is not what was published")
    try:
        return Version(completed(AGENT.validate_json(content)), version, content)
    except ValidationError:
        raise Tampered("an agent's version cannot be read by this release") from None


@lru_cache(maxsize=64)
def _written(content: bytes) -> Agent:
    return completed(AGENT.validate_json(content))


@lru_cache(maxsize=64)
def _localised(content: bytes, locale: str) -> Agent:
    return localised(_written(content), locale)


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of an agent's file, for editors and forms."""
    schema = AGENT.json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "B2T Voice agent", **schema}
