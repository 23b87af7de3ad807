"""Trains the tagger of names, places and organisations (`models/pii/names.py`) on generated sentences.

    python scripts/train/personal_names.py [--sentences 220000] [--out models/pii/names.npz]

Wants what `pip install --group train` brings, SciPy, and Debian's `wamerican`; ten minutes and 4 GB. Seeds are fixed:
on the same machine the same inputs give the same file. A conditional random field over hashed features, by AdaGrad.
"""

from __future__ import annotations

import argparse
import io
import random
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from personal_lists import FAMOUS_ORGS, load
from personal_lists import Lists as Sources
from personal_more import ORGS
from personal_sentences import Generator
from scipy.sparse import csr_matrix

from models.pii import names
from models.pii.features import BUCKETS, COMPANY_WORDS, COUNT, FLAGS, STREET_WORDS, TITLE_WORDS, WIDTH, Lists, look
from models.pii.names import TAGS, start_moves
from models.pii.reading import read, word_hash

Floats = NDArray[np.float32]
SEED = 7
EPOCHS = 3
SENTENCES = 220_000
RATE = 0.3
BATCH = 64
DROPPED = 0.1
"""So many of a token's features are not looked at, another tenth each time."""
LEAST = 0.02
"""Weights below are nought in the file."""
_OUTSIDE = np.array([0.0, *[-1e4] * (len(TAGS) - 1)], np.float32)
BLIND = 0.3
"""So many of the names are learned as words that nobody knows: the lists do not hold everybody."""
TOGETHER = (1, 1, 1, 1, 2, 3, 6)
"""So many sentences stand in a text, a line each."""
NOTHING = BUCKETS + 3 * WIDTH
"""Weighs nothing: the tokens of a text do not have equally many features."""


@dataclass(frozen=True, slots=True)
class Example:
    """`ids` has a row of features for each token, padded with NOTHING; `tags` their tags."""

    ids: NDArray[np.int32]
    tags: NDArray[np.int64]


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
    """Each line of each text; a name that goes over several lines holds them together."""
    dice = random.Random(SEED)  # noqa: S311
    made = 0
    while made < count:
        lines = [one for one in (generator.sentence() for _ in range(dice.choice(TOGETHER))) if one.text.strip()]
        made += len(lines)
        text, spans = "", []
        for line in lines:
            spans += [(len(text) + start, len(text) + end, label) for start, end, label in line.labels]
            text += line.text + "\n"
        yield from _lines(text[:-1], spans, lists, dice)


def _lines(text: str, spans: list[tuple[int, int, str]], lists: Lists, dice: random.Random) -> Iterator[Example]:
    reading = read(text)
    if not len(reading):
        return
    tags, blind = np.zeros(len(reading), np.int64), np.zeros(len(reading), np.bool_)
    for start, end, label in spans:
        inside = np.flatnonzero((reading.starts < end) & (start < reading.ends))
        if inside.size:
            tags[inside] = TAGS.index(f"I-{label}")
            tags[inside[0]] = TAGS.index(f"B-{label}")
            if label not in ("COUNTRY", "NATIONALITY") and dice.random() < BLIND:
                blind[inside] = True
    blind &= reading.letter
    seen = look(reading, lists, blind)
    rows, columns = np.nonzero(seen.dense())
    counts = np.bincount(rows, minlength=len(reading))
    ids = np.full((len(reading), COUNT + int(counts.max())), NOTHING, np.int32)
    ids[:, :COUNT] = seen.buckets.T
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    ids[rows, COUNT + within] = BUCKETS + columns
    breaks = np.flatnonzero((reading.codes[reading.starts] == ord("\n")) & (tags == 0))
    begin = 0
    for end in (*breaks.tolist(), len(reading)):
        if end > begin:
            yield Example(ids[begin:end], tags[begin:end])
        begin = end


def train(examples: list[Example], epochs: int) -> tuple[Floats, Floats]:
    """Weights of features and of moves between tags: a conditional random field, by AdaGrad."""
    weights = np.zeros((NOTHING + 1, len(TAGS)), np.float32)
    squares = np.full_like(weights, 1e-6)
    moves, legal = np.zeros((len(TAGS), len(TAGS)), np.float32), start_moves()
    moves_squares = np.full_like(moves, 1e-6)
    dice = np.random.default_rng(SEED)
    lengths = np.array([len(one.tags) for one in examples])
    for epoch in range(epochs):
        lost, started, rate = 0.0, time.perf_counter(), RATE / (1 + epoch)
        for batch in _batches(lengths, dice):
            ids, tags, inside = _padded([examples[at] for at in batch])
            dropped = np.where(dice.random(ids.shape, np.float32) < DROPPED, NOTHING, ids)
            scores = np.where(inside[:, :, None], 0, _OUTSIDE).astype(np.float32)
            scores[inside] = weights[dropped].sum(1)
            loss, by_tag, by_move = _gradients(scores, tags, moves + legal)
            lost += loss
            used, places = np.unique(dropped, return_inverse=True)
            rows = np.arange(0, places.size + 1, ids.shape[1])
            which = csr_matrix((np.ones(places.size, np.float32), places.ravel(), rows), (len(ids), len(used)))
            slope = which.T @ by_tag[inside]
            squares[used] += slope * slope
            weights[used] -= rate * slope / np.sqrt(squares[used])
            weights[NOTHING] = 0
            moves_squares += by_move * by_move
            moves -= rate * by_move / np.sqrt(moves_squares)
        print(f"epoch {epoch + 1}: loss {lost / len(examples):.4f}, {time.perf_counter() - started:.0f} s", flush=True)
    return weights, moves + legal


