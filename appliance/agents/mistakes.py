"""pydantic's errors in the words of the file: where each is, what is wrong, what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from appliance.agents.document import Document, Mistake, Path_, dotted
from appliance.agents.naming import closest
from appliance.agents.steps import CLASS_OF, KINDS

_NAME_RULE = "lower-case letters, digits and underscores, beginning with a letter"


def mistakes(document: Document, errors: Iterable[ErrorDetails], schema: Mapping[str, Any]) -> Iterator[Mistake]:
    """`schema`: JSON Schema of what the document should have been."""
    found = list(errors)
    for error in found:
        path = _path(document.value, error["loc"])
        kind, context = error["type"], error.get("ctx", {})
        inside = (other["loc"][: len(error["loc"])] == error["loc"] for other in found if other is not error)
        if kind == "too_short" and any(inside):
            continue  # pydantic counts only what was valid in it
        if kind == "unexpected_keyword_argument":
            allowed = _allowed_keys(error["loc"][:-1], schema)
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


def _allowed_keys(location: tuple[int | str, ...], schema: Mapping[str, Any]) -> list[str]:
    definitions = schema["$defs"]
    here: Mapping[str, Any] = schema
    for part in location:
        here = _resolved(here, definitions)
        if isinstance(part, str) and part.startswith("#"):
            here = definitions[CLASS_OF[part[1:]]]
        elif isinstance(part, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
    return list(_resolved(here, definitions).get("properties", {}))


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema or "anyOf" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema["anyOf"][0]
    return schema
