"""Reads agents from YAML and says of every mistake where it is. The only file that imports PyYAML.

YAML here is its plain part: mappings, lists, text, numbers, true, false, null. `no` and `on` are text; anchors, tags
and repeated keys are mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
FLOWS = "flows"
LOCALES = "locales"
TRANSLATIONS = "translations"
SPREAD = frozenset({"intents", "entities", "slots", "flows", "connectors", "transfers", "knowledge", TRANSLATIONS})
"""Keys that several files of one agent may have, each with other names in it."""
Path_ = tuple[str | int, ...]
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong: `key` is its dotted path, `problem` says what is wrong and what is allowed."""

    place: Place
    key: str
    problem: str
    suggestion: str | None = None

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        hint = f'; did you mean "{self.suggestion}"?' if self.suggestion else ""
        return f"{self.place}: {key}{self.problem}{hint}"


class _Mark(Protocol):
    line: int
    column: int


class NotYaml(Exception):
    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values, and the place of every key and every value by its path."""

    value: Any
    keys: Mapping[Path_, Place]
    values: Mapping[Path_, Place]

    def place_of(self, path: Path_, *, of_key: bool = True) -> Place:
        """Of the nearest thing there is on the way to `path`."""
        while path and path not in self.values:
            path = path[:-1]
        return self.keys.get(path, self.values[path]) if of_key else self.values[path]


def read_document(files: Mapping[str, str]) -> Document:
    """Put the top-level keys of YAML texts (by file name) together; those that may be `SPREAD` over files by what is in
    them. Raises NotYaml for the first thing unreadable."""
    value: dict[str, Any] = {}
    keys: dict[Path_, Place] = {}
    values: dict[Path_, Place] = {}
    for file, text in files.items():
        part = _Reading(file).read(text)
        if Path(file).parent.name == LOCALES:
            part = _translation(Path(file).stem, part)
        values.setdefault((), part.values[()])
        for key, given in part.value.items():
            held = value.get(key)
            if key in SPREAD and isinstance(held, dict) and isinstance(given, dict):
                for name in given.keys() & held.keys():
                    place = keys[(key, name)]
                    raise NotYaml(Mistake(part.keys[(key, name)], dotted((key, name)), f"is in {place.file} already"))
                held.update(given)
            elif key in value:
                raise NotYaml(Mistake(part.keys[(key,)], key, f"is in {keys[(key,)].file} already"))
            else:
                value[key] = given
        for path, place in part.keys.items():
            keys.setdefault(path, place)
        for path, place in part.values.items():
            values.setdefault(path, place)
    return Document(value, keys, values)


def _translation(locale: str, read: Document) -> Document:
    """A file of `locales/`, as what it is in the definition."""
    start = (TRANSLATIONS, locale)
    root = read.values[()]
    keys = {(TRANSLATIONS,): root, start: root} | {(*start, *path): place for path, place in read.keys.items()}
    values = {(): root, (TRANSLATIONS,): root} | {(*start, *path): place for path, place in read.values.items()}
    return Document({TRANSLATIONS: {locale: read.value}}, keys, values)


def files_of(path: Path) -> dict[str, str]:
    """The YAML files of an agent: the file itself, or those of its folder, of `flows/` and of `locales/` in it,
    `agent.yaml` first."""
    if path.is_dir():
        found = sorted(path.glob("*.yaml"), key=lambda file: (file.name != "agent.yaml", file.name))
        for folder in (FLOWS, LOCALES):
            found += sorted((path / folder).glob("*.yaml"))
        return texts_of({f"{path.name}/{file.relative_to(path).as_posix()}": file for file in found})
    return texts_of({path.name: path})


def texts_of(files: Mapping[str, Path]) -> dict[str, str]:
    """Raises NotYaml for a file that cannot be read."""
    return {name: _text_of(file, name) for name, file in files.items()}


def _text_of(file: Path, name: str) -> str:
    place = Place(name, 1, 1)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise NotYaml(Mistake(place, "", f"cannot be read: {error.strerror}")) from None
    if len(raw) > MAX_BYTES:
        raise NotYaml(Mistake(place, "", f"is larger than {MAX_BYTES} bytes"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise NotYaml(Mistake(Place(name, line, 1), "", "is not UTF-8")) from None


def _mark(event: yaml.Event) -> _Mark:
    assert event.start_mark is not None
    return event.start_mark


class _Reading:
    def __init__(self, file: str) -> None:
        self._file = file
        self._keys: dict[Path_, Place] = {}
        self._values: dict[Path_, Place] = {}

    def read(self, text: str) -> Document:
        try:
            root = self._composed(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self._place(mark) if mark else Place(self._file, 1, 1)
            raise NotYaml(Mistake(place, "", f"is not YAML: {error.problem or error.context}")) from None
        except yaml.YAMLError as error:
            raise NotYaml(Mistake(Place(self._file, 1, 1), "", f"is not YAML: {str(error).splitlines()[0]}")) from None
        if not isinstance(root, yaml.MappingNode):
            raise NotYaml(Mistake(Place(self._file, 1, 1), "", "is not a mapping of keys to values"))
        return Document(self._plain(root, ()), self._keys, self._values)

    def _composed(self, text: str) -> yaml.Node | None:
        """By libyaml, ten times as fast; what it finds wrong is said in the words of PyYAML's own parser."""
        if yaml.__with_libyaml__:
            try:
                self._refuse_unwanted(text, yaml.CSafeLoader)
                return yaml.compose(text, yaml.CSafeLoader)
            except yaml.YAMLError:
                pass
        self._refuse_unwanted(text, yaml.SafeLoader)
        return yaml.compose(text, yaml.SafeLoader)

    def _refuse_unwanted(self, text: str, loader: type[yaml.SafeLoader | yaml.CSafeLoader]) -> None:
        depth = 0
        for event in yaml.parse(text, loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise self._wrong(_mark(event), "anchors and aliases are not allowed")
            if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None):
                raise self._wrong(_mark(event), "tags are not allowed")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise self._wrong(_mark(event), f"is nested more than {MAX_DEPTH} deep")

    def _plain(self, node: yaml.Node, path: Path_) -> Any:
        self._values[path] = self._place(node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, number)) for number, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return _scalar(node)

    def _pairs(self, node: yaml.MappingNode, path: Path_) -> Iterator[tuple[str, Any]]:
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._wrong(key.start_mark, "a key is text")
            inner = (*path, key.value)
            if inner in self._keys:
                raise NotYaml(Mistake(self._place(key.start_mark), dotted(inner), "is here a second time"))
            self._keys[inner] = self._place(key.start_mark)
            yield key.value, self._plain(value, inner)

    def _place(self, mark: _Mark) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _wrong(self, mark: _Mark, problem: str) -> NotYaml:
        return NotYaml(Mistake(self._place(mark), "", problem))


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style:  # plain: None, by libyaml the empty text
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "~", "null"):
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def dotted(path: Path_) -> str:
    """`flows.balance.steps[2].ask`; list places count from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
