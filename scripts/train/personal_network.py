"""Trains the network of the tagger of names: a conditional random field over what the network sees, in NumPy alone.

Features are learned by AdaGrad, layers by Adam; some features and numbers are left out each time. See personal_names.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from models.pii.features import BUCKETS, COUNT, WIDTH
from models.pii.names import AROUND, DEPTH, NEAR, REACH, TAGS, start_moves

Floats = NDArray[np.float32]
SEED = 7
FIRST, SECOND = 96, 64
"""Numbers that each layer makes of a token."""
RATE = 0.003
ROW_RATE = 0.05
BATCH = 6000
"""Tokens."""
LINES = 128
DROPPED = 0.1
"""So many of a token's features are not looked at, another tenth each time."""
HIDDEN = 0.2
"""So many of the numbers between layers are nought, others each time."""
_OUTSIDE = np.array([0.0, *[-1e4] * (len(TAGS) - 1)], np.float32)
Padded = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]
"""Of lines: the row of each token, its tag, and which places have one."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text: of each token its features and flags, its tag, and whether lines part there."""

    ids: NDArray[np.int32]
    bits: NDArray[np.uint32]
    tags: NDArray[np.int64]
    breaks: NDArray[np.bool_]


@dataclass(slots=True)
class Parameters:
    """By name; `table` and `flags` are learned by AdaGrad, layers by Adam."""

    values: dict[str, Floats]
    squares: dict[str, Floats]
    slopes: dict[str, Floats]
    steps: int = 0

    @classmethod
    def start(cls, dice: np.random.Generator) -> Parameters:
        sizes = {
            "table": (BUCKETS + 1, DEPTH), "flags": (WIDTH, DEPTH), "weights_0": (len(NEAR) * DEPTH, FIRST),
            "added_0": (FIRST,), "weights_1": (len(AROUND) * FIRST, SECOND), "added_1": (SECOND,),
            "weights_2": (SECOND, len(TAGS)), "added_2": (len(TAGS),), "moves": (len(TAGS), len(TAGS)),
        }  # fmt: skip
        values = {name: np.zeros(size, np.float32) for name, size in sizes.items()}
        for at in range(3):
            weights = values[f"weights_{at}"]
            weights[:] = dice.normal(0, np.sqrt(2 / len(weights)), weights.shape)
        values["flags"][:] = dice.normal(0, 0.1, values["flags"].shape)
        values["table"][:] = dice.normal(0, 0.02, values["table"].shape)
        zeros = {name: np.zeros_like(value) for name, value in values.items()}
        zeros["table"][:] = 1e-10
        return cls(values, zeros, {name: np.zeros_like(v) for name, v in values.items() if name != "table"})

    def learn(self, name: str, slope: Floats, rate: float) -> None:
        mean, square = self.slopes[name], self.squares[name]
        mean += 0.1 * (slope - mean)
        square += 0.001 * (slope * slope - square)
        unbiased = mean / (1 - 0.9**self.steps)
        self.values[name] -= rate * unbiased / (np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8)

    def learn_rows(self, rows: NDArray[np.int64], slope: Floats, rate: float) -> None:
        squares = self.squares["table"]
        squares[rows] += (slope * slope).mean(1, keepdims=True)
        self.values["table"][rows] -= rate * slope / np.sqrt(squares[rows])


def train(examples: list[Example], epochs: int) -> Parameters:
    """A conditional random field over what the network sees."""
    dice = np.random.default_rng(SEED)
    parameters = Parameters.start(dice)
    legal = start_moves()
    for epoch in range(epochs):
        lost, lines, started = 0.0, 0, time.perf_counter()
        batches = _batches(examples, dice)
        for at, batch in enumerate(batches):
            rate = RATE * (1 - (epoch + at / len(batches)) / epochs) + RATE / 100
            rate *= min(1.0, (parameters.steps + 1) / 200)
            parameters.steps += 1
            loss, count = _step(parameters, [examples[one] for one in batch], legal, dice, rate)
            lost, lines = lost + loss, lines + count
        print(f"epoch {epoch + 1}: loss {lost / lines:.4f}, {time.perf_counter() - started:.0f} s", flush=True)
    parameters.values["moves"] += legal
    return parameters


def _step(
    parameters: Parameters, batch: list[Example], legal: Floats, dice: np.random.Generator, rate: float
) -> tuple[float, int]:
    """What was lost, and of how many lines."""
    values, texts = parameters.values, _together(batch)
    ids = np.where(dice.random(texts.ids.shape, np.float32) < DROPPED, BUCKETS, texts.ids)
    used, places = np.unique(ids, return_inverse=True)
    of = csr_matrix(
        (np.ones(ids.size, np.float32), places.ravel(), np.arange(0, ids.size + 1, COUNT)), (len(ids), len(used))
    )
    dense = (texts.bits[:, None] >> np.arange(WIDTH, dtype=np.uint32) & np.uint32(1)).astype(np.float32)
    dense *= dice.random(dense.shape, np.float32) >= DROPPED
    total = np.zeros((texts.rows[-1] + 1 + REACH, DEPTH), np.float32)
    total[texts.rows] = of @ values["table"][used] + dense @ values["flags"]
    keep = _kept(total.shape, dice)
    total *= keep
    first, second = (_Layer.of(at, values) for at in (0, 1))
    worth = second.forward(first.forward(total, NEAR, dice), AROUND, dice) @ values["weights_2"] + values["added_2"]
    loss, slope, moves = _lost(worth, texts.lines, values["moves"] + legal)
    slope /= len(texts.rows)
    learn = parameters.learn
    back = slope @ values["weights_2"].T
    learn("weights_2", second.out.T @ slope, rate)
    learn("added_2", slope.sum(0), rate)
    learn("moves", moves / len(texts.rows), rate)
    back = second.backward(back, parameters, rate)
    back_total = (first.backward(back, parameters, rate) * keep)[texts.rows]
    learn("flags", dense.T @ back_total, rate)
    parameters.learn_rows(used, of.T @ back_total, ROW_RATE * rate / RATE)
    values["table"][BUCKETS] = 0
    return loss, sum(len(tags) for _, tags, _ in texts.lines)


