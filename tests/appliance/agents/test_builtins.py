"""What every agent understands anywhere is added in use, never stored, and gives way to what its author wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.agents import definition as d
from appliance.agents.builtins import YES_NO, completed, written
from appliance.agents.loading import TEMPLATES, load_agent, stored_version, version_of
from appliance.agents.phrases import phrases
from tests.fakes.house_bank import HOUSE_BANK

BANKING = load_agent(TEMPLATES / "banking")


def test_banking_keeps_its_own_and_gains_the_rest() -> None:
    agent = BANKING.agent
    does = {intent.does for intent in agent.intents.values()} - {None}
    assert does == {"repeat", "cancel", "slower", "back"}
    assert agent.intents["help"].starts == "help"
    assert agent.intents["person"].starts == "person"
    assert YES_NO in agent.entities


def test_nothing_of_it_is_in_the_version() -> None:
    assert b"slower" not in BANKING.content
    assert b"yes_no" not in HOUSE_BANK.content
    for version in (BANKING, HOUSE_BANK):
        assert stored_version(version.version, version.content).agent == version.agent
        assert version_of(version.agent) == version
        assert completed(written(version.agent)) == version.agent == completed(version.agent)


def test_no_example_stands_twice() -> None:
    said = [" ".join(example.lower().split()) for one in BANKING.agent.intents.values() for example in one.examples]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("locale", "yes", "help_"), [("de-DE", "ja", "Sie können sagen"), ("es-ES", "sí", "Puede decir")]
)
def test_it_speaks_the_agents_language(locale: str, yes: str, help_: str) -> None:
    agent = completed(replace(written(HOUSE_BANK.agent), locales=(locale,)))
    assert yes in agent.entities[YES_NO].options["yes"]
    assert agent.texts.help.startswith(help_)
    assert "yes" not in agent.entities[YES_NO].options["yes"]


def test_several_languages_at_once() -> None:
    agent = completed(replace(written(HOUSE_BANK.agent), locales=("en-US", "de-DE")))
    assert {"yes", "ja"} <= set(agent.entities[YES_NO].options["yes"])
    assert "langsamer bitte" in agent.intents["slower"].examples
    assert agent.texts.help.startswith("You can say")


def test_a_language_without_any_is_left_as_it_is() -> None:
    bare = replace(written(BANKING.agent), locales=("sv-SE",))
    assert completed(bare) == bare


def test_an_agents_own_words_stand() -> None:
    texts = replace(HOUSE_BANK.agent.texts, slower="Slowly then.")
    own = d.Intent(title="Slow", does="slower", examples=("andante",))
    bare = written(HOUSE_BANK.agent)
    agent = completed(replace(bare, texts=texts, intents={**bare.intents, "andante": own}))
    assert agent.texts.slower == "Slowly then."
    assert [intent for intent in agent.intents.values() if intent.does == "slower"] == [own]


def test_the_recogniser_is_told_of_yes_and_no() -> None:
    assert phrases(HOUSE_BANK.agent, "transfer/sure")[:2] == ("yes", "yes please")
    assert "the blue one" in phrases(HOUSE_BANK.agent, "block/ask_1")
