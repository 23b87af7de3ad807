"""Trains the agents that come with a release, converts the weights they need and cuts the documents they bring, before
a box is first started.

    python scripts/train/templates.py [--out models/prepared]

The folder is made anew, whole or not at all. A box whose agent differs from what was trained trains it itself.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tempfile
from pathlib import Path

from appliance.adapters.documents.reading import read
from appliance.agents.knowledge_folder import documents_of
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.phrases import lesson
from appliance.knowledge.passages import passages
from models import PREPARED
from models.embedding.ctranslate2 import MiniLM
from models.understanding.versions import LinearVersions
from services.retrieval.shelf import PART, part_name, part_of, recipe_of


def train(folder: Path) -> None:
    embedding = MiniLM(folder)
    versions = LinearVersions(embedding, folder)
    for path in sorted(found.parent for found in TEMPLATES.glob("*/agent.yaml")):
        for spoken in load_agent(path).translated:
            said, options, language, typed, engine = lesson(spoken.agent)
            versions.train(spoken.understood_as, said, options, typed, engine, language)
    cut(embedding, folder / "knowledge")
    for made in [folder, *(entry for entry in folder.rglob("*") if entry.is_dir())]:
        made.chmod(0o755)  # who installs is often another user than the one that the box runs as


def cut(embedding: MiniLM, folder: Path) -> None:
    """Passages and vectors of every template's documents, where retrieval looks for them."""
    folder.mkdir()
    files = {file for agent in TEMPLATES.iterdir() for held in documents_of(agent).values() for file in held.values()}
    for file in sorted(files):
        raw = file.read_bytes()
        found = tuple(passages(read(file.name, raw)))
        part = part_of(found, embedding.embed_array([passage.context for passage in found]))
        name = part_name(file.name, hashlib.sha256(raw).hexdigest(), recipe_of(embedding.name))
        (folder / name).write_bytes(PART.dump_json(part))
        (folder / name).chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=PREPARED)
    out: Path = parser.parse_args().out.resolve()
    working = Path(tempfile.mkdtemp(prefix=".preparing-", dir=out.parent))
    try:
        train(working)
        shutil.rmtree(out, ignore_errors=True)
        working.rename(out)
    finally:
        shutil.rmtree(working, ignore_errors=True)


if __name__ == "__main__":
    main()
