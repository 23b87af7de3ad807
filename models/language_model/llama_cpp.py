"""llama.cpp through llama-cpp-python, with one GGUF file from a folder on this machine; nothing is ever fetched.

One generation at a time: whoever asks meanwhile is told that it is full. What is asked is cleared of the model's own
control tokens, so that nobody's words can end the prompt and begin another, and is forgotten once it is answered.
Time is watched while the prompt is read as well: llama.cpp asks back whether to go on.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import llama_cpp
from llama_cpp.llama_grammar import LlamaGrammar

from appliance.errors import Full, Invalid, Unavailable
from appliance.ports import Bounds, LanguageModelCapabilities, Piece, Prompt, Shape

MARKS: Final = ("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "### Instruction", "### Response")
"""What parts a prompt in formats that have no control tokens of their own."""
GRAMMAR: Final = 64 * 1024


class LlamaCpp:
    def __init__(self, folder: Path, context: int = 4096, threads: int | None = None, gpu_layers: int = 0) -> None:
        """`context` in tokens, prompt and answer together. Raises Unavailable where there is not exactly one file."""
        files = sorted(folder.glob("*.gguf"))
        if len(files) != 1:
            raise Unavailable(f"In {folder} there has to be one GGUF file, and there are {len(files)}.")
        try:
            self._model: Any = llama_cpp.Llama(
                str(files[0]), n_ctx=context, n_threads=threads, n_threads_batch=threads, n_gpu_layers=gpu_layers,
                seed=0, verbose=False,
            )  # fmt: skip
        except (ValueError, RuntimeError, OSError):
            raise Unavailable(f"The language model {files[0].name} does not load.") from None
        self.capabilities = LanguageModelCapabilities(
            "llama-cpp", files[0].stem[:80], self._model.n_ctx(), schema=True, grammar=True
        )
        self._stop: Callable[[], bool] = lambda: False
        self._asked_back = llama_cpp.ggml_abort_callback(lambda _data: self._stop())
        llama_cpp.llama_set_abort_callback(self._model._ctx.ctx, self._asked_back, ctypes.c_void_p(None))
        self._controls = _pattern([*_controls(self._model), *MARKS])
        self._one = threading.Lock()

    def generate(
        self,
        prompt: Prompt,
        shape: Shape = Shape(),  # noqa: B008 - frozen
        bounds: Bounds = Bounds(),  # noqa: B008
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[Piece]:
        if not self._one.acquire(blocking=False):
            raise Full("The language model answers somebody else.")
        try:
            yield from self._generate(prompt, shape, bounds, stopped)
        finally:
            self._stop = lambda: False
            self._model.reset()
            self._one.release()

    def _generate(self, prompt: Prompt, shape: Shape, bounds: Bounds, stopped: Callable[[], bool]) -> Iterator[Piece]:
        deadline = time.monotonic() + bounds.within_s
        grammar = self._grammar(shape)

        def over() -> bool:
            return stopped() or time.monotonic() > deadline

        self._stop = over
        messages = [
            {"role": "system", "content": prompt.rules},
            {"role": "user", "content": self._controls.sub(" ", prompt.given)},
        ]
        try:
            chunks = self._model.create_chat_completion(
                messages, stream=True, grammar=grammar, max_tokens=bounds.tokens, temperature=0.0, seed=0
            )
            for chunk in chunks:
                choice = chunk["choices"][0]
                text, finished = choice["delta"].get("content") or "", choice["finish_reason"]
                if text or finished:
                    yield Piece(text, finished if finished in ("stop", "length") else None)
                if over() and not finished:
                    chunks.close()
                    yield Piece("", "time")
                    return
        except ValueError as error:  # the library says so where a prompt is longer than the context
            if "context window" in str(error):
                raise Invalid("The prompt is longer than the language model can read.") from None
            raise Unavailable("The language model cannot be asked this.") from None
        except RuntimeError:
            if not over():
                raise Unavailable("The language model failed.") from None
            yield Piece("", "time")

    def _grammar(self, shape: Shape) -> Any:
        """None for any text. A grammar that does not parse would end the process: it is tried first."""
        if shape.schema is not None and shape.grammar is not None:
            raise Invalid("A shape is a schema or a grammar, not both.")
        if shape.grammar is not None and not shape.grammar.strip():
            raise Invalid("The grammar is empty.")
        if "$ref" in (shape.schema or ""):  # the library would fetch one that is an address
            raise Invalid("A schema refers to nothing outside itself.")
        try:
            if shape.schema is not None:
                json.loads(shape.schema)
                made = LlamaGrammar.from_json_schema(shape.schema, verbose=False)
            elif shape.grammar is not None:
                made = LlamaGrammar.from_string(shape.grammar, verbose=False)
            else:
                return None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, AssertionError):
            raise Invalid("The schema is none that an answer could be held to.") from None
        written = made._grammar.encode()
        if len(written) > GRAMMAR:
            raise Invalid("The grammar is too long.")
        tried = llama_cpp.llama_sampler_init_grammar(self._model._model.vocab, written, b"root")
        if not tried:
            raise Invalid("The grammar does not parse.")
        llama_cpp.llama_sampler_free(tried)
        return made

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._model.close()


def _controls(model: Any) -> Iterator[str]:
    """How the model's control tokens are written."""
    vocabulary = model._model.vocab
    for token in range(model.n_vocab()):
        if llama_cpp.llama_vocab_is_control(vocabulary, token):
            raw = llama_cpp.llama_vocab_get_text(vocabulary, token)
            if raw and len(raw) > 1:
                yield raw.decode("utf-8", "replace")


def _pattern(written: list[str]) -> re.Pattern[str]:
    longest_first = sorted(set(written), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
