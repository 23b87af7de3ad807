"""Urgent words are heard before they are redacted, where they cannot be redacted, and without any model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance import events as e
from appliance.agents import definition as d
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.conversation.state import State
from appliance.errors import RedactionFailed, Unavailable
from appliance.privacy.sealing import heard_place
from services.dialogue.hearing import Hearing
from services.dialogue.redaction import Parties, redact, urgently
from tests.fakes.keys import keys_of

BANKING = load_agent(TEMPLATES / "banking")
DANGER = d.Intent(title="Danger", starts="person", examples=("danger",), urgent=d.Urgent(words=("fire",)))
AGENT = replace(BANKING.agent, intents={**BANKING.agent.intents, "danger": DANGER})
VERSION = replace(BANKING, agent=AGENT)
NOTHING: Any = None


def said(text: str) -> e.Said:
    return e.Said(input_id="input1", conversation="c1", leg="leg1", modality=e.Modality.TEXT, text=text)


async def kept(text: str, agent: d.Agent | None = AGENT) -> e.Stored:
    """Of a detector that takes every word for a name."""
    return e.Stored(input=replace(said(text), text=""), text=keys_of("c1").seal_text(heard_place("input1"), "<NAME_1>"))


async def test_a_word_that_is_taken_for_a_name_is_not_missed() -> None:
    stored = await urgently(said("Fire"), AGENT, kept("Fire"))
    assert stored.urgent == "danger"
    assert e.INBOX.validate_json(e.INBOX.dump_json(stored)) == stored
    assert (await urgently(said("balance"), AGENT, kept("balance"))).urgent is None
    assert (await urgently(said("Fire"), None, kept("Fire"))).urgent is None


class Down:
    async def detect(self, *_: Any, **__: Any) -> Any:
        raise Unavailable("No inference answers.")


async def test_where_nothing_can_be_redacted_what_is_urgent_goes_on_without_its_words() -> None:
    inference: Any = Down()

    def redacting(text: str) -> Any:
        return redact(said(text), State("c1"), keys_of("c1"), Parties(keys_of("box")), inference)

    stored = await urgently(said("there is a fire at 12 Main Street"), AGENT, redacting("there is a fire"))
    assert (stored.urgent, stored.text, stored.references, stored.input) == ("danger", None, (), said(""))
    with pytest.raises(RedactionFailed):
        await urgently(said("what is my balance"), AGENT, redacting("what is my balance"))


@pytest.mark.parametrize("unreadable", [None, "a later release"])
async def test_no_model_is_asked_about_it(unreadable: str | None) -> None:
    hearing = Hearing(NOTHING, NOTHING, NOTHING, NOTHING)
    keys = keys_of("c1")
    state = replace(State("c1"), unreadable=unreadable)
    wordless = e.Stored(input=said(""), urgent="danger")
    redacted = e.Stored(input=said(""), text=keys.seal_text(heard_place("input1"), "there is a fire"))
    for message in (wordless, redacted):
        heard = await hearing.understand(message, state, VERSION, keys)
        assert heard.understanding is not None
        assert (heard.understanding.intent, heard.understanding.urgent) == ("danger", True)
    other = await hearing.understand(replace(wordless, urgent="no_such_intent"), state, VERSION, keys)
    assert other.understanding is None
