#!/usr/bin/env python
"""How well and how fast personal data is found, next to stock Presidio (no spaCy model) in the same run.

    scripts/bench/personal_data.py [--data ../shared/data] [--json] [--audio 40]

`gold`: presidio-research's sentences by the rule in appliance/privacy/evaluation.py. `clean`: customers' questions of
banking77's training file, of which the first 5,003 were looked at while the rules were made and the other 5,000 were
not; a sentence counts as a false positive if anything is taken out by the policy of conversations (`any`: anything is
found at all), whether or not it names somebody. `spoken`: scripts/bench/spoken_numbers.py, the half that no rule was
made after; a value leaks if any digit or number word of it stays. `audio`: some of those through our own speech
synthesis and recognition; there is no telling where a value went, so what is left of any digit is counted.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts" / "bench")]

from spoken_numbers import lines  # noqa: E402

from appliance.ports import PersonalSpan  # noqa: E402
from appliance.privacy.evaluation import Label, entity, evaluate, read_gold  # noqa: E402
from appliance.privacy.policy import POLICIES, Sink  # noqa: E402
from models import registry  # noqa: E402
from models.pii.number_words import words  # noqa: E402

Detect = Callable[[str, str], list[PersonalSpan]]
LOOKED_AT = 5003
"""Of banking77's training file."""
SPOKEN, SEED = 4800, 5
DOCUMENTS = (1000, 4000, 20_000, 100_000)
"""Characters."""


def gold(detect: Detect, path: Path) -> dict[str, Any]:
    samples = read_gold(path)
    predicted = [[Label(s.start, s.end, entity(s.kind)) for s in detect(sample.text, "en")] for sample in samples]
    return evaluate(samples, predicted).document()


def clean(detect: Detect, path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)][LOOKED_AT:]
    found = [detect(text, "en") for text in texts]
    taken = sum(bool(POLICIES[Sink.CONVERSATION].taken(spans)) for spans in found)
    kinds = Counter(span.kind for spans in found for span in spans)
    return {
        "sentences": len(texts),
        "taken": round(taken / len(texts), 4),
        "any": round(sum(map(bool, found)) / len(texts), 4),
        "kinds": dict(kinds.most_common()),
    }


def spoken(detect: Detect) -> dict[str, Any]:
    counted: dict[str, Counter[str]] = {}
    for line in lines(SPOKEN, SEED):
        if not line["held"]:
            continue
        [span] = line["spans"]
        left = leaks(line, detect(line["text"], line["language"]))
        for key in (span["type"], "all", line["language"]):
            counted.setdefault(key, Counter()).update(items=1, leaked=bool(left))
    return {
        name: {"items": one["items"], "leaked": one["leaked"], "recall": round(1 - one["leaked"] / one["items"], 4)}
        for name, one in sorted(counted.items())
    }


def leaks(line: dict[str, Any], spans: Sequence[PersonalSpan]) -> list[str]:
    """The digits and number words of the value that stay; every word of an e-mail address."""
    [span] = line["spans"]
    numbers = {word for phrase in words(line["language"]).phrases for word in phrase}
    return [
        found[0]
        for found in re.finditer(r"\w+", line["text"])
        if span["start"] <= found.start() < span["end"]
        and (found[0].isdigit() or found[0] in numbers or span["type"] == "EMAIL")
        and not any(one.start <= found.start() < one.end for one in spans)
    ]


def speed(detect: Detect, path: Path) -> dict[str, Any]:
    """Utterances of about 100 characters, each new to the detector; and all of them as documents of some lengths."""
    texts = [sample.text for sample in read_gold(path)]
    joined = " ".join(texts)
    utterances = [joined[at : at + 100] for at in range(0, min(len(joined), 200_000), 100)]
    took = []
    for text in utterances:
        started = time.perf_counter()
        detect(text, "en")
        took.append((time.perf_counter() - started) * 1000)
    took.sort()
    return {
        "utterances": len(took),
        "p50_ms": round(statistics.median(took), 3),
        "p95_ms": round(took[int(len(took) * 0.95)], 3),
        "document_characters_per_second": {
            size: _documents(detect, "\n".join(texts)[:100_000], size) for size in DOCUMENTS
        },
    }


def _documents(detect: Detect, text: str, size: int) -> int:
    """Characters a second of processor time, of texts of `size` characters: the best of three goes."""
    pages = [text[at : at + size] for at in range(0, len(text), size)]
    took = []
    for _ in range(3):
        started = time.process_time()
        for page in pages:
            detect(page, "en")
        took.append(time.process_time() - started)
    return round(len(text) / min(took))


def audio(detect: Detect, count: int) -> dict[str, Any]:
    """English digit strings, said by espeak-ng and heard by pocketsphinx at 8 kHz."""
    import numpy as np
    import soxr

    from appliance.ports import Hints

    voice = registry.load("text_to_speech", "espeak-ng")
    recogniser = registry.load("speech_to_text", "pocketsphinx", sessions=1)
    tally: Counter[str] = Counter()
    for line in lines(SPOKEN * 4, SEED + 1):
        [span] = line["spans"]
        if line["language"] != "en" or span["type"] not in ("CARD", "SSN") or tally["items"] == count:
            continue
        pcm = b"".join(voice.speak(line["text"], "", "en"))
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        rate = recogniser.capabilities.sample_rate
        heard = soxr.resample(samples, voice.capabilities.sample_rate, rate)
        session = recogniser.open(Hints((), digits=True), "en")
        session.feed(np.clip(heard, -32768, 32767).astype("<i2").tobytes())
        text = session.finish().text
        numbers = {word for phrase in words("en").phrases for word in phrase}
        spans = detect(text, "en")
        said = [one for one in re.finditer(r"\w+", text) if one[0] in numbers or one[0].isdigit()]
        left = [one[0] for one in said if not any(s.start <= one.start() < s.end for s in spans)]
        tally.update(items=1, heard=len(said) >= 7, leaked=len(left) > 3, digits=len(said), digits_left=len(left))
    return dict(tally)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-gold", action="store_true", help="Leave the labelled set alone (while working on rules).")
    parser.add_argument("--speed", action="store_true", help="Nothing but how fast it is.")
    parser.add_argument("--audio", type=int, default=0, help="So many sentences through synthesis and recognition.")
    given = parser.parse_args()
    result: dict[str, Any] = {
        "machine": f"{platform.processor() or platform.machine()}, Python {platform.python_version()}"
    }
    research = given.data / "pii" / "generated_large.json"
    for name in ("presidio", "stock-presidio"):
        engine = registry.load("personal_data", name)
        if given.speed:
            result[name] = {"speed": speed(engine.detect, research)}
            continue
        ours = result[name] = {} if given.no_gold else {"gold": gold(engine.detect, research)}
        ours["clean"] = clean(engine.detect, given.data / "banking77" / "train.csv")
        ours["spoken"] = spoken(engine.detect)
        ours["speed"] = speed(engine.detect, research)
        if given.audio and name == "presidio":
            ours["audio"] = audio(engine.detect, given.audio)
    if given.json:
        print(json.dumps(result, indent=2))
        return
    for name, one in result.items():
        print(f"\n{name}: {one if isinstance(one, str) else ''}")
        for part, figures in one.items() if isinstance(one, dict) else ():
            print(f"  {part}")
            for key, value in figures.items():
                rows = value.items() if key == "entities" else ((key, value),)
                print("\n".join(f"    {label}: {value}" for label, value in rows))


if __name__ == "__main__":
    main()
