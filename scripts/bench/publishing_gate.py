#!/usr/bin/env python
"""What publishing asks of understanding: figures of each template, and how long asking takes. A table, or JSON.

    B2T_DATA=../shared/data scripts/bench/publishing_gate.py [--json]

Each template's languages are asked their own examples, as at a first publication. The last row is 100 of CLINC150's
intents with 50 training examples each, beside a version with five of each others. Seconds are of the processor, the
embedding model among them, on one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

from appliance.agents.loading import TEMPLATES, load_agent  # noqa: E402
from appliance.agents.understood import Taught, taught  # noqa: E402
from models import PREPARED  # noqa: E402
from models.embedding.ctranslate2 import MiniLM  # noqa: E402
from models.understanding.cross_validation import measured  # noqa: E402

DATA = Path(os.environ.get("B2T_DATA", ROOT.parent / "shared" / "data"))


def row(embedding: MiniLM, name: str, draft: Taught, published: Taught | None, language: str) -> dict[str, Any]:
    started = time.process_time()
    found = measured(embedding, draft, published, language)
    took = round(time.process_time() - started, 1)
    asked = {key: found[key] for key in ("examples", "outside")}
    return {"what": name, "intents": len(draft), **asked, **found["after"], "before": found["before"], "seconds": took}


def rows(embedding: MiniLM) -> list[dict[str, Any]]:
    found = []
    for folder in sorted(path.parent for path in TEMPLATES.glob("*/agent.yaml")):
        for spoken in load_agent(folder).translated:
            locale = spoken.agent.locales[0]
            found.append(row(embedding, f"{folder.name} {locale}", taught(spoken.agent), None, locale[:2]))
    file = DATA / "clinc150" / "data_full.json"
    if file.exists():
        said: dict[str, list[str]] = {}
        for text, intent in json.loads(file.read_text("utf-8"))["train"]:
            said.setdefault(intent, []).append(text)
        names = sorted(said)[:100]
        drafts: list[Taught] = [
            {name: tuple((one,) for one in said[name][at : at + 50]) for name in names} for at in (0, 5)
        ]
        found.append(row(embedding, "CLINC150, 100 intents", drafts[0], drafts[1], "en"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    found = rows(MiniLM(PREPARED, threads=1))
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return
    for one in found:
        sys.stdout.write(
            f"| {one['what']} | {one['intents']} | {one['examples']} | {one['accuracy']:.1%} | {one['outside']} | "
            f"{one['out_of_scope']:.1%} | {one['seconds']} |\n"
        )


if __name__ == "__main__":
    main()
