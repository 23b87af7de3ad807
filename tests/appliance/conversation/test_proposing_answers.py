"""An answer from passages: taken where every sentence is carried by the passage it cites, else quoted."""

from __future__ import annotations

import json

import pytest

from appliance.conversation import proposing_answers as answers
from appliance.conversation.proposing_answers import Composed, Source, carried

FEES = Source(
    "p1",
    "Fees, Transfers",
    "A wire abroad costs 12 dollars, and a wire within the country costs 3 dollars. "
    "Premium customers do not pay for wires. A card is replaced free of charge if it was stolen.",
)
HOURS = Source("p2", "Opening hours", "Our branches are open from 9 to 17 on weekdays. They are closed on Sundays.")


def said(*sentences: tuple[str, str]) -> str:
    return json.dumps({"sentences": [{"passage": number, "text": text} for number, text in sentences]})


def test_sentences_that_passages_carry() -> None:
    found = answers.read(
        said(("1", "Premium customers do not pay for wires."), ("2", "Branches are open from 9 to 17 on weekdays.")),
        (FEES, HOURS),
        "en",
    )
    assert found == Composed(
        "Premium customers do not pay for wires. Branches are open from 9 to 17 on weekdays.",
        "Fees, Transfers; Opening hours",
        ("p1", "p2"),
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "The wire abroad costs 12 dollars; a wire within our country costs 3 dollars.",
        "Our branches are open from 9 to 17 on weekdays.",
        "They are closed on Sundays.",
    ],
)
def test_carried(sentence: str) -> None:
    assert any(carried(sentence, one.text, "en") for one in (FEES, HOURS))


@pytest.mark.parametrize(
    "sentence",
    [
        "A wire abroad costs 3 dollars.",
        "A wire abroad costs 12 dollars.",  # half of what the sentence says
        "A wire within the country costs 12 dollars, abroad 3 dollars.",
        "Premium customers pay for wires.",
        "Customers do not pay for wires.",
        "A wire within the country costs 3 dollars.",
        "A card is replaced free of charge.",
        "A card is replaced free of charge if it was lost.",
        "Our branches are open on Sundays.",
        "They are not closed on Sundays.",
        "Our branches are open from 9 to 17 on weekdays and Sundays.",
        "Call 0900 555.",
        "",
    ],
)
def test_not_carried(sentence: str) -> None:
    assert not any(carried(sentence, one.text, "en") for one in (FEES, HOURS))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{}",
        '{"sentences": []}',
        '{"sentences": [{"passage": "1"}]}',
        '{"sentences": [{"passage": 1, "text": "They are closed on Sundays."}]}',
        said(("2", "Premium customers do not pay for wires.")),  # another passage's
        said(("3", "They are closed on Sundays.")),
        said(("2", "They are closed on Sundays. Call 0900 555.")),
        said(("2", "They are closed on Sundays."), ("1", "Wires are free.")),
        said(("2", "They are closed on Sundays."), ("2", "They are closed on Sundays.")),
        said(("2", "They are <NUMBER_1> closed on Sundays.")),
        said(("2", "They are closed on Sundays")),
        said(*[("2", "They are closed on Sundays.")] * 5),
    ],
)
def test_an_answer_that_is_not_carried_whole_is_none(answer: str) -> None:
    assert answers.read(answer, (FEES, HOURS), "en") is None


def test_german_and_spanish_too() -> None:
    assert carried("Karten sind bei uns nicht kostenlos.", "Die Karten sind bei uns nicht kostenlos.", "de")
    assert not carried("Karten sind kostenlos.", "Karten sind nicht kostenlos.", "de")
    assert not carried("Las tarjetas son gratis.", "Las tarjetas nunca son gratis.", "es")


def test_a_schema_names_the_passages_there_are() -> None:
    schema = json.loads(answers.shape((FEES,)).schema or "")
    assert schema["properties"]["sentences"]["items"]["properties"]["passage"] == {"enum": ["1"]}
