"""The record of deployments: what each change makes of it, and where a conversation falls."""

from __future__ import annotations

import pytest

from appliance.agents.deployments import (
    DEPLOYMENTS,
    KEPT,
    Canary,
    Change,
    Deployments,
    deploy,
    done_already,
    place,
    read_deployments,
    roll_back,
    standing,
    start_canary,
    targets_of,
)
from appliance.errors import Invalid, Tampered, Unknown

OLD, NEW, NEWER = ("0" * 32, "1" * 32, "2" * 32)
KEY = b"k" * 32


def change(version: str = NEW, *to: str, id: str = "c1") -> Change:
    return Change(id, "deployed", "banking", version, to or ("number:1000",), "operator", "2026-11-02T09:00:00Z")


def first(target: str) -> tuple[str, str] | None:
    return ("banking", OLD) if target == "number:1000" else None


def test_a_deployment_remembers_what_was_before() -> None:
    one = deploy(Deployments(), change(NEW), first)
    two = deploy(one, change(NEWER, id="c2"), first)
    assert two.targets["number:1000"].before == (("banking", NEW), ("banking", OLD))
    assert deploy(two, change(NEWER, id="c3"), first) is two
    assert [done_already(two, id) for id in ("c1", "c2", "c3")] == [True, True, False]


def test_rolling_back_goes_back_one_by_one_and_then_no_further() -> None:
    now = deploy(deploy(Deployments(), change(NEW), first), change(NEWER), first)
    back = roll_back(now, change())
    assert back.targets["number:1000"].version == NEW
    back = roll_back(back, change())
    assert back.targets["number:1000"].version == OLD
    with pytest.raises(Invalid):
        roll_back(back, change())
    with pytest.raises(Invalid):
        roll_back(back, change(NEW, "number:2000"))


def test_a_share_ends_by_rolling_back_and_by_deploying() -> None:
    shared = start_canary(Deployments(), change(NEW), Canary(NEW, 10, 0), first)
    target = shared.targets["number:1000"]
    assert (target.version, target.canary and target.canary.share) == (OLD, 10)
    ended = roll_back(shared, change()).targets["number:1000"]
    assert (ended.version, ended.canary) == (OLD, None)
    assert deploy(shared, change(NEW), first).targets["number:1000"].canary is None
    assert deploy(shared, change(OLD), first).targets["number:1000"].canary is None
    for wrong in (change(OLD), change(NEW, "number:2000")):
        with pytest.raises(Invalid):
            start_canary(Deployments(), wrong, Canary(wrong.version, 10, 0), first)


def test_a_conversation_falls_where_it_falls_and_shares_are_what_they_say() -> None:
    target = start_canary(Deployments(), change(NEW), Canary(NEW, 20, 0), first).targets["number:1000"]
    names = [f"conversation-{number}" for number in range(5000)]
    got = [standing(target, KEY, name)[1] for name in names]
    assert got == [standing(target, KEY, name)[1] for name in names]
    assert 0.17 < got.count(NEW) / len(got) < 0.23
    assert got != [standing(target, b"another" * 4, name)[1] for name in names]
    assert place(KEY, "c1", NEW) != place(KEY, "c1", NEWER)


def test_where_an_agent_answers() -> None:
    others = {"number:1000": "banking", "widget:demo": "banking", "agent:sales": "sales"}
    now = deploy(Deployments(), change(NEW, "number:2000"), first)
    assert targets_of(now, "banking", others) == ("number:1000", "number:2000", "widget:demo")
    with pytest.raises(Unknown):
        targets_of(now, "nobody", others)


def test_it_is_the_same_after_its_codec_and_does_not_grow_without_end() -> None:
    now = Deployments()
    for number in range(KEPT + 20):
        now = deploy(now, change((NEW, NEWER)[number % 2], id=f"c{number}"), first)
    assert read_deployments(DEPLOYMENTS.dump_json(now)) == now
    assert len(now.changes) == KEPT
    assert len(now.targets["number:1000"].before) == 10
    with pytest.raises(Tampered):
        read_deployments(b'{"targets": {"nonsense": 1}}')
