"""The register of processing: where which agent answers, from what the box does now."""

from __future__ import annotations

from typing import Any

from appliance.config import ChannelsConfig, Config
from services.scribe.register import register_of

CONFIG = Config(channels=ChannelsConfig(numbers={"1000": "banking"}))


def points(register: dict[str, Any]) -> dict[str, list[str]]:
    return {row["agent"]: row["entry_points"] for row in register["processing"]}


def test_it_names_what_is_deployed_and_not_what_was_configured() -> None:
    deployed = {"shop": {"numbers": ["1000", "1001"], "widgets": ["demo"]}, "banking": {"numbers": [], "widgets": []}}
    register = register_of(CONFIG, deployed)
    assert points(register) == {"shop": ["number 1000", "number 1001", "widget demo"]}
    assert register["entry_points_as_of"] == "deployments"


def test_where_dialogue_does_not_say_it_is_the_configuration_and_says_so() -> None:
    register = register_of(CONFIG)
    assert "number 1000" in points(register)["banking"]
    assert register["entry_points_as_of"] == "configuration"
