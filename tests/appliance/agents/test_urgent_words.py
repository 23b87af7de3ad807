"""Phrases of urgent words: what they fit, and what an agent with them has to look like."""

from __future__ import annotations

import pytest

from appliance.agents.document import files_of
from appliance.agents.loading import TEMPLATES, AgentMistakes, read_agent
from appliance.agents.urgent_words import NotAPhrase, found_in, parsed

PAIN = ("chest ..3 pain|hurt*", "cant|cannot breath*", "=dying", "pass* out all? night?")


@pytest.mark.parametrize(
    "text",
    [
        "I have CHEST PAIN!",
        "my chest, it really hurts",
        "chest hurting",
        "my chets hurts",
        "my chesst hurts",
        "I can’t breathe",
        "i cant breath",
        "I am dying",
        "heeeelp my cheeeest hurrrrts",
        "I passed out",
    ],
)
def test_what_a_phrase_fits(text: str) -> None:
    phrases = (*PAIN[:3], "pass* out")
    assert found_in(text, phrases) is not None


@pytest.mark.parametrize(
    "text", ["my chest", "I am doing well", "chest x ray and a lot of other pain", "pain chest", "west pain", ""]
)
def test_what_it_does_not_fit(text: str) -> None:
    assert found_in(text, PAIN[:3]) is None


def test_an_exception_is_taken_out_and_the_rest_still_counts() -> None:
    unless = ("no chest pain", "dying to know")
    assert found_in("I have no chest pain", PAIN[:3], unless) is None
    assert found_in("I have no chest pain but I cannot breathe", PAIN[:3], unless) == "cant|cannot breath*"
    assert found_in("no chets pain", PAIN[:3], unless) is not None, "what is doubtful is urgent"
    assert found_in("no <NAME_1> pain, but my chest hurts", PAIN[:3], unless) is not None
    assert found_in("chest pain in <DATE_1>", PAIN[:3], ("chest pain in 19*|20*",)) is None
    assert found_in("my chest <NAME_1> pain", PAIN[:3]) is None, "nothing reaches over a reference"


@pytest.mark.parametrize("phrase", ["", "..", "?", "chest ..", ".. pain", "all? pain", "chest pain!", "a||b"])
def test_what_is_no_phrase(phrase: str) -> None:
    with pytest.raises(NotAPhrase):
        parsed(phrase)


def _banking(urgent: str, steps: str) -> dict[str, str]:
    more = (
        "intents:\n  danger:\n    title: Danger\n    starts: danger\n    examples: [danger]\n"
        f"    urgent: {urgent}\nflows:\n  danger:\n    title: Danger\n    steps: {steps}\n"
    )
    return files_of(TEMPLATES / "banking") | {"banking/danger.yaml": more}


SAFE = "[{say: Dial 911.}, {transfer: person, say: One moment.}]"


def test_an_urgent_intent_leads_to_a_person_and_asks_nothing() -> None:
    assert read_agent(_banking("{words: [fire]}", SAFE)).agent.intents["danger"].urgent is not None
    for steps, problem in [
        (
            "[{ask: account, text: Which one}, {transfer: person, say: One moment.}]",
            "nothing may stand before a person",
        ),
        ("[{say: Dial 911.}]", "ends with a person"),
    ]:
        with pytest.raises(AgentMistakes, match=problem):
            read_agent(_banking("{words: [fire]}", steps))
    with pytest.raises(
        AgentMistakes, match=r"banking/danger.yaml:6:\d+: intents.danger.urgent.unless\[1\]: .*no phrase"
    ):
        read_agent(_banking("{words: [fire], unless: [camp fire!]}", SAFE))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("Schmerzen ..2 Brust", "ich habe schmerzen in der Brust"),
        ("Übelkeit", "mir ist ubelkeit"),
        ("heiß|weiß", "es ist HEISS"),
        ("me muero", "¡Me muero!"),
        ("pożar", "pozar"),
        ("пожар*", "здесь Пожары"),
    ],
)
def test_words_of_other_languages_fit_with_and_without_their_marks(phrase: str, text: str) -> None:
    assert found_in(text, (phrase,)) == phrase