def _batches(lengths: NDArray[np.int64], dice: np.random.Generator) -> list[NDArray[np.int64]]:
    """Lines of much the same length together."""
    order = np.argsort(lengths + dice.random(len(lengths)) * 3, kind="stable")
    batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    return [batches[at] for at in dice.permutation(len(batches))]


def _padded(lines: list[Example]) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_]]:
    """Features of all tokens one after another, tags of lines, and which places of these have a token."""
    longest, widest = max(len(one.tags) for one in lines), max(one.ids.shape[1] for one in lines)
    ids = np.full((sum(len(one.tags) for one in lines), widest), NOTHING, np.int32)
    tags = np.zeros((len(lines), longest), np.int64)
    inside = np.zeros((len(lines), longest), np.bool_)
    at = 0
    for row, one in enumerate(lines):
        ids[at : at + len(one.tags), : one.ids.shape[1]] = one.ids
        at += len(one.tags)
        tags[row, : len(one.tags)] = one.tags
        inside[row, : len(one.tags)] = True
    return ids, tags, inside


def _gradients(scores: Floats, tags: NDArray[np.int64], moves: Floats) -> tuple[float, Floats, Floats]:
    """Of minus the logarithm of the right tags' probability; before the first and after the last stands none."""
    lines, longest, count = scores.shape
    odds = np.exp(np.maximum(moves, -60))
    top = scores.max(2, keepdims=True)
    likely = np.exp(scores - top)
    ahead, behind = np.zeros_like(scores), np.ones_like(scores)
    size = np.zeros((lines, longest), np.float32)
    ahead[:, 0] = likely[:, 0] * odds[0]
    for at in range(longest):
        if at:
            ahead[:, at] = (ahead[:, at - 1] @ odds) * likely[:, at]
        size[:, at] = ahead[:, at].sum(1)
        ahead[:, at] /= size[:, at, None]
    behind[:, -1] = odds[:, 0]
    for at in range(longest - 1, 0, -1):
        behind[:, at - 1] = (behind[:, at] * likely[:, at]) @ odds.T
        behind[:, at - 1] /= behind[:, at - 1].sum(1, keepdims=True)
    chance = ahead * behind
    chance /= chance.sum(2, keepdims=True)
    row, place = np.arange(lines)[:, None], np.arange(longest)
    right = scores[row, place, tags].sum() + moves[tags[:, :-1], tags[:, 1:]].sum() + moves[0, tags[:, 0]].sum()
    total = float((np.log(size) + top[:, :, 0]).sum() + np.log((ahead[:, -1] * odds[:, 0]).sum(1)).sum())
    loss = total - float(right + moves[tags[:, -1], 0].sum())
    pairs = np.zeros((count, count), np.float32)
    for at in range(1, longest):
        both = ahead[:, at - 1, :, None] * odds * (behind[:, at] * likely[:, at])[:, None, :]
        pairs += (both / both.sum((1, 2), keepdims=True)).sum(0)
    pairs[0] += chance[:, 0].sum(0)
    pairs[:, 0] += chance[:, -1].sum(0)
    np.subtract.at(pairs, (tags[:, :-1], tags[:, 1:]), 1)
    np.subtract.at(pairs, (0, tags[:, 0]), 1)
    np.subtract.at(pairs, (tags[:, -1], 0), 1)
    chance[row, place, tags] -= 1
    return loss, chance, pairs


def packed(lists: Lists, weights: NDArray[np.float32], moves: NDArray[np.float32]) -> bytes:
    """An .npz of 8-bit weights that is the same whenever it is made."""
    kept = weights[:BUCKETS].copy()
    kept[np.abs(kept) < LEAST] = 0
    top = float(np.quantile(np.abs(kept[kept != 0]), 0.9995))
    scale = top / 127
    arrays = {
        "steps": np.diff(lists.hashes, prepend=np.uint32(0)), "bits": lists.held, "moves": moves,
        "scale": np.float32(scale), "dense": weights[BUCKETS:NOTHING],
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
    started = time.perf_counter()
    made = list(examples(Generator(sources, SEED), lists, sentences))
    print(f"{len(made)} lines read, {time.perf_counter() - started:.0f} s", flush=True)
    weights, moves = train(made, epochs)
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
