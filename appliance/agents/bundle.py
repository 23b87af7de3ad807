"""An agent's folder as a zip archive: its YAML, its documents and what its scenarios came to, read within bounds.

Nothing is unpacked to a disk. What an archive says of itself is not believed: sizes are counted while it is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from appliance.agents.document import FLOWS, LOCALES, MAX_BYTES
from appliance.agents.knowledge_folder import FOLDER as KNOWLEDGE
from appliance.agents.versions import Trial
from appliance.errors import Invalid
from appliance.knowledge.generations import generation

MEDIA_TYPES: Final = ("application/zip", "application/octet-stream")
"""What the body may be said to be: the second by programs that know no better of bytes."""
PACKED_AT_MOST: Final = 32 << 20
UNPACKED_AT_MOST: Final = 64 << 20
ENTRIES_AT_MOST: Final = 1200
DEFINITION: Final = "agent.yaml"
PROOF: Final = "tests.json"
"""What `b2t agents test --json` said, at the top of the archive."""
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_ENTRY: Final = b"PK\x01\x02"
_TRIAL: Final = TypeAdapter(Trial)


class NoBundle(Invalid):
    code, status = "invalid-bundle", 422


@dataclass(frozen=True, slots=True)
class Bundle:
    files: dict[str, str]
    """The definition's YAML by file name, in the order in which a folder's is read."""
    documents: dict[str, dict[str, bytes]] = field(default_factory=dict, repr=False)
    """Knowledge base → document → its bytes."""
    tests: Trial | None = None

    @property
    def generations(self) -> dict[str, str]:
        """As `knowledge_folder.generations_of` the folder."""
        return {
            base: generation({name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()})
            for base, files in self.documents.items()
        }


def read_bundle(raw: bytes) -> Bundle:
    """What the command would take of the folder; scenarios and whatever else lies there are passed over. Raises
    NoBundle."""
    if len(raw) > PACKED_AT_MOST:
        raise NoBundle(f"The archive is larger than {PACKED_AT_MOST >> 20} MiB.")
    if raw.count(_ENTRY) > 2 * ENTRIES_AT_MOST:  # before a list is made of them; a few may be in what is packed
        raise NoBundle(f"The archive has more than {ENTRIES_AT_MOST} entries.")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return _put_together(dict(_contents(archive)))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, ValueError, OSError):
        raise NoBundle("The body is no zip archive that can be read.") from None


def _contents(archive: zipfile.ZipFile) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Path within the agent's folder → bytes, of what is wanted."""
    entries = archive.infolist()
    if len(entries) > ENTRIES_AT_MOST:
        raise NoBundle(f"The archive has more than {ENTRIES_AT_MOST} entries.")
    named = [(_path(entry), entry) for entry in entries if not entry.is_dir()]
    if len({path for path, _ in named}) < len(named):
        raise NoBundle("Two entries of the archive have the same name.")
    top = _top([path for path, _ in named])
    left = UNPACKED_AT_MOST
    for path, entry in named:
        inner = path[len(top) :]
        if not _wanted(inner):
            continue
        found = _read(archive, entry, left)
        left -= len(found)
        yield inner, found


def _path(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    parts = tuple(entry.orig_filename.split("/"))
    odd = any(sign in entry.orig_filename for sign in "\\\0:") or not entry.orig_filename.isprintable()
    if odd or any(part in ("", ".", "..") for part in parts):
        raise NoBundle("An entry of the archive has a name that leads elsewhere.")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise NoBundle("An entry of the archive is no file.")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _PACKINGS:
        raise NoBundle("An entry of the archive is encrypted, or packed in an unusual way.")
    return parts


def _top(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The one folder that everything lies in, where the folder itself was packed."""
    if (DEFINITION,) in paths:
        return ()
    folders = {path[0] for path in paths if not path[0].startswith((".", "__MACOSX"))}
    found = next((folder for folder in folders if len(folders) == 1 and (folder, DEFINITION) in paths), None)
    if found is None:
        raise NoBundle(f"The archive has no {DEFINITION} at its top, nor in the one folder that it has.")
    return (found,)


def _wanted(path: tuple[str, ...]) -> bool:
    if any(part.startswith(".") for part in path):
        return False
    match path:
        case (name,):
            return name == PROOF or name.endswith(".yaml")
        case (folder, name):
            return folder in (FLOWS, LOCALES) and name.endswith(".yaml")
        case (folder, _, _):
            return folder == KNOWLEDGE
    return False


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """Whatever the archive says its size is, no more than is left."""
    with archive.open(entry) as packed:
        found = packed.read(left + 1)
    if len(found) > left:
        raise NoBundle(f"The archive unpacks to more than {UNPACKED_AT_MOST >> 20} MiB.")
    return found


def _put_together(contents: dict[tuple[str, ...], bytes]) -> Bundle:
    proof = contents.pop((PROOF,), None)
    texts = {path: raw for path, raw in contents.items() if path[0] != KNOWLEDGE or len(path) == 1}
    documents: dict[str, dict[str, bytes]] = {}
    for path, raw in sorted(contents.items()):
        if path not in texts:
            documents.setdefault(path[1], {})[path[2]] = raw
    ordered = sorted(texts, key=lambda path: (len(path), path[:-1], path[-1] != DEFINITION, path[-1]))
    return Bundle(
        {"/".join(path): _text(path, texts[path]) for path in ordered}, documents, _trial(proof) if proof else None
    )


def _text(path: tuple[str, ...], raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise NoBundle(f"A YAML file of the archive is larger than {MAX_BYTES} bytes.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise NoBundle("A YAML file of the archive is not UTF-8.") from None


def _trial(raw: bytes) -> Trial:
    try:
        found: Any = json.loads(raw)
        covered = found["coverage"]
        counts = {name: found[name] for name in ("version", "passed", "failed", "written")}
        shares = {name: covered[name] for name in ("steps", "steps_reached", "ways", "ways_gone")}
        return _TRIAL.validate_json(json.dumps({**counts, **shares}), strict=True)
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
        raise NoBundle(f"{PROOF} is not what `b2t agents test --json` says.") from None
