from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appliance.config import RetentionConfig
from appliance.privacy.retention import Ended, Held, days_kept, over

NOW = datetime(2026, 11, 30, tzinfo=UTC)
SETTINGS = RetentionConfig.model_validate(
    {
        "archive_days": 30,
        "analytics_days": 90,
        "agents": {"shop": {"archive_days": 5}},
        "channels": {"phone": {"archive_days": 60, "analytics_days": 10}},
    }
)


@pytest.mark.parametrize(
    ("data", "agent", "channel", "days"),
    [
        ("archive", "banking", "chat", 30),
        ("archive", "banking", "phone", 60),
        ("archive", "shop", "phone", 5),
        ("analytics", "shop", "phone", 10),
        ("analytics", "shop", "chat", 90),
    ],
)
def test_an_agents_days_come_before_its_channels(data, agent, channel, days):
    assert days_kept(SETTINGS, data, agent, channel) == days


def test_what_is_over_is_over_to_the_second():
    ended = [
        Ended("just", "banking", "chat", NOW - timedelta(days=30)),
        Ended("not", "banking", "chat", NOW - timedelta(days=30) + timedelta(seconds=1)),
    ]
    assert [one.conversation for one in over(SETTINGS, "archive", ended, NOW)] == ["just"]


def test_a_hold_on_a_person_holds_what_they_took_part_in():
    held = Held(frozenset({"c1"}), frozenset({"ab" * 16}))
    assert held.holds("c1")
    assert held.holds("c2", ("cd" * 16, "ab" * 16))
    assert not held.holds("c2", ("cd" * 16,))
