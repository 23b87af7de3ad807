"""One agent in several languages: the words change, names and rules do not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from appliance.agents.builtins import written
from appliance.agents.linting import lint
from appliance.agents.loading import TEMPLATES, AgentMistakes, Version, load_agent, stored_version
from appliance.agents.localising import nearest, settled, untranslated
from appliance.agents.phrases import lesson
from appliance.conversation.drafting import expectation
from appliance.conversation.urgency import in_words
from tests.fakes.talk import Talk

BANKING = load_agent(TEMPLATES / "banking")
GERMAN = "banking/locales/de-DE.yaml"


def changed(folder: Path, old: str, new: str) -> Version:
    copy = folder / "banking"
    shutil.copytree(TEMPLATES / "banking", copy)
    file = copy / "locales" / "de-DE.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return load_agent(copy)


def test_a_translation_changes_what_is_said_and_nothing_else() -> None:
    english, german = BANKING.agent, BANKING.spoken("de-AT").agent
    assert german.greeting == "Willkommen bei der {{ agent }}. Wie kann ich Ihnen helfen?"
    assert german.locales == ("de-DE",)
    assert german.flows.keys() == english.flows.keys()
    for name, flow in english.flows.items():
        assert [step.name for step in german.flows[name].steps] == [step.name for step in flow.steps]
    assert (german.connectors, german.slots, german.policies) == (english.connectors, english.slots, english.policies)
    assert german.entities["account"].options.keys() == english.entities["account"].options.keys()
    assert "ja" in german.entities["yes_no"].options["yes"]
    assert "yes" not in german.entities["yes_no"].options["yes"]
    assert "wie ist mein Kontostand" in german.intents["balance"].examples


def test_the_definitions_own_words_hold_nothing_of_a_translation() -> None:
    said = [example for intent in BANKING.agent.intents.values() for example in intent.examples]
    assert not any("Kontostand" in example for example in said)
    assert "ja" not in BANKING.agent.entities["yes_no"].options["yes"]


def test_each_language_is_learnt_by_itself_and_is_the_same_version() -> None:
    english, german = BANKING.translated
    assert english.understood_as == BANKING.version
    assert german.understood_as == f"{BANKING.version}-de-DE"
    assert german.version == english.version
    assert lesson(german.agent)[2] == "de-DE"
    assert german.spoken("en-US") == english
    assert stored_version(BANKING.version, BANKING.content).spoken("de-DE") == german


@pytest.mark.parametrize(
    ("given", "near", "kept"),
    [
        ("de-DE", "de-DE", "de-DE"),
        ("de-CH", "de-DE", "de-CH"),
        ("en-GB", "en-US", "en-GB"),
        ("fr-FR", "en-US", "en-US"),
        ("", "en-US", "en-US"),
    ],
)
def test_a_party_is_answered_in_its_language_or_the_agents_first(given: str, near: str, kept: str) -> None:
    assert nearest(BANKING.agent, given) == near
    assert settled(BANKING.agent, given) == kept


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("    title: Kredite\n    offer", "    titel: Kredite\n    offer", "loan.titel", "no such key"),
        ("      opened: {say:", "      openned: {say:", "dispute.steps.openned", 'there is no step "openned"'),
        ("{{ balance }}.", "{{ balence }}.", "tell.say", 'uses "balence"'),
        ("anything_else: Kann", "anything_els: Kann", "texts.anything_els", "there is no text"),
        ("  anything_else: Kann", "  resume_: Kann", "texts.resume_", "there is no text"),
        (
            '      say_1: {say: "Guten Tag!"}',
            "      say_1: {confirm: Guten Tag!}",
            "say_1.confirm",
            "is no key of the step",
        ),
        ("      - Kontostand bitte", "      - danke", "examples", "is an example of"),
        ("checking: [Girokonto, Giro, Konto", "cheking: [Girokonto, Giro, Konto", "options.cheking", "no option"),
    ],
)
def test_a_mistake_in_a_translation_is_named_where_it_is(
    tmp_path: Path, old: str, new: str, place: str, problem: str
) -> None:
    with pytest.raises(AgentMistakes) as wrong:
        changed(tmp_path, old, new)
    said = str(wrong.value)
    assert said.startswith(f"{GERMAN}:")
    assert place in said
    assert problem in said


def test_a_translation_is_of_one_of_the_agents_locales(tmp_path: Path) -> None:
    copy = tmp_path / "banking"
    shutil.copytree(TEMPLATES / "banking", copy)
    (copy / "locales" / "de-DE.yaml").rename(copy / "locales" / "fr-FR.yaml")
    with pytest.raises(AgentMistakes, match="not among the agent's locales"):
        load_agent(copy)


def test_another_word_in_a_translation_is_another_version(tmp_path: Path) -> None:
    assert changed(tmp_path, "Guten Tag!", "Grüezi!").version != BANKING.version


def test_a_reply_names_the_language_and_the_voice_it_is_spoken_in() -> None:
    german = Talk(BANKING.spoken("de-DE").agent)
    german.start()
    reply = german.state.reply
    assert reply is not None
    assert (reply.expectation.language, reply.expectation.voice) == ("de", None)
    english = Talk(BANKING.agent)
    english.start()
    assert english.state.reply is not None
    assert english.state.reply.expectation == expectation(english.state, BANKING.agent)


def test_what_is_not_translated_is_named(tmp_path: Path) -> None:
    assert not list(untranslated(written(BANKING.agent)))
    left = changed(tmp_path, '    steps:\n      say_1: {say: "Gern geschehen."}', "    steps: {}")
    found = list(untranslated(written(left.agent)))
    assert found == [(("translations", "de-DE"), "flows.thanks.steps.say_1.say is not translated and stays in en-US")]


PRACTICE = "patient_front_desk"
URGENT = """
intents:
  emergency:
    urgent:
      words: [keine Luft, "Herzinfarkt", Übelkeit]
      unless: [keine Luftpumpe]
