#!/usr/bin/env python
"""Numbers said aloud: synthesised, heard over a telephone's band, and what of them the detector lets stand.

    scripts/bench/spoken_round_trip.py hear --count 2000 --minutes 30 --out /tmp/heard.jsonl
    scripts/bench/spoken_round_trip.py score --heard /tmp/heard.jsonl [--half kept|worked] [--json]

`hear` says sentences of `spoken_numbers` with espeak-ng's voices at several speeds, through G.711 at 8 kHz, to the
box's recogniser, and writes a line for each. It goes on where it was stopped, and stops by itself after `--minutes`.
Three of four items are asked for (`asked`: the number alone, said in the ways that the box's grammar of digits knows,
heard with that grammar, as by a box that has just asked); the fourth is a whole sentence heard with the open language
model, which mishears nearly all of it: the detector then sees pieces of numbers among other words.

`score` gives what is heard to the detector. Nobody can say where in a misheard text a value went, so every digit and
number word of it counts: the sentences have no others. A value leaks if four digits or more of it stay; it is found if
none stays. A value of which fewer than four digits were heard has nothing left to find and is counted apart.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soxr

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts" / "bench")]

from spoken_numbers import LENGTHS, lines  # noqa: E402

from appliance.ports import Hints, PersonalSpan  # noqa: E402
from models import registry  # noqa: E402
from models.pii.number_words import words  # noqa: E402
from models.pii.numbers import Item, runs  # noqa: E402
from models.speech_to_text.grammar import DIGITS  # noqa: E402

SEED = 77
SPEEDS = (0.85, 1.0, 1.15)
VOICES = ("en-us", "en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc")
LEAKS_FROM = 4
"""So many digits left are a leak: fewer identify nobody, and the last four of a card may be shown to anybody."""
MU = 255.0
_READ_AS_QUANTITY = re.compile("[0-9]{2}")
"""`4111` is said as four thousand and so on by a synthesiser, and by nobody who reads out a card."""


def items(count: int) -> Iterator[dict[str, Any]]:
    """English, without e-mail addresses; nothing but the value is made of number words."""
    dice = random.Random(SEED)  # noqa: S311
    sentences = _sentences(count)
    for at in range(count):
        asked = at % 4 != 3
        kind, said = _asked_for(dice) if asked else next(sentences)
        voice, speed = dice.choice(VOICES), dice.choice(SPEEDS)
        yield {
            "at": at, "type": kind, "asked": asked, "said": said, "voice": voice, "speed": speed,
            "kept": at // 4 % 2 == 0,
        }  # fmt: skip


def _asked_for(dice: random.Random) -> tuple[str, str]:
    """Digit by digit, with `oh`, `double` and `triple`, in one go or in groups with a pause between."""
    kind = dice.choice(("CARD", "CARD", "CARD", "SSN", "SSN", "SSN", "PHONE", "ACCOUNT", "CUSTOMER_NUMBER", "PIN"))
    digits = "".join(dice.choice("0123456789") for _ in range(dice.choice(LENGTHS[kind])))
    size = dice.choice((3, 4, 20))
    repeats = dice.random() < 0.5
    groups = [_said(digits[at : at + size], repeats, dice) for at in range(0, len(digits), size)]
    return kind, ", ".join(groups) + dice.choice(("", "", " please", " thank you"))


def _said(digits: str, repeats: bool, dice: random.Random) -> str:
    words, at = [], 0
    while at < len(digits):
        count = next((n for n in (3, 2) if repeats and digits[at : at + n] == digits[at] * n), 1)
        word = dice.choice(("zero", "oh")) if digits[at] == "0" else DIGITS[int(digits[at]) + 1]
        words += [("double", "triple")[count - 2], word] if count > 1 else [word]
        at += count
    return " ".join(words)


def _sentences(count: int) -> Iterator[tuple[str, str]]:
    numbers = {word for phrase in words("en").phrases for word in phrase}
    for line in lines(count * 4, SEED):
        [span] = line["spans"]
        frame = line["text"][: span["start"]] + line["text"][span["end"] :]
        if (
            line["language"] == "en"
            and span["type"] != "EMAIL"
            and not (numbers.intersection(frame.split()) or _READ_AS_QUANTITY.search(line["text"]))
        ):
            yield span["type"], line["text"]


def hear(count: int, minutes: float, out: Path) -> None:
    done = {json.loads(line)["at"] for line in out.read_text("utf-8").splitlines()} if out.exists() else set()
    voice = registry.load("text_to_speech", "espeak-ng", programs=1)
    recogniser = registry.load("speech_to_text", "pocketsphinx", sessions=1)
    ends = time.monotonic() + minutes * 60
    with out.open("a", encoding="utf-8") as file:
        for item in items(count):
            if item["at"] in done:
                continue
            if time.monotonic() > ends:
                break
            pcm = b"".join(voice.speak(item["said"], item["voice"], "en", item["speed"]))
            session = recogniser.open(Hints((), digits=item["asked"]), "en")
            session.feed(telephone(pcm, voice.capabilities.sample_rate, recogniser.capabilities.sample_rate))
            file.write(json.dumps({**item, "heard": session.finish().text}) + "\n")
            file.flush()
    voice.close()


def telephone(pcm: bytes, rate: int, to: int) -> bytes:
    """At `to` Hz, with what G.711 (µ-law, 8 bits) leaves of it."""
    samples = soxr.resample(np.frombuffer(pcm, "<i2").astype(np.float32) / 32768, rate, to).clip(-1, 1)
    level = np.sign(samples) * np.log1p(MU * np.abs(samples)) / np.log1p(MU)
    level = np.rint(level * 127) / 127
    back: bytes = (np.sign(level) * np.expm1(np.abs(level) * np.log1p(MU)) / MU * 32767).astype("<i2").tobytes()
    return back


def score(path: Path, half: str) -> dict[str, Any]:
    detector = registry.load("personal_data", "presidio")
    counted: dict[str, Counter[str]] = {}
    for line in path.read_text("utf-8").splitlines():
        item = json.loads(line)
        if (half != "both" and item["kept"] != (half == "kept")) or _READ_AS_QUANTITY.search(item["said"]):
            continue
        spans = detector.detect(item["heard"], "en", expecting_secret=item["asked"] and item["type"] == "PIN")
        heard = [one for run in runs(item["heard"]) for one in run.items if one.sure and not one.scale]
        left = digits([one for one in heard if not covered(one, spans)])
        audible = digits(heard) >= LEAKS_FROM
        for key in (item["type"], "asked" if item["asked"] else "sentence", "all"):
            counted.setdefault(key, Counter()).update(
                items=1, heard=audible, found=audible and not left, leaked=left >= LEAKS_FROM, digits=digits(heard),
                digits_left=left,
            )  # fmt: skip
    return {
        name: {
            **{key: one[key] for key in ("items", "heard", "found", "leaked", "digits", "digits_left")},
            "recall": round(one["found"] / max(1, one["heard"]), 4), "leaks": round(one["leaked"] / one["items"], 4),
        }
        for name, one in sorted(counted.items())
    }  # fmt: skip


def digits(heard: list[Item]) -> int:
    return sum(len(one.digits) for one in heard)


def covered(item: Item, spans: list[PersonalSpan]) -> bool:
    return any(span.start <= item.start and item.end <= span.end for span in spans)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    hearing = parts.add_parser("hear", help="Say and hear; goes on with a file that is there.")
    hearing.add_argument("--count", type=int, default=2000)
    hearing.add_argument("--minutes", type=float, default=30)
    hearing.add_argument("--out", type=Path, required=True)
    scoring = parts.add_parser("score", help="What the detector lets stand of what was heard.")
    scoring.add_argument("--heard", type=Path, required=True)
    scoring.add_argument("--half", choices=("kept", "worked", "both"), default="worked")
    scoring.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.part == "hear":
        hear(given.count, given.minutes, given.out)
        return
    found = score(given.heard, given.half)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'':16}{'items':>7}{'heard':>7}{'found':>7}{'leaked':>7}{'recall':>8}{'leaks':>8}")
    for name, one in found.items():
        print(
            f"{name:16}{one['items']:7}{one['heard']:7}{one['found']:7}{one['leaked']:7}{one['recall']:8.3f}"
            f"{one['leaks']:8.4f}"
        )


if __name__ == "__main__":
    main()
