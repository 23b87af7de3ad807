"""Trains the tagger of names, places and organisations (`models/pii/names.py`) on generated sentences.

    python scripts/train/personal_names.py [--sentences 180000] [--out models/pii/names.npz]

Wants what `pip install --group train` brings and Debian's `wamerican`. The same inputs give the same file, byte by
byte. An averaged structured perceptron: a sentence that is tagged wrongly moves the weights of its features.
"""

from __future__ import annotations

import argparse
import io
import random
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from personal_lists import Lists as Sources
from personal_lists import load
from personal_sentences import Generator, Sentence

from models.pii import names
from models.pii.names import BUCKETS, FLAGS, TAGS, Features, Lists, best_row, case_of, start_moves, tokens

SEED = 7
EPOCHS = 3
SENTENCES = 180_000
BLIND = 0.5
"""So many of the sentences are learned without the lists of names: the lists do not hold everybody."""
BLINDED = frozenset(
    {"first", "first_rare", "last", "last_rare", "city", "city_rare", "place_part", "region", "company_part"}
    | {"street_part", "proper"}
)


@dataclass(frozen=True, slots=True)
class Example:
    """`ids` has a row of feature buckets for each token, padded with BUCKETS; `tags` their tags."""

    ids: NDArray[np.int32]
    tags: NDArray[np.int64]


class Blind(Features):
    def flags(self, word: str) -> list[str]:
        return [flag for flag in super().flags(word) if flag not in BLINDED]


def make_lists(sources: Sources) -> Lists:
    bits: dict[int, int] = {}

    def enter(flag: str, word: str) -> None:
        key = crc32(word.lower().encode())
        bits[key] = bits.get(key, 0) | 1 << FLAGS.index(flag)

    def each(flag: str, listed: tuple[str, ...] | list[str]) -> None:
        for name in listed:
            enter(flag, name)

    each("first", sources.first[:3500])
    each("first_rare", [part for name in sources.first[3500:] for part in name.split()])
    each("last", sources.last[:8000])
    each("last_rare", [part for name in (*sources.last[8000:], *sources.census_last) for part in name.split()])
    each("city", sources.cities[:4000])
    each("city_rare", sources.cities[4000:])
    each("place_part", [part for name in (*sources.cities, *sources.regions) for part in name.split()])
    each("country", [name.removeprefix("the ") for name in sources.countries])
    each("region", [name.removeprefix("the ") for name in sources.regions])
    each("state", sources.state_codes)
    each("nationality", sources.nationalities)
    each("common", sources.common)
    each("proper", sources.proper)
    each("company_part", [part for name in sources.companies for part in (name, *name.split()) if len(part) > 1])
    each("street_part", [part for name in sources.streets for part in name.split() if len(part) > 2])
    each("month", ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                   "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
                   "sunday"])  # fmt: skip
    hashes = np.array(sorted(bits), np.uint32)
    return Lists(hashes, np.array([bits[key] for key in sorted(bits)], np.uint16))


class Reader:
    """Sentences as examples; what words and pairs give is worked out once."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._known: dict[Any, list[int]] = {}

    def example(self, sentence: Sentence) -> Example:
        held = tokens(sentence.text)
        case = case_of(sentence.text)
        words = ["\n", "\n", *(names.seen(token.text) for token in held), "\n", "\n"]
        kinds = [self._features.kind(word, case) for word in words]
        rows: list[list[int]] = []
        for at in range(2, len(words) - 2):
            row: list[int] = []
            for offset in range(-2, 3):
                # What stands two places on is seen from there as standing two places back.
                row += self._get((words[at + offset], case, offset), self._features.word)
            row += self._get((words[at - 1], words[at], case, "<"), self._features.pair)
            row += self._get((words[at], words[at + 1], case, ">"), self._features.pair)
            row += self._get((kinds[at - 1], kinds[at], kinds[at + 1]), self._features.three)
            rows.append(row)
        width = max(map(len, rows))
        ids = np.full((len(rows), width), BUCKETS, np.int32)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
        return Example(ids, self._tags(sentence, held))

    def _get(self, key: Any, make: Any) -> list[int]:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make(*key)
        return found

    @staticmethod
    def _tags(sentence: Sentence, held: list[names.Token]) -> NDArray[np.int64]:
        tags = np.zeros(len(held), np.int64)
        for start, end, label in sentence.labels:
            begin = True
            for at, token in enumerate(held):
                if token.start < end and start < token.end:
                    tags[at] = TAGS.index(f"{'B' if begin else 'I'}-{label}")
                    begin = False
        return tags


def train(examples: list[Example], epochs: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Averaged weights of features and of moves between tags."""
    weights = np.zeros((BUCKETS + 1, len(TAGS)), np.float32)
    summed = np.zeros_like(weights)
    moves, legal = np.zeros((len(TAGS) + 1, len(TAGS)), np.float32), start_moves()
    moves_summed = np.zeros_like(moves)
    dice = random.Random(seed)  # noqa: S311
    order = list(range(len(examples)))
    step = 1
    for epoch in range(epochs):
        dice.shuffle(order)
        wrong, started = 0, time.perf_counter()
        for place in order:
            example = examples[place]
            scores = weights[example.ids].sum(1)
            guess = np.array(best_row(_costed(scores, example.tags), moves + legal))
            step += 1
            if np.array_equal(guess, example.tags):
                continue
            wrong += 1
            for at in np.flatnonzero(guess != example.tags):
                ids = example.ids[at]
                for tag, by in ((example.tags[at], 1.0), (guess[at], -1.0)):
                    np.add.at(weights, (ids, tag), by)
                    np.add.at(summed, (ids, tag), by * step)
            weights[BUCKETS] = 0
            for row, by in ((example.tags, 1.0), (guess, -1.0)):
                befores = np.concatenate([[len(TAGS)], row[:-1]])
                np.add.at(moves, (befores, row), by)
                np.add.at(moves_summed, (befores, row), by * step)
        print(f"epoch {epoch + 1}: {wrong} of {len(order)} wrong, {time.perf_counter() - started:.0f} s", flush=True)
    summed[BUCKETS] = 0
    return weights - summed / step, (moves - moves_summed / step) + legal


def _costed(scores: NDArray[np.float32], tags: NDArray[np.int64]) -> NDArray[np.float32]:
    """Every other tag begins ahead: the right one must win by a margin."""
    ahead = scores + np.float32(2.0)
    ahead[np.arange(len(tags)), tags] -= 2.0
    return ahead


def packed(lists: Lists, weights: NDArray[np.float32], moves: NDArray[np.float32]) -> bytes:
    """An .npz of 8-bit weights that is the same whenever it is made."""
    kept = weights[:BUCKETS].copy()
    kept[np.abs(kept) < 0.25] = 0
    top = float(np.quantile(np.abs(kept[kept != 0]), 0.9995))
    scale = top / 127
    arrays = {
        "hashes": lists.hashes, "bits": lists.held, "moves": moves, "scale": np.float32(scale),
        "weights": np.clip(np.rint(kept / scale), -127, 127).astype(np.int8),
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
    generator = Generator(sources, SEED)
    readers = Reader(Features(lists)), Reader(Blind(lists))
    dice = random.Random(SEED)  # noqa: S311
    examples = [
        readers[dice.random() < BLIND].example(one)
        for one in (generator.sentence() for _ in range(sentences))
        if one.text.strip()
    ]
    weights, moves = train(examples, epochs, SEED)
    # The moves keep their own scale: `scale` is applied to what features say alone.
    return packed(lists, weights, moves)


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
