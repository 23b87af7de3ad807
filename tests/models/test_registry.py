from __future__ import annotations

import importlib
import importlib.util

import pytest

from appliance.errors import Unknown
from models import registry


@pytest.mark.parametrize(
    ("port", "name"), [(port, name) for port, engines in registry.ENGINES.items() for name in engines]
)
def test_every_engine_named_is_there(port: registry.Port, name: str) -> None:
    module, _, factory = registry.ENGINES[port][name].partition(":")
    if name == "llama-cpp" and importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed (the extra llm)")
    assert callable(getattr(importlib.import_module(module), factory))


def test_an_unknown_engine_is_named_with_those_there_are() -> None:
    with pytest.raises(Unknown, match="pocketsphinx"):
        registry.load("speech_to_text", "nobody")
