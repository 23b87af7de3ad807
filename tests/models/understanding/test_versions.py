"""Training in its own program, and what is understood after it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.errors import Invalid, Unavailable, Unknown
from models.embedding.ctranslate2 import MiniLM
from models.language_identification.py3langid import Py3Langid
from models.understanding.versions import LinearVersions

INTENTS = {
    "balance": ["what is my balance", "how much money do I have", "tell me my balance", "what is on my account",
                "check my balance", "how much is in my savings account"],
    "card_block": ["I lost my card", "my card was stolen", "block my card", "somebody took my card", "freeze my card"],
    "goodbye": ["goodbye", "bye", "that is all", "no thanks that is it", "see you"],
}  # fmt: skip
OPTIONS = {"account": {"checking": ["checking", "current account"], "savings": ["savings", "deposit account"]}}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def versions(models: Path) -> LinearVersions:
    made = LinearVersions(MiniLM(models), models)
    assert made.train("v1", INTENTS, OPTIONS)
    return made


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("could you tell me how much money I have left", "balance"),
        ("a thief has got my credit card", "card_block"),
        ("bye bye", "goodbye"),
        ("what will the weather be like tomorrow", None),
        ("please sing a song for me", None),
        ("<CUSTOMER_NUMBER_1>", None),
        ("", None),
    ],
)
def test_intents_and_what_is_none_of_them(versions: LinearVersions, text: str, intent: str | None) -> None:
    understood = versions.understand("v1", text)
    assert understood.intent == intent
    assert 0 < understood.confidence <= 1
    assert sum(probability for _, probability in understood.candidates) == pytest.approx(1, abs=0.01)


def test_entities_come_with_it(versions: LinearVersions) -> None:
    understood = versions.understand("v1", "the balance of my deposit account, I am <CUSTOMER_NUMBER_1>")
    assert [(entity.kind, entity.value) for entity in understood.entities] == [
        ("account", "savings"),
        ("CUSTOMER_NUMBER", "CUSTOMER_NUMBER_1"),
    ]


def test_a_turn_has_its_language_and_a_mood(versions: LinearVersions, models: Path) -> None:
    hearing = LinearVersions(MiniLM(models), models, languages=Py3Langid())
    hearing.warm()
    glad = hearing.understand("v1", "thank you so much, that is wonderful")
    angry = hearing.understand("v1", "das ist eine Frechheit, ich habe die Nase voll von Ihnen", locale="de-DE")
    assert (glad.language, angry.language) == ("en", "de")
    assert glad.language_confidence is not None
    assert (glad.sentiment or 0) > 0.25 > -0.25 > (angry.sentiment or 0)
    assert (angry.anger or 0) > 0.5 > (glad.anger or 1)
    assert hearing.understand("v1", "das ist mein Konto", among=("en", "fr")).language in ("en", "fr", None)
    assert hearing.understand("v1", "no").language is None  # of many languages
    assert versions.understand("v1", "what is my balance").language is None  # nobody there to say


def test_the_nearest_examples_are_the_reason(versions: LinearVersions) -> None:
    nearest = versions.understand("v1", "please tell me what my balance is").nearest
    assert len(nearest) == 3
    assert nearest[0].text in ("tell me my balance", "what is my balance", "check my balance")
    assert [near.similarity for near in nearest] == sorted((near.similarity for near in nearest), reverse=True)
    assert {near.intent for near in nearest} == {"balance"}


def test_the_same_is_not_trained_twice_and_something_else_is(versions: LinearVersions) -> None:
    assert not versions.train("v1", INTENTS, OPTIONS)
    assert versions.train("v1", {**INTENTS, "greet": ["hello", "hi", "good morning"]}, OPTIONS)
    assert versions.understand("v1", "good morning").intent == "greet"


def test_another_process_reads_what_was_trained(versions: LinearVersions, models: Path) -> None:
    other = LinearVersions(MiniLM(models), models)
    assert other.understand("v1", "my card was stolen").intent == "card_block"
    with pytest.raises(Unknown):
        other.understand("v2", "my card was stolen")


def test_a_damaged_head_counts_as_never_trained(versions: LinearVersions, models: Path) -> None:
    versions.train("damaged", INTENTS, OPTIONS)
    (models / "understanding" / "damaged" / "head.npz").write_bytes(b"PK not a zip")
    other = LinearVersions(MiniLM(models), models)
    with pytest.raises(Unknown):
        other.understand("damaged", "hello")
    assert other.train("damaged", INTENTS, OPTIONS)
    assert other.understand("damaged", "goodbye").intent == "goodbye"


def test_no_pickle_is_written_or_read(versions: LinearVersions, models: Path) -> None:
    folder = models / "understanding" / "v1"
    assert {file.name for file in folder.iterdir()} == {"head.npz", "head.json", "entities.json"}
    json.loads((folder / "head.json").read_text("utf-8"))


def test_a_single_intent_is_enough(versions: LinearVersions) -> None:
    versions.train("one", {"balance": INTENTS["balance"]}, {})
    assert versions.understand("one", "what is my balance").intent == "balance"
    assert versions.understand("one", "tell me a joke").intent is None


def test_orders_that_cannot_be_trained(versions: LinearVersions) -> None:
    with pytest.raises(Invalid):
        versions.train("empty", {}, {})
    with pytest.raises(Invalid):
        versions.train("empty", {"balance": []}, {})
    with pytest.raises(Invalid):
        versions.train("../up", INTENTS, {})


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path, models: Path) -> None:
    (tmp_path / "understanding").write_text("in the way")
    versions = LinearVersions(MiniLM(models), models)
    versions._models = tmp_path
    with pytest.raises(Unavailable):
        versions.train("v1", INTENTS, OPTIONS)


def test_what_was_prepared_is_found_and_only_read(tmp_path: Path) -> None:
    prepared = tmp_path / "prepared"
    trained = LinearVersions(MiniLM(prepared), prepared)
    trained.train("v1", INTENTS, OPTIONS)
    before = sorted(prepared.rglob("*"))
    other = LinearVersions(MiniLM(tmp_path / "models", prepared=prepared), tmp_path / "models", prepared=prepared)
    assert not other.train("v1", INTENTS, OPTIONS)
    assert other.understand("v1", "i lost my card").intent == trained.understand("v1", "i lost my card").intent
    assert other.train("v2", {"greet": ["hello", "hi"]}, {})
    assert sorted(prepared.rglob("*")) == before
    assert [entry.name for entry in (tmp_path / "models" / "understanding").iterdir()] == ["v2"]
    assert [entry.name for entry in (tmp_path / "models").iterdir()] == ["understanding"]


OTHER_THINGS = (
    "wie wird das Wetter in Hamburg",
    "wann fährt der Zug nach München",
    "der Hund hat das Sofa zerkratzt",
    "buchen Sie mir einen Flug nach Rom",
    "wo finde ich die nächste Tankstelle",
)


def test_in_another_language_what_no_agent_is_for_is_learnt_in_that_language(versions: LinearVersions) -> None:
    intents = {
        "balance": [
            "wie ist mein Kontostand",
            "wie viel Geld habe ich",
            "Kontostand bitte",
            "was ist auf meinem Konto",
        ],
        "person": ["ich möchte mit einem Menschen sprechen", "einen Berater bitte", "verbinden Sie mich mit jemandem"],
    }
    versions.train("german", intents, {}, language="de-DE")
    versions.train("as_english", intents, {})
    assert versions.understand("german", "wie hoch ist denn mein Kontostand").intent == "balance"

    def refused(version: str) -> int:
        found = [versions.understand(version, text) for text in OTHER_THINGS]
        return sum(one.intent is None or one.confidence < 0.4 for one in found)

    assert refused("german") > len(OTHER_THINGS) / 2 > refused("as_english")


def test_what_is_trained_here_is_served_and_not_what_was_prepared_under_its_name(models: Path, tmp_path: Path) -> None:
    embedding = MiniLM(models)
    prepared = LinearVersions(embedding, tmp_path / "prepared")
    prepared.train("v9", INTENTS, OPTIONS)
    made = LinearVersions(embedding, tmp_path / "models", tmp_path / "prepared")
    assert made.train("v9", {f"new_{name}": said for name, said in INTENTS.items()}, OPTIONS)
    assert made.understand("v9", "what is my balance").intent == "new_balance"
