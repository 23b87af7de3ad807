"""Trains the tagger of names, places and organisations (`models/pii/names.py`) on generated sentences.

    OMP_NUM_THREADS=1 python scripts/train/personal_names.py [--sentences 110000] [--out models/pii/names.npz]

Wants what `pip install --group train` brings, SciPy, and Debian's `wamerican`; eight minutes and 2 GB. Seeds are fixed:
on the same machine the same inputs give the same file. What learns is in personal_network.
"""

from __future__ import annotations

import argparse
import io
import random
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from personal_lists import FAMOUS_ORGS, load
from personal_lists import Lists as Sources
from personal_more import ORGS
from personal_network import SEED, Example, Floats, train
from personal_sentences import Generator

from models.pii import names
from models.pii.features import (
    BUCKETS,
    COMPANY_WORDS,
    FLAGS,
    HIDEABLE,
    STREET_WORDS,
    TITLE_WORDS,
    Lists,
    look,
)
from models.pii.names import TAGS
from models.pii.reading import read, word_hash

EPOCHS = 5
SENTENCES = 110_000
BLIND, HALF_BLIND = 0.3, 0.15
"""So many of the names are learned as words that no list has, so many as words that some have not."""
TOGETHER = (1, 1, 1, 1, 2, 3, 6)
"""So many sentences stand in a text, a line each."""


def make_lists(sources: Sources) -> Lists:
    bits: dict[str, int] = {}

    def enter(flag: str, word: str) -> None:
        small = word.lower().replace("’", "'")
        bits[small] = bits.get(small, 0) | 1 << FLAGS.index(flag)

    def each(flag: str, listed: tuple[str, ...] | list[str]) -> None:
        for name in listed:
            enter(flag, name)

    each("first", sources.first[:3500])
    each("first_rare", [part for name in sources.first[3500:] for part in name.split()])
    each("last", sources.last[:8000])
    each("last_rare", [part for name in (*sources.last[8000:], *sources.census_last) for part in name.split()])
    each("city", [name for name in sources.cities[:4000] if " " not in name])
    each("city_rare", [name for name in (*sources.cities[4000:], *sources.towns) if " " not in name])
    each("place", [name for name in (*sources.cities, *sources.towns, *sources.regions) if " " in name])
    each("place_part", [part for name in (*sources.cities, *sources.regions) for part in name.split()])
    each("country", [name.removeprefix("the ") for name in sources.countries])
    each("region", [name.removeprefix("the ") for name in sources.regions])
    each("state", sources.state_codes)
    each("nationality", sources.nationalities)
    each("common", sources.common)
    each("everyday", sources.everyday)
    each("proper", sources.proper)
    each("company", [name for name in (*sources.companies, *sources.universities) if " " in name])
    each(
        "company", [name.removeprefix("the ") for name in (*FAMOUS_ORGS, *ORGS) if " " not in name.removeprefix("the ")]
    )
    each("company_part", [part for name in sources.companies for part in name.split() if len(part) > 1])
    each("street_part", [part for name in sources.streets for part in name.split() if len(part) > 2])
    each("street", STREET_WORDS)
    each("firm", COMPANY_WORDS)
    each("title", TITLE_WORDS)
    each("month", ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                   "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
                   "sunday"])  # fmt: skip
    words = list(bits)
    by_hash: dict[int, int] = {}
    for key, word in zip((word_hash(words) >> np.uint64(32)).tolist(), words, strict=True):
        by_hash[key] = by_hash.get(key, 0) | bits[word]
    hashes = sorted(by_hash)
    return Lists(np.array(hashes, np.uint32), np.array([by_hash[key] for key in hashes], np.uint32))


def examples(generator: Generator, lists: Lists, count: int) -> Iterator[Example]:
    """Texts of a line or several."""
    dice = random.Random(SEED)  # noqa: S311
    made = 0
    while made < count:
        lines = [one for one in (generator.sentence() for _ in range(dice.choice(TOGETHER))) if one.text.strip()]
        made += len(lines)
        text, spans = "", []
        for line in lines:
            spans += [(len(text) + start, len(text) + end, label) for start, end, label in line.labels]
            text += line.text + "\n"
        example = _example(text[:-1], spans, lists, dice)
        if example is not None:
            yield example


def _example(text: str, spans: list[tuple[int, int, str]], lists: Lists, dice: random.Random) -> Example | None:
    reading = read(text)
    if not len(reading):
        return None
    tags, hidden = np.zeros(len(reading), np.int64), np.zeros(len(reading), np.uint32)
    for start, end, label in spans:
        inside = np.flatnonzero((reading.starts < end) & (start < reading.ends))
        if inside.size:
            tags[inside] = TAGS.index(f"I-{label}")
            tags[inside[0]] = TAGS.index(f"B-{label}")
            if label not in ("COUNTRY", "NATIONALITY", "TITLE"):
                hidden[inside] = _hidden(dice)
    seen = look(reading, lists, np.where(reading.letter, hidden, np.uint32(0)))
    # A name that goes over several lines holds them together.
    breaks = (reading.codes[reading.starts] == ord("\n")) & (tags == 0)
    return Example(seen.buckets.T.astype(np.int32), seen.bits, tags, breaks)


def _hidden(dice: random.Random) -> int:
    """All lists, some of them or none."""
    kind = dice.random()
    if kind < BLIND:
        return HIDEABLE
    return HIDEABLE & dice.getrandbits(32) if kind < BLIND + HALF_BLIND else 0


def packed(lists: Lists, values: dict[str, Floats]) -> bytes:
    """An .npz that is the same whenever it is made: a token's numbers in 8 bits, the layers in 16."""
    table = values["table"][:BUCKETS]
    top = float(np.quantile(np.abs(table), 0.9999))
    scale = top / 127
    arrays = {
        "steps": np.diff(lists.hashes, prepend=np.uint32(0)), "bits": lists.held, "moves": values["moves"],
        "scale": np.float32(scale), "table": np.clip(np.rint(table / scale), -127, 127).astype(np.int8),
        "flags": values["flags"].astype(np.float16),
        **{name: values[name].astype(np.float16) for at in range(3) for name in (f"weights_{at}", f"added_{at}")},
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            held = io.BytesIO()
            np.lib.format.write_array(held, np.asarray(array), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), held.getvalue(), zipfile.ZIP_DEFLATED, 9
            )
    return out.getvalue()


def make(sources: Sources, sentences: int, epochs: int = EPOCHS) -> bytes:
    lists = make_lists(sources)
    started = time.perf_counter()
    made = list(examples(Generator(sources, SEED), lists, sentences))
    tokens = sum(len(one.tags) for one in made)
    print(f"{len(made)} texts, {tokens} tokens read, {time.perf_counter() - started:.0f} s", flush=True)
    return packed(lists, train(made, epochs).values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--out", type=Path, default=names.ARTEFACT)
    given = parser.parse_args()
    made = make(load(), given.sentences, given.epochs)
    given.out.write_bytes(made)
    print(f"{given.out}: {len(made)} bytes")


if __name__ == "__main__":
    main()
