"""Names, places and organisations, by the tagger that comes with the release."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.phrases import examples
from appliance.privacy.policy import POLICIES, Sink
from models.pii.features import CAPITALS, MIXED, SMALL, WIDTH, cases, look
from models.pii.names import ARTEFACT, REACH, Tagger, best_tags, by_byte, looked_at, start_moves
from models.pii.presidio import Presidio
from models.pii.reading import LONGEST, read, word_hash


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
        ("Professor Lindqvist is away", [("Professor", "TITLE"), ("Lindqvist", "PERSON")]),
        ("I have a complaint about Kessler & Braun.", [("Kessler & Braun", "ORGANIZATION")]),
        ("Preston called from Preston.", [("Preston", "PERSON"), ("Preston", "LOCATION")]),
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


def test_nothing_is_kept_from_one_text_to_the_next() -> None:
    tagger = Tagger.load()
    before = {name: repr(value) for name, value in vars(tagger).items()}
    tagger.find("my name is Wanda Trzebiatowska and my number is 12345678")
    assert {name: repr(value) for name, value in vars(tagger).items()} == before


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
    dice = np.random.default_rng(3)
    moves = start_moves()
    for _ in range(50):
        tags = best_tags(dice.normal(size=(9, moves.shape[1])).astype(np.float32), moves).tolist()
        for before, tag in zip([0, *tags], tags, strict=False):
            assert tag == 0 or tag % 2 == 1 or before in (tag - 1, tag)


def test_the_best_tags_are_those_of_all_that_are_possible() -> None:
    import itertools

    dice = np.random.default_rng(5)
    for _ in range(5):
        moves = dice.normal(size=(4, 4)).astype(np.float32)
        scores = dice.normal(size=(5, 4)).astype(np.float32)

        def worth(tags: tuple[int, ...], scores: np.ndarray = scores, moves: np.ndarray = moves) -> float:
            whole = (0, *tags, 0)
            steps = sum(float(moves[one, two]) for one, two in itertools.pairwise(whole))
            return steps + sum(float(scores[at, tag]) for at, tag in enumerate(tags))

        best = max(itertools.product(range(4), repeat=5), key=worth)
        assert tuple(best_tags(scores, moves).tolist()) == best


def test_a_text_is_read_as_tokens_in_folded_letters() -> None:
    text = "O'Brien's 4B, x_y\nZoë"
    reading = read(text)
    assert [text[start:end] for start, end in zip(reading.starts, reading.whole_ends, strict=True)] == [
        "O'Brien's", "4", "B", ",", "x", "_", "y", "\n", "Zoë",
    ]  # fmt: skip
    hashes = reading.hashed(reading.starts, reading.ends)
    assert hashes[0] == word_hash(["o'brien"])[0]
    assert hashes[-1] == word_hash(["zoe"])[0]
    assert len(set(hashes.tolist())) == len(hashes)


def test_capitals_are_judged_by_the_line() -> None:
    lines = "My name\nmy name\nMY NAME\n12"
    assert [int(case) for case in cases(read(lines))][::3] == [MIXED, SMALL, CAPITALS, SMALL]


def test_a_text_longer_than_is_read_at_once_loses_nothing() -> None:
    words = "Please tell Margarethe Olsen that it has come " * (2 * LONGEST // 40)
    assert len(Tagger.load().find(words)) >= 2 * LONGEST // 40 - 3


def test_a_token_is_worth_the_same_wherever_its_neighbours_are_the_same() -> None:
    """What stands farther than the layers look does not count, nor how long a text is."""
    tagger = Tagger.load()
    middle = "and then she told Margarethe Olsen in Rotterdam that it is so"

    def inner(text: str) -> list[list[float]]:
        reading = read(text)
        scores = tagger.scores(look(reading, tagger.lists))
        begin = int(np.searchsorted(reading.starts, text.index(middle)))
        count = len(read(middle))
        return [row.tolist() for row in scores[begin + REACH : begin + count - REACH]]

    short, long = f"yes {middle} now", f"yes it may be so, {middle} now and ever after"
    assert np.allclose(inner(short), inner(long), atol=1e-4)


@pytest.mark.parametrize("count", [1, 31, 36, 64, 100])
def test_what_stands_around_a_row_is_weighed_by_place(count: int) -> None:
    dice = np.random.default_rng(1)
    rows, weights = (dice.normal(size=size).astype(np.float32) for size in ((count + 4, 3), (9, 2)))
    expected = [np.concatenate([rows[at], rows[at + 2], rows[at + 4]]) @ weights for at in range(count)]
    assert np.allclose(looked_at(rows, weights, (0, 2, 4))[:count], expected, atol=1e-5)


def test_eight_flags_are_worth_what_each_is_worth() -> None:
    flags = np.random.default_rng(2).normal(size=(WIDTH, 3)).astype(np.float32)
    bits = 0b1000000100000001
    expected = flags[0] + flags[8] + flags[15]
    tables = by_byte(flags)
    assert np.allclose(sum(tables[at][bits >> 8 * at & 255] for at in range(4)), expected, atol=1e-5)


def test_the_artefact_is_small() -> None:
    assert ARTEFACT.stat().st_size < 5_000_000
