"""What a widget is called: after the agent that is deployed to it, as configured where nobody says."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.config import ChannelsConfig
from appliance.errors import Unavailable, Unknown
from services.gateway.agents import Agent, Deployments
from services.gateway.opening import Met, Opening


class Dialogue:
    def __init__(self, *agents: Agent, down: bool = False) -> None:
        self.known = agents
        self.down = down

    async def agents(self) -> tuple[Agent, ...]:
        if self.down:
            raise Unavailable("down")
        return self.known

    async def agent(self, name: str) -> Agent:
        found = [agent for agent in await self.agents() if agent.name == name]
        if not found:
            raise Unknown("There is no such agent.")
        return found[0]


BANKING = Agent(name="banking", title="Banking", deployments=Deployments(numbers=("1000",)))
SHOP = Agent(name="shop", title="Shop", deployments=Deployments(numbers=("1001", "1002"), widgets=("demo",)))
ELSEWHERE = Agent(name="shop", title="Shop", deployments=Deployments(widgets=("demo",)))
SILENT = Agent(name="banking", title="Banking")


@pytest.mark.parametrize(
    ("dialogue", "met"),
    [
        (Dialogue(BANKING, SHOP), Met("Shop", "1001")),
        (Dialogue(BANKING, ELSEWHERE), Met("Shop", None)),
        (Dialogue(BANKING), Met("Banking", "1000")),
        (Dialogue(SILENT), Met("Banking", "1005")),
        (Dialogue(), Met("banking", "1005")),
        (Dialogue(down=True), Met("banking", "1005")),
    ],
)
async def test_a_widget_shows_the_agent_deployed_to_it_and_its_number(dialogue: Any, met: Met) -> None:
    unused: Any = None
    opening = Opening(dialogue, unused, unused, ChannelsConfig(numbers={"1005": "banking"}))
    assert await opening.met_at("demo", "banking") == met
