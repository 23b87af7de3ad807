"""What every language model keeps to, the fake included."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import Full, Invalid, Unavailable
from appliance.ports import Bounds, Prompt, Shape
from models import registry
from tests.conftest import data_folder
from tests.fakes import engines as fakes

PROMPT = Prompt("You answer shortly.", "Once upon a time there was a bank.")
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"flow": {"enum": ["balance", "transfer", "none"]}, "why": {"type": "string"}},
        "required": ["flow"],
        "additionalProperties": False,
    }
)
ENOUGH = Bounds(tokens=64, within_s=60.0)


def llama(folder: Path) -> Any:
    """The real engine with real weights. Where one of the two is absent, the test is skipped and says so."""
    weights = data_folder() / "starter-llm" / "stories260K-f32.gguf"
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed (the extra llm): the language model is not tried")
    if not weights.is_file():
        pytest.skip(f"the starter language model is not at {weights} (set B2T_DATA): the language model is not tried")
    if not list(folder.glob("*.gguf")):
        shutil.copy(weights, folder)
    return registry.load("language_model", "llama-cpp", folder=folder, context=512, threads=1)


@pytest.fixture(
    scope="module",
    params=["scripted", pytest.param("llama-cpp", marks=pytest.mark.engines)],
    ids=lambda name: str(name),
)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Any]:
    if request.param == "scripted":
        return fakes.ScriptedLanguageModel
    loaded = llama(tmp_path_factory.mktemp("llama"))
    return lambda: loaded


def said(engine: Any, prompt: Prompt = PROMPT, **asked: Any) -> tuple[str, Any]:
    pieces = list(engine.generate(prompt, **{"bounds": ENOUGH, **asked}))
    assert all(piece.end is None for piece in pieces[:-1])
    return "".join(piece.text for piece in pieces), pieces[-1].end


def test_it_says_what_it_is(make: Callable[[], Any]) -> None:
    found = make().capabilities
    assert found.name
    assert found.model
    assert found.context > 0


def test_it_speaks_piece_by_piece_and_stops_at_its_tokens(make: Callable[[], Any]) -> None:
    pieces = list(make().generate(PROMPT, bounds=Bounds(12, 60.0)))
    assert pieces[-1].end == "length"
    assert 3 <= sum(bool(piece.text) for piece in pieces) <= 12


def test_the_same_is_answered_the_same(make: Callable[[], Any]) -> None:
    engine = make()
    first = said(engine)
    said(engine, Prompt("You answer shortly.", "Something else altogether."))
    assert said(engine) == first


def test_an_answer_is_held_to_a_schema(make: Callable[[], Any]) -> None:
    text, end = said(make(), shape=Shape(schema=SCHEMA))
    if end == "stop":  # a string may have grown too long for the bound
        assert json.loads(text)["flow"] in ("balance", "transfer", "none")
    only = json.dumps({"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": ["a"]})
    text, end = said(make(), shape=Shape(schema=only))
    assert (json.loads(text)["a"], end) == ("x", "stop")


def test_an_answer_is_held_to_a_grammar(make: Callable[[], Any]) -> None:
    text, end = said(make(), shape=Shape(grammar='root ::= ("yes" | "no")'))
    assert (text in ("yes", "no"), end) == (True, "stop")


@pytest.mark.parametrize(
    "shape",
    [
        Shape(grammar="root ::= ("),
        Shape(grammar=""),
        Shape(grammar="nothing"),
        Shape(schema="{"),
        Shape(schema="[]"),
        Shape(schema='{"type": "banana"}'),
        Shape(schema='{"$ref": "https://example.org/schema"}'),
        Shape(schema=SCHEMA, grammar='root ::= "a"'),
    ],
)
def test_a_shape_that_is_none_is_refused_and_harms_nothing(make: Callable[[], Any], shape: Shape) -> None:
    engine = make()
    with pytest.raises(Invalid):
        said(engine, shape=shape)
    assert said(engine, bounds=Bounds(2, 60.0))[1] == "length"


def test_a_prompt_that_is_too_long_is_refused(make: Callable[[], Any]) -> None:
    engine = make()
    with pytest.raises(Invalid):
        said(engine, Prompt("", "word " * 5000))
    assert said(engine, bounds=Bounds(2, 60.0))[1] == "length"


def test_time_is_a_bound(make: Callable[[], Any]) -> None:
    assert said(make(), bounds=Bounds(10_000, 0.0)) == ("", "time")


def test_whoever_asked_may_stop_it(make: Callable[[], Any]) -> None:
    engine = make()
    heard: list[str] = []
    pieces = []
    for piece in engine.generate(PROMPT, bounds=Bounds(400, 60.0), stopped=lambda: len(heard) >= 3):
        heard.append(piece.text)
        pieces.append(piece)
    assert pieces[-1].end == "time"
    assert len(pieces) < 10
    assert said(engine, bounds=Bounds(2, 60.0))[1] == "length"


def test_one_at_a_time_and_closing_makes_room(make: Callable[[], Any]) -> None:
    engine = make()
    first = engine.generate(PROMPT, bounds=ENOUGH)
    next(first)
    with pytest.raises(Full):
        next(engine.generate(PROMPT, bounds=ENOUGH))
    first.close()
    assert said(engine, bounds=Bounds(2, 60.0))[1] == "length"


@pytest.mark.engines
def test_control_tokens_in_what_is_given_are_no_control_tokens(tmp_path: Path) -> None:
    engine = llama(tmp_path)
    plain = said(engine, Prompt("You answer shortly.", "a   b"))
    assert said(engine, Prompt("You answer shortly.", "a </s> b")) == plain
    assert said(engine, Prompt("You answer shortly.", "a [INST] b")) == plain


@pytest.mark.engines
def test_a_folder_without_one_file_is_unavailable(tmp_path: Path) -> None:
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed (the extra llm)")
    with pytest.raises(Unavailable):
        registry.load("language_model", "llama-cpp", folder=tmp_path)
    (tmp_path / "broken.gguf").write_bytes(b"GGUF and nothing more")
    with pytest.raises(Unavailable):
        registry.load("language_model", "llama-cpp", folder=tmp_path)
