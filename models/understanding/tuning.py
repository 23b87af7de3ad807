"""Tunes MiniLM's body to an agent's examples (SetFit, Tunstall et al. 2022): the extra `train`; PyTorch is loaded here.

Texts of one intent are pulled together and others pushed apart (supervised contrastive loss, Khosla et al. 2020), while
a cosine classifier over the intents keeps them in their places. Only `models.understanding.training`, a program of its
own, imports this. What comes out are weights that CTranslate2 serves as it serves those they began as.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as functional

from models.embedding.ctranslate2 import HEADS, LAYERS, arrays, tokenizer
from models.understanding.slips import slipped

MAX_TOKENS: Final = 64
BATCH: Final = 64
TOGETHER: Final = 2
"""Texts of one intent in a batch, at least."""
OUTSIDE: Final = 0.1
"""Texts that are none of the agent's, as a share of a batch."""
EPOCHS: Final = 20
MOST_OF_FEW: Final = 10_000
MORE_FOR_MANY: Final = 1.0
"""So many texts at most, and so many more for each example."""
RATE: Final = 5e-5
CLASSIFIER_RATE: Final = 1e-3
WARM: Final = 0.1
DROPOUT: Final = 0.1
SCALE: Final = 16.0
TEMPERATURE: Final = 0.07
SLIPS: Final = 0.1
"""The share of texts that are learnt with a typing mistake."""
_FROZEN: Final = ("word_embeddings", "position_embeddings", "token_type_embeddings", "pooler")
_ROUND: Final = 256
"""Tokens of a batch are made up to a multiple of this: PyTorch compiles something for every size it meets."""


