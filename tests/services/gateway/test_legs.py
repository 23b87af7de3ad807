"""A leg leaves when its last connection stays away, and not before."""

from __future__ import annotations

import asyncio
from typing import Any

from appliance import events as e
from services.gateway.background import Background
from services.gateway.legs import Legs


class Dialogue:
    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def accept(self, given: Any) -> e.Accepted:
        self.taken.append(given)
        return e.Accepted(given.input_id, given.conversation)


def made() -> tuple[Dialogue, Legs]:
    dialogue: Any = Dialogue()
    return dialogue, Legs(dialogue, Background(), away_s=0.05)


async def test_it_leaves_once_it_stays_away() -> None:
    dialogue, legs = made()
    legs.arrive("c", "l")
    legs.depart("c", "l", over=False)
    assert dialogue.taken == []
    await asyncio.sleep(0.15)
    assert [(given.conversation, given.leg, given.reason, given.ends) for given in dialogue.taken] == [
        ("c", "l", "closed", False)
    ]


async def test_it_stays_when_it_comes_back_or_has_another_tab() -> None:
    dialogue, legs = made()
    legs.arrive("c", "l")
    legs.arrive("c", "l")
    legs.depart("c", "l", over=False)
    await asyncio.sleep(0.1)
    legs.depart("c", "l", over=False)
    legs.arrive("c", "l")
    await asyncio.sleep(0.1)
    assert dialogue.taken == []
    assert len(legs) == 1


async def test_of_a_conversation_that_is_over_nobody_is_told() -> None:
    dialogue, legs = made()
    legs.arrive("c", "l")
    legs.depart("c", "l", over=True)
    legs.arrive("d", "l")
    legs.depart("d", "l", over=False)
    legs.close()
    await asyncio.sleep(0.1)
    assert dialogue.taken == []
    assert len(legs) == 0
