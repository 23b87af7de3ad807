"""Measures which words the box's recogniser takes for which others, for `appliance.agents.mishearing`.

What parties say in the templates (their intents' examples, and how options are said) is spoken by the box's own voice,
goes through a telephone's band and is heard back without hints (`services.inference.trying_aloud`). Where one word was
heard as one or two others in at least two recordings, that is a confusion. No recording of a person is used. The
recogniser's dither makes single counts differ between runs; what is often confused stays.

    python scripts/train/confusions.py [--phrases 500] [--out appliance/agents/confusions.json]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from appliance.adapters.aloud import SayAloud, Way
from appliance.agents.aloud import aloud, words
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.mishearing import TABLE
from appliance.agents.phrases import examples
from models import registry
from services.inference.trying_aloud import round_trip

WAYS = (Way(), Way("en-us", 1.15), Way("en-gb"), Way("en-us-nyc"))
RECORDINGS = 2
HEARD_AS = 3
"""At most so many for a word."""
BROKEN = 0.6
"""Recordings of which less than this share of words is right say nothing of single words."""


def phrases() -> list[str]:
    found: set[str] = set()
    for folder in sorted(TEMPLATES.glob("*/agent.yaml")):
        agent = load_agent(folder.parent).agent
        found.update(phrase for said in examples(agent).values() for phrase in said)
        found.update(way for entity in agent.entities.values() for said in entity.options.values() for way in said)
    return sorted(found)


def confused(said: list[str], heard: list[str]) -> Iterator[tuple[str, str]]:
    """Each said word that stands where one or two others were heard."""
    matcher = SequenceMatcher(a=said, b=heard, autojunk=False)
    right = sum(block.size for block in matcher.get_matching_blocks())
    if not said or right / len(said) < BROKEN:
        return
    for kind, start, end, first, last in matcher.get_opcodes():
        if kind == "replace" and end - start == 1 and last - first <= 2:
            yield said[start], " ".join(heard[first:last])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--phrases", type=int, default=500)
    options.add_argument("--out", type=Path, default=TABLE)
    chosen = options.parse_args()
    every = phrases()
    picked = sorted(random.Random(7).sample(every, min(chosen.phrases, len(every))))  # noqa: S311 - reproducible
    voice = registry.load("text_to_speech", "espeak-ng", programs=1)
    recogniser = registry.load("speech_to_text", "pocketsphinx", sessions=1)
    said_times: Counter[str] = Counter()
    found: dict[str, Counter[str]] = defaultdict(Counter)
    right = total = 0
    for number, phrase in enumerate(picked, 1):
        for way in WAYS:
            said = words(aloud(phrase))
            heard = words(round_trip(SayAloud(text=aloud(phrase), way=way), voice, recogniser).heard)
            said_times.update(said)
            right += sum(block.size for block in SequenceMatcher(a=said, b=heard).get_matching_blocks())
            total += len(said)
            for word, other in confused(said, heard):
                found[word][other] += 1
        if number % 50 == 0:
            print(f"{number}/{len(picked)} phrases, {right / total:.0%} of words right", file=sys.stderr)
    voice.close()
    table = {
        word: {other: round(times / said_times[word], 3) for other, times in counted.most_common(HEARD_AS)
               if times >= RECORDINGS}
        for word, counted in sorted(found.items())
    }  # fmt: skip
    table = {word: others for word, others in table.items() if others}
    lines = [f"  {json.dumps(word)}: {json.dumps(others)}" for word, others in table.items()]
    chosen.out.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(f"{len(picked)} phrases in {len(WAYS)} ways, {right / total:.1%} of words right; {len(table)} words confused")


if __name__ == "__main__":
    main()