class _Layer:
    """One that looks to either side."""

    def __init__(self, at: int, weights: Floats, added: Floats) -> None:
        self._at, self._weights, self._added = at, weights, added

    @classmethod
    def of(cls, at: int, values: dict[str, Floats]) -> _Layer:
        return cls(at, values[f"weights_{at}"], values[f"added_{at}"])

    def forward(self, rows: Floats, places: tuple[int, ...], dice: np.random.Generator) -> Floats:
        self._places, self._size = places, rows.shape
        self._seen = beside(rows, places)
        self.out = self._seen @ self._weights + self._added
        self._keep = (self.out > 0) * _kept(self.out.shape, dice)
        self.out *= self._keep
        return self.out

    def backward(self, slope: Floats, parameters: Parameters, rate: float) -> Floats:
        """What the rows that were looked at should change by; the layer has learned."""
        slope = slope * self._keep
        back = _spread(slope @ self._weights.T, self._places, self._size[1], self._size[0])
        parameters.learn(f"weights_{self._at}", self._seen.T @ slope, rate)
        parameters.learn(f"added_{self._at}", slope.sum(0), rate)
        return back


def _lost(worth: Floats, lines: list[Padded], moves: Floats) -> tuple[float, Floats, Floats]:
    """With the slopes by tag of a token and by move."""
    slope, by_moves, loss = np.zeros_like(worth), np.zeros_like(moves), 0.0
    for where, tags, inside in lines:
        scores = np.where(inside[:, :, None], worth[where - REACH], _OUTSIDE).astype(np.float32)
        lost, by_tag, by_move = _gradients(scores, tags, moves)
        slope[where[inside] - REACH] = by_tag[inside]
        loss, by_moves = loss + lost, by_moves + by_move
    return loss, slope, by_moves


def _kept(shape: tuple[int, ...], dice: np.random.Generator) -> Floats:
    kept: Floats = (dice.random(shape, np.float32) >= HIDDEN).astype(np.float32) / np.float32(1 - HIDDEN)
    return kept


def beside(rows: Floats, places: tuple[int, ...]) -> Floats:
    """What stands in each of the places from every row that has them all, one beside the other."""
    count = len(rows) - places[-1]
    return np.concatenate([rows[place : place + count] for place in places], 1)


def _spread(slopes: Floats, places: tuple[int, ...], width: int, count: int) -> Floats:
    """The way back of `beside`."""
    total = np.zeros((count, width), np.float32)
    for at, place in enumerate(places):
        total[place : place + len(slopes)] += slopes[:, at * width : (at + 1) * width]
    return total


def _batches(examples: list[Example], dice: np.random.Generator) -> list[NDArray[np.int64]]:
    """Texts of much the same length together, of some thousands of tokens."""
    lengths = np.array([len(one.tags) for one in examples])
    order = np.argsort(lengths + dice.random(len(lengths)) * 8, kind="stable")
    which = np.cumsum(lengths[order]) // BATCH
    batches = np.split(order, np.flatnonzero(np.diff(which)) + 1)
    return [batches[at] for at in dice.permutation(len(batches))]


@dataclass(frozen=True, slots=True)
class _Texts:
    """Features and flags of all tokens, the rows they stand in with nothing between texts, and their lines."""

    ids: NDArray[np.int32]
    bits: NDArray[np.uint32]
    rows: NDArray[np.int64]
    lines: list[Padded]


def _together(batch: list[Example]) -> _Texts:
    rows: list[NDArray[np.int64]] = []
    cut: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    begin = REACH
    for one in batch:
        rows.append(np.arange(begin, begin + len(one.tags)))
        start = 0
        for end in (*np.flatnonzero(one.breaks).tolist(), len(one.tags)):
            if end > start:
                cut.append((np.arange(begin + start, begin + end), one.tags[start:end]))
            start = end
        begin += len(one.tags) + REACH
    cut.sort(key=lambda line: len(line[1]))
    return _Texts(
        np.concatenate([one.ids for one in batch]), np.concatenate([one.bits for one in batch]), np.concatenate(rows),
        [_padded(cut[at : at + LINES]) for at in range(0, len(cut), LINES)],
    )  # fmt: skip


def _padded(lines: list[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> Padded:
    """Of lines from the shortest to the longest."""
    longest = len(lines[-1][1])
    where, tags = np.full((len(lines), longest), REACH), np.zeros((len(lines), longest), np.int64)
    inside = np.zeros((len(lines), longest), np.bool_)
    for row, (places, of) in enumerate(lines):
        where[row, : len(of)], tags[row, : len(of)], inside[row, : len(of)] = places, of, True
    return where, tags, inside


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
