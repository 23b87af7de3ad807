"""Trains the agents that come with a release and converts the weights they need, before a box is first started.

    python scripts/train/templates.py [--out models/prepared]

The folder is made anew, whole or not at all. A box whose agent differs from what was trained trains it itself.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.phrases import lesson
from models import PREPARED
from models.embedding.ctranslate2 import MiniLM
from models.understanding.versions import LinearVersions


def train(folder: Path) -> None:
    versions = LinearVersions(MiniLM(folder), folder)
    for path in sorted(found.parent for found in TEMPLATES.glob("*/agent.yaml")):
        for spoken in load_agent(path).translated:
            said, options, _, typed, engine = lesson(spoken.agent)
            versions.train(spoken.understood_as, said, options, typed, engine)
    for made in [folder, *(entry for entry in folder.rglob("*") if entry.is_dir())]:
        made.chmod(0o755)  # who installs is often another user than the one that the box runs as


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
