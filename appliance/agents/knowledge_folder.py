"""The documents an agent brings: `knowledge/BASE/` in its folder, for each base its definition names."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from appliance.knowledge.generations import generation

FOLDER: Final = "knowledge"


def documents_of(agent: Path) -> dict[str, dict[str, Path]]:
    """Base → document's name → file. Nothing hidden, no links, no folders in folders."""
    folder = agent / FOLDER
    if not folder.is_dir():
        return {}
    return {
        base.name: {
            file.name: file
            for file in sorted(base.iterdir())
            if file.is_file() and not file.is_symlink() and not file.name.startswith(".")
        }
        for base in sorted(folder.iterdir())
        if base.is_dir() and not base.is_symlink() and not base.name.startswith(".")
    }


def generations_of(agent: Path) -> dict[str, str]:
    """Base → the generation of its documents; a single file brings none."""
    return {
        base: generation({name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()})
        for base, files in documents_of(agent).items()
        if files
    }
