"""What understanding is asked about a turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.conversation.state import State
from services.dialogue.hearing import Hearing
from tests.fakes.house_bank import HOUSE_BANK
from tests.fakes.inference import FakeInference

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