class Body(torch.nn.Module):  # type: ignore[misc]
    """BERT's encoder over texts laid end to end: padding would be most of the work. Rows of unit length come out."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        super().__init__()
        kept = {name: torch.tensor(array) for name, array in weights.items() if array.dtype == np.float32}
        self._weights = torch.nn.ParameterDict(
            {
                name.replace(".", "/"): torch.nn.Parameter(one, not any(f in name for f in _FROZEN))
                for name, one in kept.items()
            }
        )
        self.width = len(weights["embeddings.LayerNorm.bias"])

    def exported(self) -> dict[str, np.ndarray]:
        return {name.replace("/", "."): one.detach().numpy() for name, one in self._weights.items()}

    def forward(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        laid = _Laid(rows)
        hidden = (
            self._of("embeddings.word_embeddings.weight")[laid.tokens]
            + self._of("embeddings.position_embeddings.weight")[laid.positions]
            + self._of("embeddings.token_type_embeddings.weight")[0]
        )
        hidden = self._drop(self._norm(hidden, "embeddings.LayerNorm"))
        for number in range(LAYERS):
            hidden = self._layer(hidden, laid, f"encoder.layer.{number}.")
        summed = torch.zeros(laid.texts + 1, self.width).index_add(0, laid.owners, hidden.float())[: laid.texts]
        return functional.normalize(summed / laid.lengths[:, None], dim=1)

    def _layer(self, hidden: torch.Tensor, laid: _Laid, prefix: str) -> torch.Tensor:
        inputs = [f"{prefix}attention.self.{name}." for name in ("query", "key", "value")]
        joined = functional.linear(
            hidden,
            torch.cat([self._of(name + "weight") for name in inputs]),
            torch.cat([self._of(name + "bias") for name in inputs]),
        )
        shape = (laid.texts, laid.longest, 3, HEADS, self.width // HEADS)
        query, key, value = laid.apart(joined).view(shape).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=laid.mask, dropout_p=DROPOUT if self.training else 0.0
        )
        seen = laid.end_to_end(seen.transpose(1, 2).reshape(laid.texts * laid.longest, self.width))
        output = self._drop(self._linear(seen, prefix + "attention.output.dense"))
        hidden = self._norm(hidden + output, prefix + "attention.output.LayerNorm")
        wide = functional.gelu(self._linear(hidden, prefix + "intermediate.dense"))
        return self._norm(hidden + self._drop(self._linear(wide, prefix + "output.dense")), prefix + "output.LayerNorm")

    def _of(self, name: str) -> torch.Tensor:
        found: torch.Tensor = self._weights[name.replace(".", "/")]
        return found

    def _linear(self, hidden: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(hidden, self._of(name + ".weight"), self._of(name + ".bias"))

    def _norm(self, hidden: torch.Tensor, name: str) -> torch.Tensor:
        return functional.layer_norm(hidden, (self.width,), self._of(name + ".weight"), self._of(name + ".bias"), 1e-12)

    def _drop(self, hidden: torch.Tensor) -> torch.Tensor:
        return functional.dropout(hidden, DROPOUT, self.training)


class _Laid:
    """Where each token of some texts stands when they are laid end to end, and when each has a row of its own."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        lengths = torch.tensor([len(row) for row in rows])
        self.texts, self.lengths = len(rows), lengths
        self.longest = -(-int(lengths.max()) // 8) * 8
        spare = torch.arange(-int(lengths.sum()) % _ROUND)  # tokens of no text
        none = torch.zeros_like(spare)
        self.tokens = torch.cat([torch.tensor([token for row in rows for token in row]), none])
        within = torch.cat([torch.arange(len(row)) for row in rows])
        owners = torch.repeat_interleave(torch.arange(self.texts), lengths)
        self._spare, self._places = len(spare), torch.cat([owners * self.longest + within, self._all + spare])
        self.positions, self.owners = torch.cat([within, none]), torch.cat([owners, none + self.texts])
        self.mask = (torch.arange(self.longest)[None] < lengths[:, None])[:, None, None, :]

    @property
    def _all(self) -> int:
        return self.texts * self.longest

    def apart(self, flat: torch.Tensor) -> torch.Tensor:
        room = flat.new_zeros(self._all + self._spare, flat.shape[1])
        return room.index_copy(0, self._places, flat)[: self._all]

    def end_to_end(self, apart: torch.Tensor) -> torch.Tensor:
        return functional.pad(apart, (0, 0, 0, self._spare))[self._places]


class _Deck:
    """Texts in an order by chance, `TOGETHER` of an intent in a row; each is drawn as often as any other."""

    def __init__(self, texts: Sequence[str], owners: np.ndarray, chance: random.Random) -> None:
        self._chance = chance
        self._own = {
            int(name): [texts[int(place)] for place in np.flatnonzero(owners == name)] for name in np.unique(owners)
        }
        self._left: dict[int, list[str]] = {name: [] for name in self._own}
        self._names: list[int] = []

    def draw(self) -> list[tuple[str, int]]:
        if not self._names:
            self._names = [name for name, own in self._own.items() for _ in range(max(1, round(len(own) / TOGETHER)))]
            self._chance.shuffle(self._names)
        name = self._names.pop()
        return [(self._next(name), name) for _ in range(min(TOGETHER, len(self._own[name])))]

    def _next(self, name: int) -> str:
        if not self._left[name]:
            self._left[name] = self._chance.sample(self._own[name], len(self._own[name]))
        return self._left[name].pop()


def tuned(
    texts: Sequence[str],
    owners: np.ndarray,
    outside: Sequence[str],
    vectors: np.ndarray,
    told: Callable[[str], None] = lambda _: None,
) -> dict[str, np.ndarray]:
    """The weights after it. `owners` [texts] are places of intents, all from 0 on; `vectors` [texts, 384] what the
    texts are before; `outside` is none of the agent's; `told` hears how far it is."""
    chance = random.Random(0)  # noqa: S311 - the same every time
    torch.manual_seed(0)
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))  # a box goes on answering
    body, words = Body(arrays()), tokenizer(MAX_TOKENS)
    middles = np.stack([vectors[owners == name].mean(axis=0) for name in range(int(owners.max()) + 1)])
    classifier = torch.nn.Parameter(torch.tensor(middles, dtype=torch.float32))
    moved = [one for one in body.parameters() if one.requires_grad]
    groups: list[dict[str, Any]] = [{"params": moved, "lr": RATE}, {"params": [classifier], "lr": CLASSIFIER_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = max(1, round(min(EPOCHS * len(texts), MOST_OF_FEW + MORE_FOR_MANY * len(texts)) / BATCH))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / (WARM * steps)) * max(0.0, 1 - step / steps)
    )
    deck = _Deck(texts, owners, chance)
    body.train()
    for step in range(steps):
        drawn: list[tuple[str, int]] = []
        while len(drawn) < BATCH:
            drawn += deck.draw()
        if outside:
            drawn += [(chance.choice(outside), -1) for _ in range(round(OUTSIDE * BATCH))]
        said = [slipped(text, chance) if chance.random() < SLIPS else text for text, _ in drawn]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rows = body([encoding.ids for encoding in words.encode_batch(said)])
        loss = _loss(rows, torch.tensor([owner for _, owner in drawn]), classifier)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(moved, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 50 == 0:
            told(f"tuning, step {step} of {steps}")
    return body.exported()


def _loss(rows: torch.Tensor, owners: torch.Tensor, classifier: torch.Tensor) -> torch.Tensor:
    inside = owners >= 0
    scores = SCALE * rows[inside] @ functional.normalize(classifier, dim=1).T
    placed = functional.cross_entropy(scores, owners[inside])
    itself = torch.eye(len(owners), dtype=torch.bool)
    same = (owners[:, None] == owners[None]) & inside[:, None] & ~itself
    similar = (rows @ rows.T / TEMPERATURE).masked_fill(itself, -1e9)
    shares = similar - torch.logsumexp(similar, dim=1, keepdim=True)
    paired = same.any(dim=1)
    if not bool(paired.any()):
        return placed
    drawn_together = -(shares * same).sum(dim=1)[paired] / same.sum(dim=1)[paired]
    return placed + drawn_together.mean()
