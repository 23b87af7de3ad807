"""Tuning in a program of its own: what is kept of it, how it is served, and what is said where it is not installed."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import Invalid, Tampered, Unknown
from models import registry
from models.embedding.ctranslate2 import MiniLM, arrays
from models.understanding import bodies, training
from models.understanding.slips import slipped
from models.understanding.versions import LinearVersions, run_training
from tests.models.understanding.test_versions import INTENTS, OPTIONS

TORCH = importlib.util.find_spec("torch") is not None


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def embedding(models: Path) -> MiniLM:
    return MiniLM(models)


@pytest.fixture(scope="module")
def tuned(models: Path, embedding: MiniLM) -> str:
    """A head on a body that was never tuned but is kept as one is: what is served does not know the difference."""
    body = bodies.keep(models, INTENTS, arrays())
    learnt = training.lesson(embedding, INTENTS)
    beside = bodies.load(models, body, embedding)
    head = training.fit(training.replace(learnt, vectors=beside.embed_array(learnt.texts)))
    folder = models / "understanding" / "v1"
    folder.mkdir(parents=True)
    training.replace(head, body=body).save(folder, "key")
    (folder / "entities.json").write_text(json.dumps(OPTIONS))
    return body


def test_a_tuned_body_is_served_by_what_serves_the_plain_one(models: Path, embedding: MiniLM, tuned: str) -> None:
    versions = LinearVersions(embedding, models)
    understood = versions.understand("v1", "a thief has got my credit card")
    assert understood.intent == "card_block"
    assert understood.sentiment is not None  # by the plain vector, whatever the intent's is
    assert versions.understand("v1", "what will the weather be like tomorrow").intent is None
    assert versions.understand("v1", "").intent is None


def test_the_plain_vector_stays_what_it_was(models: Path, embedding: MiniLM, tuned: str) -> None:
    beside = bodies.load(models, tuned, embedding)
    rows = beside.embed_array(["my card", "goodbye"])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)
    assert np.allclose(beside.plain(rows[0]), embedding.embed_array(["my card", "goodbye"])[0], atol=1e-4)


def test_a_body_is_kept_once_and_found_by_its_lesson(models: Path, tuned: str) -> None:
    assert bodies.keep(models, INTENTS, arrays()) == tuned
    assert [folder.name for folder in (models / "bodies").iterdir()] == [tuned]
    assert bodies.find(models, {name: list(said) for name, said in reversed(INTENTS.items())}) == tuned
    assert bodies.find(models, {"greet": ["hello"]}) is None


def test_a_damaged_body_counts_as_never_trained(tmp_path: Path, embedding: MiniLM, models: Path, tuned: str) -> None:
    name = bodies.keep(tmp_path, INTENTS, arrays())
    (tmp_path / "understanding").mkdir()
    (tmp_path / "understanding" / "v1").symlink_to(models / "understanding" / "v1")
    versions = LinearVersions(embedding, tmp_path)
    assert versions.understand("v1", "goodbye").intent == "goodbye"
    model = tmp_path / "bodies" / name / "model.bin"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    with pytest.raises(Tampered):
        bodies.load(tmp_path, name, embedding)
    with pytest.raises(Unknown):
        LinearVersions(embedding, tmp_path).understand("v1", "goodbye")


def test_where_it_is_not_installed_it_says_what_to_install(
    models: Path, embedding: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Invalid, match="install the extra `train`"):
        LinearVersions(embedding, models).train("v2", INTENTS, OPTIONS, engine="setfit")
    with pytest.raises(Invalid, match="install the extra `train`"):
        registry.load("intent_training", "setfit", embedding=embedding, intents=INTENTS)


def test_an_engine_nobody_has_is_refused(models: Path, embedding: MiniLM) -> None:
    with pytest.raises(Invalid, match="linear, setfit"):
        LinearVersions(embedding, models).train("v2", INTENTS, OPTIONS, engine="nobody")


def test_held_back_are_some_of_each_intent_and_of_none(embedding: MiniLM) -> None:
    learnt = training.lesson(embedding, INTENTS)
    held = training._held(learnt)
    assert [int(held[learnt.owners == place].sum()) for place in range(3)] == [1, 1, 1]
    assert 5 <= held[learnt.owners < 0].sum() <= 15
    assert all(learnt.shown[place] for place in np.flatnonzero(held))  # never an intent's name


def test_a_slip_changes_one_place_and_spares_short_words() -> None:
    chance = random.Random(1)
    for _ in range(200):
        text = slipped("what is my balance", chance)
        assert abs(len(text) - 18) <= 1
        assert sorted(slipped("no", chance)) == ["n", "o"]


@pytest.mark.engines
@pytest.mark.timeout(900)  # tuning gives way to whatever else runs
@pytest.mark.skipif(not TORCH, reason="torch is not installed (the extra `train`)")
def test_tuning_leaves_a_body_and_a_head_and_no_pickle(tmp_path: Path, embedding: MiniLM) -> None:
    versions = LinearVersions(embedding, tmp_path)
    assert versions.train("v1", INTENTS, OPTIONS, engine="setfit")
    assert versions.understand("v1", "a thief has got my credit card").intent == "card_block"
    assert versions.understand("v1", "please sing a song for me").intent is None
    assert not versions.train("v1", INTENTS, OPTIONS, engine="setfit")
    (body,) = (tmp_path / "bodies").iterdir()
    run_training(
        embedding.cache,
        tmp_path / "understanding" / "v2",
        "key",
        json.dumps({"intents": INTENTS, "engine": "setfit"}),
        "setfit",
    )
    assert [folder.name for folder in (tmp_path / "bodies").iterdir()] == [body.name]
    kinds = {file.suffix for file in tmp_path.rglob("*") if file.is_file()}
    assert kinds == {".json", ".npz", ".bin"}


@pytest.mark.engines
@pytest.mark.timeout(900)  # tuning gives way to whatever else runs
@pytest.mark.skipif(not TORCH, reason="torch is not installed (the extra `train`)")
def test_the_body_that_is_tuned_is_the_one_that_is_served(embedding: MiniLM) -> None:
    import torch

    from models.embedding.ctranslate2 import tokenizer
    from models.understanding.tuning import Body

    texts = ["my card", "what is the balance of my savings account", "goodbye"]
    body = Body(arrays()).eval()
    with torch.no_grad():
        rows = body([encoding.ids for encoding in tokenizer(64).encode_batch(texts)]).numpy()
    assert (np.sum(rows * embedding.embed_array(texts), axis=1) > 0.99).all()  # the served one has 8 bits
