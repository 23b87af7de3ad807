"""What understanding is asked about a turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance import events as e
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.conversation.state import State
from appliance.privacy.sealing import heard_place
from services.dialogue.hearing import Heard, Hearing, in_its_language, locale_of
from tests.fakes.house_bank import HOUSE_BANK
from tests.fakes.inference import FakeInference
from tests.fakes.talk import OpenSealer

NOTHING: Any = None


@pytest.mark.parametrize(("locales", "among"), [(("en-US",), ()), (("en-US", "de-DE"), ("en-US", "de-DE"))])
async def test_only_an_agent_of_several_languages_has_them_told_apart(
    locales: tuple[str, ...], among: tuple[str, ...]
) -> None:
    version = replace(HOUSE_BANK, agent=replace(HOUSE_BANK.agent, locales=locales))
    inference: Any = FakeInference(version.agent)
    inference.trained.add(version.version)
    hearing = Hearing(NOTHING, NOTHING, inference, NOTHING)
    assert await hearing._understanding("when are you open", State("c1"), version) is not None
    assert inference.languages == among


BANKING = load_agent(TEMPLATES / "banking")


class Languages:
    """Understands nothing but which language a turn is in, and notes which head was asked."""

    def __init__(self, said: str | None) -> None:
        self.said = said
        self.asked: list[str] = []

    async def understand(self, version: str, *_: Any) -> e.Understanding:
        self.asked.append(version)
        return e.Understanding("balance", 0.9, language=self.said)


@pytest.mark.parametrize(
    ("locale", "said", "after", "heads"),
    [
        ("en-US", "de", "de-DE", [BANKING.version, f"{BANKING.version}-de-DE"]),
        ("de-DE", "en", "en-US", [f"{BANKING.version}-de-DE", BANKING.version]),
        ("de-CH", "de", None, [f"{BANKING.version}-de-DE"]),
        ("en-GB", None, None, [BANKING.version]),
        ("en-US", "fr", None, [BANKING.version]),
    ],
)
async def test_a_party_that_speaks_another_of_its_languages_is_understood_and_answered_in_that(
    locale: str, said: str | None, after: str | None, heads: list[str]
) -> None:
    inference: Any = Languages(said)
    hearing = Hearing(NOTHING, NOTHING, inference, NOTHING)
    state = replace(State("c1"), locale=locale, number=1)
    keys: Any = OpenSealer()
    given = e.Said(input_id="i1", conversation="c1", leg="leg1", modality=e.Modality.TEXT, text="")
    sealed = keys.seal_text(heard_place("i1"), "wie auch immer das hier heißt")
    before = BANKING.spoken(locale)
    heard = await hearing.understand(e.Stored(input=given, text=sealed), state, before, keys)
    assert inference.asked == heads
    heard, version = in_its_language(heard, state, before)
    assert heard.locale == after
    assert version.understood_as == heads[-1]


@pytest.mark.parametrize(("told", "kept"), [("de-AT", "de-AT"), ("en-US", "en-US"), ("fr-FR", "en-US")])
def test_a_conversation_begins_in_the_language_its_channel_tells_where_the_agent_has_it(told: str, kept: str) -> None:
    start = e.Start(input_id="i1", conversation="c1", leg="leg1", channel=e.Channel.CHAT, agent="banking", locale=told)
    message, state = e.Stored(input=start), State("c1")
    version = BANKING.spoken(locale_of(state, message))
    heard, version = in_its_language(Heard(message), state, version)
    assert heard.locale == kept
    assert version.agent.locales[0].partition("-")[0] == kept.partition("-")[0]
