from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from appliance.errors import Tampered
from models.embedding.ctranslate2 import MiniLM, converted


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> MiniLM:
    return MiniLM(tmp_path_factory.mktemp("models"))


def test_vectors_have_unit_length_and_tell_meanings_apart(engine: MiniLM) -> None:
    lost, stolen, weather = engine.embed_array(
        ["I lost my credit card", "my bank card was stolen", "it will be sunny tomorrow"]
    )
    assert lost.shape == (engine.dimensions,)
    assert np.allclose([np.linalg.norm(vector) for vector in (lost, stolen, weather)], 1, atol=1e-5)
    assert lost @ stolen > 0.5 > 0.2 > lost @ weather


def test_a_vector_does_not_depend_on_the_others_in_its_batch(engine: MiniLM) -> None:
    alone = engine.embed_array(["what is my balance"])[0]
    long = "and so on and so forth " * 40
    together = engine.embed_array([long, "what is my balance", "hi"] * 30)
    assert together.shape == (90, 384)
    assert min(together[row] @ alone for row in range(1, 90, 3)) > 0.995
    assert engine.embed(["what is my balance"])[0] == pytest.approx(alone.tolist(), abs=0.02)


def test_any_text_is_taken(engine: MiniLM) -> None:
    rows = engine.embed_array(["", " ", "\x00", "🙂" * 500, "word " * 5000, "中文"])
    assert np.isfinite(rows).all()
    assert engine.embed_array([]).shape == (0, 384)


def test_weights_are_converted_once_and_checked(engine: MiniLM, tmp_path: Path) -> None:
    changed = tmp_path / "model.safetensors"
    changed.write_bytes(b"something else")
    with pytest.raises(Tampered):
        converted(changed, tmp_path / "models")
    MiniLM(tmp_path / "models")
    folder = next((tmp_path / "models").iterdir())
    made = (folder / "model.bin").stat().st_mtime_ns
    MiniLM(tmp_path / "models")
    assert (folder / "model.bin").stat().st_mtime_ns == made
    assert [entry for entry in (tmp_path / "models").iterdir() if entry.name.startswith(".")] == []
