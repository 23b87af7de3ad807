"""What retrieval keeps on disk. A base changes in one step, the replacing of its file; all else is there before it.

bases/NAME.json           which documents a base has, and an agent's base had before
documents/DIGEST          their bytes
parts/DIGEST-NAME-RECIPE  passages and vectors of one document, made once; those of what comes with a release lie ready
incoming/                 what `b2t knowledge add` hands over
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError

from appliance.errors import Tampered, Unavailable, Unknown
from appliance.knowledge.generations import generation
from appliance.knowledge.passages import CUT, Passage

if TYPE_CHECKING:
    import numpy as np

READ: Final = 1
"""Of the readers' way of reading; what was read in another way is read anew."""
KEPT_BEFORE: Final = 16
"""Further generations of an agent's base, for the versions published with them."""


@dataclass(frozen=True, slots=True)
class Kept:
    digest: str
    size: int
    added: str


@dataclass(frozen=True, slots=True)
class Base:
    name: str
    language: str
    documents: dict[str, Kept]
    of_agent: bool = False
    before: tuple[dict[str, Kept], ...] = ()
    published: bool = False
    """Documents of published versions are among them: it stays when the agent's folder goes."""
    build: int = 0
    """Counts how often it was indexed anew as it is."""


@dataclass(frozen=True, slots=True)
class Part:
    """One document's passages and the vectors they are found by: float32 [passages, dimensions], base64."""

    passages: tuple[Passage, ...]
    dimensions: int
    vectors: str

    def array(self) -> np.ndarray:
        import numpy as np

        raw = base64.b64decode(self.vectors, validate=True)
        return np.frombuffer(raw, "<f4").reshape(len(self.passages), self.dimensions)


BASE: TypeAdapter[Base] = TypeAdapter(Base)
PART: TypeAdapter[Part] = TypeAdapter(Part)


def generation_of(documents: Mapping[str, Kept]) -> str:
    """The same documents, the same generation."""
    return generation({name: kept.digest for name, kept in documents.items()})


class Shelf:
    def __init__(self, folder: Path, prepared: Path | None = None) -> None:
        """`prepared` is a folder of parts that were made when this was installed; it is only read."""
        self._folder, self._prepared = folder, prepared
        for name in ("bases", "documents", "parts", "incoming"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    def bases(self) -> Iterator[Base]:
        """Raises Tampered for a file that is no base's."""
        for file in sorted((self._folder / "bases").glob("*.json")):
            try:
                yield BASE.validate_json(file.read_bytes())
            except ValidationError:
                raise Tampered(f"The knowledge base's file {file.name} is not what was written.") from None

    def put(self, base: Base) -> None:
        """The one step in which a base changes."""
        _replace(self._folder / "bases" / f"{base.name}.json", BASE.dump_json(base))

    def remove(self, name: str) -> None:
        (self._folder / "bases" / f"{name}.json").unlink(missing_ok=True)
        _sync(self._folder / "bases")

    def keep(self, raw: bytes) -> str:
        """Keep a document's bytes; their digest."""
        digest = hashlib.sha256(raw).hexdigest()
        file = self.document(digest)
        if not file.exists():
            _replace(file, raw)
        return digest

    def document(self, digest: str) -> Path:
        return self._folder / "documents" / digest

    def incoming(self, name: str) -> Path:
        """Raises Unknown where nothing of this name was handed over."""
        file = self._folder / "incoming" / name
        if not file.is_file() or file.is_symlink():
            raise Unknown("There is no such file in the folder retrieval/incoming of the data folder.")
        return file

    def part(self, name: str, digest: str, recipe: str) -> Part | None:
        """None where it was never made, or is not whole."""
        for file in self._part_files(name, digest, recipe):
            try:
                part = PART.validate_json(file.read_bytes())
                part.array()
            except (OSError, ValidationError, ValueError, binascii.Error):
                continue
            return part
        return None

    def has_part(self, name: str, digest: str, recipe: str) -> bool:
        return any(file.is_file() for file in self._part_files(name, digest, recipe))

    def put_part(self, name: str, digest: str, recipe: str, passages: tuple[Passage, ...], vectors: np.ndarray) -> Part:
        part = part_of(passages, vectors)
        _replace(self._folder / "parts" / part_name(name, digest, recipe), PART.dump_json(part))
        return part

    def sweep(self, recipe: str) -> None:
        """Remove what no base has any more, and what was left half written."""
        documents: set[str] = set()
        parts: set[str] = set()
        for base in self.bases():
            for held in (base.documents, *base.before):
                documents |= {kept.digest for kept in held.values()}
                parts |= {part_name(name, kept.digest, recipe) for name, kept in held.items()}
        for folder, wanted in (("documents", documents), ("parts", parts)):
            for file in (self._folder / folder).iterdir():
                if file.name not in wanted:
                    file.unlink(missing_ok=True)
        for file in (self._folder / "bases").glob(".*"):
            file.unlink(missing_ok=True)

    def _part_files(self, name: str, digest: str, recipe: str) -> list[Path]:
        folders = [self._folder / "parts"] + ([self._prepared] if self._prepared is not None else [])
        return [folder / part_name(name, digest, recipe) for folder in folders]


def part_name(name: str, digest: str, recipe: str) -> str:
    return f"{digest}-{hashlib.sha256(name.encode()).hexdigest()[:12]}-{recipe}.json"


def part_of(passages: tuple[Passage, ...], vectors: np.ndarray) -> Part:
    raw = base64.b64encode(vectors.astype("<f4").tobytes()).decode()
    return Part(passages, int(vectors.shape[1]), raw)


def recipe_of(embedding: str) -> str:
    return f"{READ}.{CUT}.{embedding}"


def _replace(file: Path, raw: bytes) -> None:
    """Whole or not at all, also where the power fails. Raises Unavailable where the disk takes nothing."""
    try:
        handle, name = tempfile.mkstemp(prefix=".", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(raw)
                out.flush()
                os.fsync(out.fileno())
            os.replace(name, file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync(file.parent)
    except OSError as error:
        raise Unavailable(f"The knowledge could not be written: {error.strerror}.") from None


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
