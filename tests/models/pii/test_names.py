"""Names, places and organisations, by the tagger that comes with the release."""

from __future__ import annotations

import pytest

from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.phrases import examples
from appliance.privacy.policy import POLICIES, Sink
from models.pii.names import ARTEFACT, Tagger, best_row, case_of, start_moves, tokens
from models.pii.presidio import Presidio


@pytest.fixture(scope="module")
def detector() -> Presidio:
    return Presidio()


def found(detector: Presidio, text: str, language: str = "en") -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.kind) for span in detector.detect(text, language)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("My name is Wanda Trzebiatowska.", [("Wanda Trzebiatowska", "PERSON")]),
        ("my name is maria lopez and i live in chicago", [("maria lopez", "PERSON"), ("chicago", "LOCATION")]),
        ("I work for Hartmann Logistik GmbH.", [("Hartmann Logistik GmbH", "ORGANIZATION")]),
        ("Ship it to 1180 Hillcrest Ave, Pasadena, CA 91106", [("1180 Hillcrest Ave, Pasadena, CA 91106", "ADDRESS")]),
        ("Ich wohne in der Lindenstraße 14, 50674 Köln", [("Lindenstraße 14, 50674 Köln", "ADDRESS")]),
        ("Will it work in Spain?", [("Spain", "COUNTRY")]),
        ("Mrs. Abernathy called", [("Mrs.", "TITLE"), ("Abernathy", "PERSON")]),
        ("born on March 5, 1984", [("March 5, 1984", "DATE")]),
    ],
)
def test_what_somebody_is_called_and_where(detector: Presidio, text: str, values: list[tuple[str, str]]) -> None:
    assert found(detector, text) == values


def test_a_number_beside_a_name_keeps_its_kind(detector: Presidio) -> None:
    kinds = dict((kind, value) for value, kind in found(detector, "this is Anna Berg 12345678 in Leeds"))
    assert kinds["CUSTOMER_NUMBER"] == "12345678"
    assert kinds["PERSON"] == "Anna Berg"


@pytest.mark.parametrize(
    "form", [str, str.capitalize, str.upper, lambda text: f"um {text} please", lambda text: f"{text}."]
)
def test_nothing_that_an_agent_understands_is_taken_out(detector: Presidio, form: object) -> None:
    assert callable(form)
    agents = [load_agent(path.parent).agent for path in sorted(TEMPLATES.glob("*/agent.yaml"))]
    assert agents
    for agent in agents:
        said = [text for texts in examples(agent).values() for text in texts]
        said += [way for entity in agent.entities.values() for ways in entity.options.values() for way in ways]
        for text in map(form, said):
            spans = POLICIES[Sink.CONVERSATION].taken(detector.detect(text, "en"))
            assert [(text[span.start : span.end], span.kind) for span in spans] == []


def test_names_are_not_remembered() -> None:
    tagger = Tagger.load()
    tagger.find("my name is Wanda Trzebiatowska and my number is 12345678")
    remembered = repr([*tagger._remembered, *tagger._kinds, tagger._features.__dict__["_at_hand"]])
    assert "name" in remembered
    assert "rzebiatowska" not in remembered.lower()
    assert "anda" not in remembered.lower()
    assert "12345678" not in remembered


def test_the_same_text_is_tagged_the_same_whatever_came_before() -> None:
    tagger, text = Tagger.load(), "Amadou Diallo works for Telefónica in Buenos Aires."
    first = tagger.find(text)
    tagger.find("something else of Buenos Aires")
    assert tagger.find(text) == first == Tagger.load().find(text)


def test_a_long_text_is_found_in_like_its_parts() -> None:
    sentence = "Please tell Margarethe Olsen in Rotterdam that the parcel has come. "
    one = [(item.start, item.end, item.kind) for item in Tagger.load().find(sentence)]
    many = [(item.start, item.end, item.kind) for item in Tagger.load().find(sentence * 60)]
    assert len(one) == 2
    assert many == [(at * len(sentence) + s, at * len(sentence) + e, kind) for at in range(60) for s, e, kind in one]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "🙂", "…", "'", "a" * 5000, "\u0301", "١٢٣"])
def test_odd_texts_are_taken(text: str) -> None:
    assert isinstance(Tagger.load().find(text), list)


def test_the_inside_of_a_name_follows_its_beginning() -> None:
    import numpy as np

    dice = np.random.default_rng(3)
    moves = start_moves()
    for _ in range(50):
        row = best_row(dice.normal(size=(9, moves.shape[1])).astype(np.float32), moves)
        for before, tag in zip([0, *row], row, strict=False):
            assert tag == 0 or tag % 2 == 1 or before in (tag - 1, tag)


def test_cases() -> None:
    assert [case_of(text) for text in ("My name", "my name", "MY NAME", "12")] == ["m", "s", "c", "s"]
    assert [token.text for token in tokens("O'Brien's 4B, x_y")] == ["O'Brien's", "4", "B", ",", "x", "_", "y"]


def test_the_artefact_is_small() -> None:
    assert ARTEFACT.stat().st_size < 5_000_000
