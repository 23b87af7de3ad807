"""A Whisper model of random weights, made within a test: it runs the real loader and says nothing sensible."""

from __future__ import annotations

import json
from pathlib import Path

import ctranslate2
import numpy as np
from ctranslate2.specs import WhisperSpec
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WIDTH, HEADS, LAYERS, MELS = 16, 2, 1, 80
WORDS = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "Ġyes", "Ġno", "Ġbalance"]
SPECIAL = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|fr|>", "<|translate|>", "<|transcribe|>",
           "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]  # fmt: skip
TIMES = [f"<|{at * 0.02:.2f}|>" for at in range(1501)]


def make(folder: Path) -> Path:
    """Write `model.bin`, `config.json`, `tokenizer.json` and the vocabulary."""
    vocabulary = [*WORDS, *SPECIAL, *TIMES]
    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    shapes = _Shapes(np.random.default_rng(0), len(vocabulary))
    shapes.encoder(spec.encoder)
    shapes.decoder(spec.decoder)
    spec.register_vocabulary(vocabulary)
    ids = {token: place for place, token in enumerate(vocabulary)}
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [ids["<|endoftext|>"]]
    spec.config.lang_ids = [ids["<|en|>"], ids["<|fr|>"]]
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.optimize()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer = Tokenizer(models.BPE(vocab={token: ids[token] for token in WORDS}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([*SPECIAL, *TIMES])
    tokenizer.save(str(folder / "tokenizer.json"))
    assert json.loads((folder / "config.json").read_text())["lang_ids"]
    assert ctranslate2.contains_model(str(folder))
    return folder


class _Shapes:
    def __init__(self, random: np.random.Generator, words: int) -> None:
        self._random, self._words = random, words

    def encoder(self, encoder) -> None:
        encoder.conv1.weight, encoder.conv1.bias = self._array(WIDTH, MELS, 3), self._array(WIDTH)
        encoder.conv2.weight, encoder.conv2.bias = self._array(WIDTH, WIDTH, 3), self._array(WIDTH)
        encoder.position_encodings.encodings = self._array(1500, WIDTH)
        self._norm(encoder.layer_norm)
        for layer in encoder.layer:
            self._attention(layer.self_attention, fused=3)
            self._feed_forward(layer.ffn)

    def decoder(self, decoder) -> None:
        decoder.embeddings.weight = self._array(self._words, WIDTH)
        decoder.projection.weight = decoder.embeddings.weight
        decoder.position_encodings.encodings = self._array(448, WIDTH)
        decoder.scale_embeddings = False
        self._norm(decoder.layer_norm)
        for layer in decoder.layer:
            self._attention(layer.self_attention, fused=3)
            self._attention(layer.attention, fused=2)
            self._feed_forward(layer.ffn)

    def _attention(self, attention, fused: int) -> None:
        self._norm(attention.layer_norm)
        widths = [3 * WIDTH] if fused == 3 else [WIDTH, 2 * WIDTH]
        for linear, width in zip(attention.linear, [*widths, WIDTH], strict=True):
            linear.weight, linear.bias = self._array(width, WIDTH), self._array(width)

    def _feed_forward(self, ffn) -> None:
        self._norm(ffn.layer_norm)
        ffn.linear_0.weight, ffn.linear_0.bias = self._array(4 * WIDTH, WIDTH), self._array(4 * WIDTH)
        ffn.linear_1.weight, ffn.linear_1.bias = self._array(WIDTH, 4 * WIDTH), self._array(WIDTH)

    def _norm(self, norm) -> None:
        norm.gamma, norm.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def _array(self, *shape: int) -> np.ndarray:
        return self._random.normal(0, 0.3, shape).astype(np.float32)
