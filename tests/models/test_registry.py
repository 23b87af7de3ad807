from __future__ import annotations

import importlib

import pytest

from appliance.errors import Unknown
from models import registry


@pytest.mark.parametrize(
    ("port", "name"), [(port, name) for port, engines in registry.ENGINES.items() for name in engines]
)
def test_every_engine_named_is_there(port: registry.Port, name: str) -> None:
    module, _, factory = registry.ENGINES[port][name].partition(":")
    assert callable(getattr(importlib.import_module(module), factory))


def test_an_unknown_engine_is_named_with_those_there_are() -> None:
    with pytest.raises(Unknown, match="pocketsphinx"):
        registry.load("speech_to_text", "nobody")
