"""Opens every sealed box on a disk, as one could who has the root key: what is in none of them was stored in no form.

Messages are looked for in every byte of the files, so that those the bus has deleted but not yet overwritten count too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config import Paths
from appliance.errors import B2TError
from appliance.events import Sealed
from appliance.privacy.sealing import ConversationKeys, KeyClass, heard_place, reference_place, reply_place
from services.vault.store import KeyStore, open_root_key

_BOX = re.compile(rb'"box":"([A-Za-z0-9+/=]{40,})"')


@dataclass(slots=True)
class Opened:
    """What the boxes held, by class of key; `closed` are boxes that no key opened where they stood."""

    texts: dict[KeyClass, set[bytes]] = field(default_factory=lambda: {"redacted": set(), "raw": set()})
    closed: set[str] = field(default_factory=set)
    count: int = 0

    def all_of(self, key: KeyClass) -> bytes:
        return b"\n".join(sorted(self.texts[key]))


def open_everything(paths: Paths, folders: Iterable[Path]) -> Opened:
    """Every box in the files under `folders`."""
    opener = _Opener(paths)
    seen: set[str] = set()
    for folder in folders:
        for file in filter(Path.is_file, sorted(folder.rglob("*"))):
            content = file.read_bytes()
            seen |= {found.decode() for found in _BOX.findall(content)}
            for document in _documents(content):
                opener.walk(document, None, document)
    opener.found.closed |= seen - opener.boxes
    opener.found.count = len(seen)
    opener.store.close()
    return opener.found


def _documents(content: bytes) -> Iterator[dict[str, Any]]:
    """Every JSON object with a sealed box in it, wherever it begins among other bytes."""
    text = content.decode("latin-1")
    decoder = json.JSONDecoder()
    at = text.find('{"')
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except ValueError:
            end = at + 1
        else:
            if '"box"' in text[at:end]:
                yield found
        at = text.find('{"', end)


class _Opener:
    def __init__(self, paths: Paths) -> None:
        self.found = Opened()
        self.boxes: set[str] = set()
        self.store = KeyStore(paths.folder("vault") / "keys.sqlite")
        self._root = open_root_key(paths.root_key)
        self._keys: dict[str, ConversationKeys] = {}

    def walk(self, node: Any, holder: Any, document: dict[str, Any]) -> None:
        """Open every box in `node`, which stands in `holder`."""
        if isinstance(node, dict) and set(node) == {"key", "box"}:
            self._open(Sealed(node["key"], node["box"]), holder, _conversation(document))
        elif isinstance(node, dict):
            for value in node.values():
                self.walk(value, node, document)
        elif isinstance(node, list):
            for value in node:
                self.walk(value, holder, document)

    def _open(self, sealed: Sealed, holder: dict[str, Any], conversation: str) -> None:
        for place in _places(holder):
            try:
                self.found.texts[sealed.key].add(self._lease(conversation).unseal(place, sealed))
                self.boxes.add(sealed.box)
                return
            except B2TError:
                continue

    def _lease(self, conversation: str) -> ConversationKeys:
        if conversation not in self._keys:
            keys: dict[KeyClass, dict[int, bytes]] = {}
            for wrapped in self.store.find(conversation):
                keys.setdefault(wrapped.key, {})[wrapped.generation] = self._root.unwrap(wrapped)
            self._keys[conversation] = ConversationKeys(conversation, keys)
        return self._keys[conversation]


def _places(holder: dict[str, Any]) -> Iterator[str]:
    if "name" in holder:
        yield reference_place(holder["name"])
    if "reply" in holder:
        yield reply_place(holder["reply"])
    given = holder.get("input")
    for input_id in (holder.get("input_id"), given.get("input_id") if isinstance(given, dict) else None):
        if input_id:
            yield heard_place(input_id)


def _conversation(document: dict[str, Any]) -> str:
    """Of a batch, an inbox message, a connector call or a line of the archive."""
    for inner in (document, document.get("input"), document.get("batch")):
        if isinstance(inner, dict) and "conversation" in inner:
            return str(inner["conversation"])
    return ""
