"""What a widget is called: after the agent that is deployed to it, as configured where nobody says."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.config import ChannelsConfig
from appliance.errors import Unavailable, Unknown
from services.gateway.agents import Agent, Deployments
from services.gateway.opening import Opening


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


BANKING = Agent(name="banking", title="Banking")
SHOP = Agent(name="shop", title="Shop", deployments=Deployments(widgets=("demo",)))


@pytest.mark.parametrize(
    ("dialogue", "title"),
    [
        (Dialogue(BANKING, SHOP), "Shop"),
        (Dialogue(BANKING), "Banking"),
        (Dialogue(), "banking"),
        (Dialogue(down=True), "banking"),
    ],
)
async def test_a_widget_is_called_after_the_agent_deployed_to_it(dialogue: Any, title: str) -> None:
    unused: Any = None
    opening = Opening(dialogue, unused, unused, ChannelsConfig())
    assert await opening.title_at("demo", "banking") == title
