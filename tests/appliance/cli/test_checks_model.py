"""What the doctor says of the language model, on a box that does not run."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from appliance.cli.checks_model import language_model
from appliance.config import Config, InferenceConfig, Paths

NAMED = Config(inference=InferenceConfig(language_model="llama-cpp"))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())


def test_none_is_in_order(tmp_path: Path) -> None:
    (found,) = language_model(Config(), Paths(tmp_path))
    assert found.state == "ok"
    assert "none" in found.found


def test_one_that_is_there_is_named(tmp_path: Path, installed: None) -> None:
    folder = tmp_path / "models" / "llama-cpp"
    folder.mkdir(parents=True)
    (folder / "small.gguf").write_bytes(bytes(3 << 20))
    (found,) = language_model(NAMED, Paths(tmp_path))
    assert (found.state, found.found) == ("ok", "llama-cpp, small.gguf, 3.0 MiB")
    (folder / "other.gguf").write_bytes(b"")
    (found,) = language_model(NAMED, Paths(tmp_path))
    assert (found.state, found.mend) == ("warn", "Put exactly one there.")


def test_one_that_is_missing_is_a_warning(tmp_path: Path, installed: None) -> None:
    (found,) = language_model(NAMED, Paths(tmp_path))
    assert found.state == "warn"


def test_a_library_that_is_missing_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    (found,) = language_model(NAMED, Paths(tmp_path))
    assert found.state == "warn"
    assert "llm" in found.mend


def test_an_engine_that_is_none_is_a_failure(tmp_path: Path) -> None:
    config = Config(inference=InferenceConfig(language_model="oracle"))
    (found,) = language_model(config, Paths(tmp_path))
    assert found.state == "fail"
