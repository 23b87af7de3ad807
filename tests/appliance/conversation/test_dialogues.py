"""Two hundred scripted conversations, understood without mistakes: what is left is the engine's own doing."""

from __future__ import annotations

import pytest

from tests.fakes.dialogues import dialogues, given, play
from tests.fakes.house_bank import HOUSE_BANK


@pytest.mark.parametrize("name", ["tuning", "kept_out"])
def test_tasks_succeed_and_digressions_return(name: str) -> None:
    scripts = dialogues(name)
    assert len(scripts) == 100
    played = [play(one, lambda *said: given(HOUSE_BANK.agent, *said)) for one in scripts]
    failed = {one.name: one.missed + one.surprises for one in played if one.missed or one.surprises}
    assert sum(one.succeeded for one in played) >= 95, failed
    digressions = sum(one.digressions for one in played)
    assert digressions >= 15
    assert sum(one.returns for one in played) >= 0.95 * digressions, failed