"""


def practice(folder: Path, german: str) -> Path:
    copy = folder / PRACTICE
    shutil.copytree(TEMPLATES / PRACTICE, copy, ignore=shutil.ignore_patterns("scenarios", "knowledge"))
    definition = (copy / "agent.yaml").read_text("utf-8")
    (copy / "agent.yaml").write_text(definition.replace("locales: [en-US]", "locales: [en-US, de-DE]", 1), "utf-8")
    (copy / "locales").mkdir()
    (copy / "locales" / "de-DE.yaml").write_text(german, "utf-8")
    return copy


def test_a_translation_has_urgent_words_of_its_own(tmp_path: Path) -> None:
    version = load_agent(practice(tmp_path, URGENT))
    german = version.spoken("de-DE")
    assert german.whole == version.agent
    emergency = version.agent.intents["emergency"]
    assert german.agent.intents["emergency"].urgent == emergency.urgent
    for spoken in (version, german):
        for text in ("ich bekomme keine Luft", "I cannot breathe"):
            found = in_words(spoken.whole, text)
            assert found is not None
            assert found.intent == "emergency"
        assert in_words(spoken.whole, "ich habe keine Luftpumpe") is None
    assert stored_version(version.version, version.content) == version


@pytest.mark.parametrize(
    ("german", "said"),
    [
        (URGENT.replace("emergency", "book", 1), "is for an intent that is urgent in the definition itself"),
        (URGENT.replace('"Herzinfarkt"', '".. Luft"'), "urgent.words[2]: is no phrase of words"),
        (URGENT.replace("keine Luftpumpe", "keine (Luft"), "urgent.unless[1]: is no phrase of words"),
        (URGENT.replace("unless:", "at:"), "at: there is no such key"),
    ],
)
def test_mistakes_in_urgent_words_of_a_translation_are_named(tmp_path: Path, german: str, said: str) -> None:
    with pytest.raises(AgentMistakes) as caught:
        load_agent(practice(tmp_path, german))
    assert said in caught.value.title, caught.value.title


def test_a_language_without_urgent_words_is_remarked(tmp_path: Path) -> None:
    lacking = [str(one) for one in lint(practice(tmp_path, URGENT)) if ".urgent" in one.problem]
    assert len(lacking) == 1
    assert "intents.crisis.urgent has no words in de-DE" in lacking[0]
    assert not [one for one in lint(TEMPLATES / PRACTICE) if ".urgent" in one.problem]
