"""Answers over the real bus: in order, bounded, stopped when nobody wants them any more."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.adapters.language_model import LanguageModelClient
from appliance.adapters.nats import Bus
from appliance.errors import Full, Invalid, Unavailable
from appliance.ports import Bounds, Prompt, Shape
from services.inference.language_model import Generating
from tests.conftest import data_folder
from tests.fakes.engines import ScriptedLanguageModel

PROMPT = Prompt("You answer shortly.", "once upon a time ")
LONG = Bounds(tokens=4000, within_s=30.0)
SCHEMA = Shape(schema=json.dumps({"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": ["a"]}))
WAIT_S = 30.0


@asynccontextmanager
async def serving(bus: Bus, engine: Any) -> AsyncIterator[None]:
    with ThreadPoolExecutor(2) as threads:
        host = asyncio.create_task(Generating(engine, threads).host(bus, limit=1).run())
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    await LanguageModelClient(bus, "dialogue").answer(Prompt("", ""), SCHEMA)
                    break
                except Unavailable:
                    await asyncio.sleep(0.02)
        try:
            yield
        finally:
            host.cancel()
            await asyncio.wait({host})


async def free(engine: ScriptedLanguageModel) -> None:
    async with asyncio.timeout(WAIT_S):
        while engine._taken:
            await asyncio.sleep(0.01)


async def test_an_answer_comes_whole_and_in_order(bus: Bus) -> None:
    said = "".join(f"{number} " for number in range(800))
    engine = ScriptedLanguageModel()
    async with serving(bus, engine):
        engine._says = iter([said])
        assert await LanguageModelClient(bus, "dialogue").answer(PROMPT, bounds=LONG) == said
        assert engine.prompts[-1] == PROMPT


async def test_a_slow_reader_gets_it_all(bus: Bus) -> None:
    said = "slowly " * 60
    engine = ScriptedLanguageModel()
    async with serving(bus, engine):
        engine._says = iter([said])
        heard = []
        async with LanguageModelClient(bus, "dialogue").generate(PROMPT, bounds=LONG) as pieces:
            async for piece in pieces:
                heard.append(piece)
                await asyncio.sleep(0.001)
        assert "".join(piece.text for piece in heard) == said
        assert heard[-1].end == "stop"


async def test_shapes_and_refusals_come_through(bus: Bus) -> None:
    client = LanguageModelClient(bus, "dialogue")
    async with serving(bus, ScriptedLanguageModel()):
        assert json.loads(await client.answer(PROMPT, SCHEMA)) == {"a": "x"}
        with pytest.raises(Invalid):
            await client.answer(PROMPT, Shape(grammar="root ::= ("))
        with pytest.raises(Invalid, match="cut off"):
            await client.answer(PROMPT, bounds=Bounds(5, 30.0))
        with pytest.raises(Unavailable, match="too long"):
            await client.answer(PROMPT, bounds=Bounds(4000, 0.001))
        assert json.loads(await client.answer(PROMPT, SCHEMA)) == {"a": "x"}


class Endless(ScriptedLanguageModel):
    """Keeps to no bound at all, but stops where it is told to."""

    made = 0

    def generate(self, prompt: Any, shape: Any = None, bounds: Any = None, stopped: Any = None) -> Any:
        if shape is not None and shape.schema is not None:
            yield from super().generate(prompt, shape)
            return
        from appliance.ports import Piece

        self._taken = True
        try:
            while not stopped():
                self.made += 1
                yield Piece("and " * 50)
        finally:
            self._taken = False


async def test_a_model_that_never_ends_is_left(bus: Bus) -> None:
    engine = Endless()
    async with serving(bus, engine):
        with pytest.raises(Invalid, match="an end"):
            await LanguageModelClient(bus, "dialogue").answer(PROMPT, bounds=LONG)
        await free(engine)
        assert json.loads(await LanguageModelClient(bus, "dialogue").answer(PROMPT, SCHEMA)) == {"a": "x"}


async def test_whoever_leaves_ends_the_work(bus: Bus) -> None:
    engine = Endless()
    async with serving(bus, engine):
        async with LanguageModelClient(bus, "dialogue").generate(PROMPT, bounds=LONG) as pieces:
            await anext(pieces)
            with pytest.raises((Full, Unavailable)):
                await LanguageModelClient(bus, "dialogue").answer(PROMPT, SCHEMA)
        await free(engine)
        assert engine.made < 2000


async def test_whoever_vanishes_ends_the_work(bus: Bus, nats_server: Any) -> None:
    engine = Endless()
    other = await Bus.connect(nats_server.url, "gone")
    async with serving(bus, engine):
        pieces = LanguageModelClient(other, "dialogue").generate(PROMPT, bounds=LONG)
        await anext(pieces)
        pieces._task.cancel()
        await other.close()
        await free(engine)


async def test_without_a_worker_it_is_said_soon(bus: Bus) -> None:
    with pytest.raises(Unavailable):
        await LanguageModelClient(bus, "dialogue").answer(PROMPT)


@pytest.mark.engines
async def test_the_real_engine_in_a_process_of_its_own(bus: Bus, start_worker: Any, tmp_path: Path) -> None:
    weights = data_folder() / "starter-llm" / "stories260K-f32.gguf"
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed (the extra llm): the language model is not tried")
    if not weights.is_file():
        pytest.skip(f"the starter language model is not at {weights} (set B2T_DATA): the language model is not tried")
    folder = tmp_path / "data" / "models" / "llama-cpp"
    folder.mkdir(parents=True)
    shutil.copy(weights, folder)
    with (tmp_path / "data" / "config.toml").open("a") as out:
        out.write('[inference]\nlanguage_model = "llama-cpp"\nlanguage_model_context = 512\n')
    await start_worker("language_model", "lm")
    status = json.loads(await bus.request("b2t.status.inference.lm", b"", 2))
    assert status["parts"] == {"language_model stories260K-f32": "ok"}
    client = LanguageModelClient(bus, "dialogue")
    asked = Shape(schema=json.dumps({"type": "object", "properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"]}))
    assert json.loads(await client.answer(PROMPT, asked, Bounds(64, WAIT_S)))["a"] in ("x", "y")
    async with client.generate(PROMPT, bounds=LONG) as pieces:
        assert (await anext(pieces)).text
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                await client.answer(PROMPT, asked, Bounds(64, WAIT_S))
                break
            except (Full, Unavailable):  # what was left is still being stopped
                await asyncio.sleep(0.05)


async def test_a_model_that_is_not_there_is_said_and_holds_nothing_up(
    bus: Bus, start_worker: Any, tmp_path: Path
) -> None:
    with (tmp_path / "data" / "config.toml").open("a") as out:
        out.write('[inference]\nlanguage_model = "llama-cpp"\n')
    await start_worker("language_model", "lm")
    status = json.loads(await bus.request("b2t.status.inference.lm", b"", 2))
    assert status["ready"]
    assert status["parts"]["language_model"] != "ok"
