"""From YAML or stored bytes to an agent's version, and what is wrong where it cannot be one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from appliance.agents.builtins import completed, written
from appliance.agents.checks import check
from appliance.agents.definition import Agent
from appliance.agents.document import Document, Mistake, NotYaml, Path_, Place, dotted, files_of, read_document
from appliance.agents.naming import closest
from appliance.agents.steps import CLASS_OF, KINDS
from appliance.errors import InvalidAgent, Tampered

AGENT: TypeAdapter[Agent] = TypeAdapter(Agent)
TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 20
_NAME_RULE = "lower-case letters, digits and underscores, beginning with a letter"


@dataclass(frozen=True, slots=True)
class Version:
    """An agent as it was published: `version` is the hash of `content`, its canonical JSON."""

    agent: Agent
    version: str
    content: bytes

    @property
    def name(self) -> str:
        return self.agent.name


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
        return read_agent(files_of(path))
    except NotYaml as error:
        raise AgentMistakes((error.mistake,)) from None


def read_agent(files: Mapping[str, str]) -> Version:
    """Read YAML texts by file name, whose top-level keys are put together. Raises AgentMistakes."""
    if not files:
        raise AgentMistakes((Mistake(Place("agent.yaml", 1, 1), "", "there is no such file"),))
    try:
        document = read_document(files)
    except NotYaml as error:
        raise AgentMistakes((error.mistake,)) from None
    try:
        agent = AGENT.validate_python(document.value)
    except ValidationError as error:
        raise AgentMistakes(tuple(_mistakes(document, error.errors(include_url=False)))) from None
    found = tuple(
        Mistake(document.place_of(path), dotted(path), problem, suggestion)
        for path, problem, suggestion in check(completed(agent))
    )
    if found:
        raise AgentMistakes(found)
    return version_of(agent)


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


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of an agent's file, for editors and forms."""
    schema = AGENT.json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "B2T Voice agent", **schema}


# ---- pydantic's errors in the words of the file --------------------------------------------------------------------


def _mistakes(document: Document, errors: Iterable[ErrorDetails]) -> Iterable[Mistake]:
    found = list(errors)
    for error in found:
        path = _path(document.value, error["loc"])
        kind, context = error["type"], error.get("ctx", {})
        inside = (other["loc"][: len(error["loc"])] == error["loc"] for other in found if other is not error)
        if kind == "too_short" and any(inside):
            continue  # pydantic counts only what was valid in it
        if kind == "unexpected_keyword_argument":
            allowed = _allowed_keys(error["loc"][:-1])
            problem = f"there is no such key; allowed: {', '.join(allowed)}"
            yield Mistake(document.place_of(path), dotted(path), problem, closest(str(path[-1]), allowed))
        elif kind == "missing":
            whole = (*path, str(error["loc"][-1]))
            yield Mistake(document.place_of(path), dotted(whole), "is missing")
        elif kind == "step_kind":
            yield _unknown_step(document, path, error)
        elif kind in ("literal_error", "enum"):
            allowed = [part.strip("'") for part in context["expected"].replace(" or ", ", ").split(", ")]
            problem = f"is not allowed; allowed: {', '.join(allowed)}"
            yield Mistake(document.place_of(path), dotted(path), problem, closest(str(error["input"]), allowed))
        elif kind == "string_pattern_mismatch":
            rule = _NAME_RULE if "a-z0-9_]{0,47}$" in context["pattern"] else f"what matches {context['pattern']}"
            yield Mistake(document.place_of(path), dotted(path), f"is not allowed; allowed: {rule}")
        else:
            yield Mistake(document.place_of(path), dotted(path), _plain(error["msg"]))


def _plain(message: str) -> str:
    changed = message.replace("Input should be", "should be").replace("dictionary", "mapping of keys to values")
    return changed.replace("Tuple", "the list").replace(" after validation", "")


def _unknown_step(document: Document, path: Path_, error: ErrorDetails) -> Mistake:
    given = error["input"]
    suggestion = None
    if isinstance(given, dict):
        suggestion = next((near for key in given if (near := closest(str(key), KINDS))), None)
    return Mistake(document.place_of(path), dotted(path), error["msg"], suggestion)


def _path(value: Any, location: tuple[int | str, ...]) -> Path_:
    """A location without what pydantic puts in: tags of unions (`#say`) and marks of keys (`[key]`)."""
    path: list[int | str] = []
    for part in location:
        inside = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
        if inside:
            path.append(part)
            value = value[part]
    return tuple(path)


def _allowed_keys(location: tuple[int | str, ...]) -> list[str]:
    schema = AGENT.json_schema()
    definitions = schema["$defs"]
    here: dict[str, Any] = schema
    for part in location:
        here = _resolved(here, definitions)
        if isinstance(part, str) and part.startswith("#"):
            here = definitions[CLASS_OF[part[1:]]]
        elif isinstance(part, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
    return list(_resolved(here, definitions).get("properties", {}))


def _resolved(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or "anyOf" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema["anyOf"][0]
    return schema
