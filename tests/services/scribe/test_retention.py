"""What is over goes everywhere and what is held stays, over the real bus, with every unit that owns some of it."""

from __future__ import annotations

import asyncio
import sqlite3
import time

import pytest

from appliance.adapters.vault import KeyRing
from appliance.cli.vault import read_list
from appliance.config import Config
from appliance.errors import Unavailable, Unknown
from services.connectors.call_log import FORGOTTEN, Logged
from services.gateway.api_legs import ApiLegs
from services.gateway.resumes import Resume, Resumes
from services.scribe import retention
from services.scribe.erased import ErasedList
from services.unit import Unit
from services.vault import management
from services.vault import service as vault
from tests.fakes.keeping_box import PERSON, whole

OTHER = "cd" * 16


@pytest.fixture(autouse=True)
def _no_prctl(monkeypatch):
    monkeypatch.setattr(vault, "forbid_dumps", lambda: None)
    monkeypatch.setattr(vault, "lock_memory", lambda: False)


def recorded_call(folder, conversation):
    file = folder / "data" / "recordings" / conversation / "leg1.b2ts"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"sealed")
    return file


async def test_what_is_over_goes_with_its_keys_and_what_is_not_stays(bus, tmp_path):
    settings = {"archive_days": 30, "analytics_days": 60, "agents": {"shop": {"archive_days": 365}}}
    async with whole(bus, tmp_path, **settings) as box:
        await box.talk("old", days_ago=31)
        await box.talk("older", days_ago=61)
        await box.talk("shop", days_ago=61, agent="shop")
        await box.talk("new", days_ago=29)
        await box.settled("old", "older", "shop", "new")
        planned = await box.ask("run", dry_run=True)
        assert (planned["conversations"], planned["analytics"]) == (2, 2)
        assert box.file("old")
        recorded = [recorded_call(tmp_path, name) for name in ("old", "new")]
        done = await box.ask("run")
        assert (done["conversations"], done["archive"], done["keys"], done["event_log"]) == (2, 2, 4, 2)
        assert done["recordings"] == 1
        assert [file.exists() for file in recorded] == [False, True]
        assert [name for name in ("old", "older", "shop", "new") if box.file(name)] == ["shop", "new"]
        assert [await box.has_keys(name) for name in ("old", "older", "shop", "new")] == [False, False, True, True]
        assert [await box.in_log(name) for name in ("old", "older", "shop", "new")] == [False, False, True, True]
        assert box.counted() == {"old", "new"}
        assert box.calls.find("call-old") == Logged(FORGOTTEN)
        assert box.calls.find("call-new") not in (None, Logged(FORGOTTEN))
        report = await box.ask("report")
        assert report["report"] == done["report"]
        assert [one["report"] for one in await box.told() if one["action"] == "data_purged"][-1] == done["report"]
        assert (await box.ask("run"))["conversations"] == 0


async def test_a_hold_stops_purge_and_erasure_until_it_is_lifted(bus, tmp_path):
    async with whole(bus, tmp_path, archive_days=1, analytics_days=1) as box:
        for name, party in (("a", PERSON), ("b", OTHER), ("c", OTHER)):
            await box.talk(name, days_ago=2, party=party)
        await box.settled("a", "b", "c")
        await box.ask("hold", persons=(PERSON,), reason="C-1")
        await box.ask("hold", conversations=("b",))
        assert {one["subject"] for one in (await box.ask("holds"))["holds"]} == {"b", PERSON}
        assert (await box.ask("forget", conversations=("a", "b"), persons=(PERSON,)))["kept"] == ["a", "b"]
        done = await box.ask("run")
        assert (done["conversations"], done["held"], box.counted()) == (1, 2, {"a", "b"})
        assert await box.has_keys("a")
        assert await box.has_keys("b")
        await box.ask("lift", conversations=("b",))
        await box.ask("lift", persons=(PERSON,))
        with pytest.raises(Unknown):
            await box.ask("lift", conversations=("b",))
        done = await box.ask("run")
        assert (done["conversations"], done["held"], box.counted()) == (2, 0, set())
        told = [(one["action"], one["subject"]) for one in await box.told() if "hold" in one["action"]]
        assert told == [("hold_set", PERSON), ("hold_set", "b"), ("hold_lifted", "b"), ("hold_lifted", PERSON)]


def nothing_left(box, name) -> bool:
    answered = box.calls.find(f"call-{name}") == Logged(FORGOTTEN)
    return answered and not box.file(name) and name not in box.counted()


async def half_erased(box) -> None:
    await box.talk("named", days_ago=1, number="47110815")
    await box.settled("named")
    await box.connectors_go()
    with pytest.raises(Unavailable):
        await box.ask("forget", conversations=("named",), reason="C-2")
    assert not await box.has_keys("named")
    assert box.file("named")


@pytest.mark.parametrize("operation", ["finish", "run"])
async def test_an_erasure_that_broke_off_is_finished_by_name(bus, tmp_path, operation):
    async with whole(bus, tmp_path) as box:
        await half_erased(box)
        with pytest.raises(Unavailable):  # no certificate: `rights erase` asks this before it writes one
            await box.ask("finish")
        await box.connectors_come_back()
        await box.ask(operation)
        assert nothing_left(box, "named")
        assert (await box.ask("finish"))["finished"] == 0


async def test_an_erasure_that_broke_off_is_finished_by_the_next_scribe(bus, tmp_path, monkeypatch):
    async with whole(bus, tmp_path) as box:
        await half_erased(box)
    monkeypatch.setattr(retention, "AFTER_START_S", 0.0)
    monkeypatch.setattr(retention, "AGAIN_S", 0.1)
    async with whole(bus, tmp_path) as box:
        async with asyncio.timeout(30):
            while not nothing_left(box, "named"):
                await asyncio.sleep(0.02)
        assert (await box.ask("finish"))["finished"] == 0


async def test_what_is_held_since_an_erasure_broke_off_waits(bus, tmp_path):
    async with whole(bus, tmp_path) as box:
        await half_erased(box)
        await box.ask("hold", conversations=("named",))
        await box.connectors_come_back()
        assert (await box.ask("finish"))["finished"] == 0
        assert box.file("named")
        await box.ask("lift", conversations=("named",))
        assert (await box.ask("finish"))["finished"] == 1
        assert nothing_left(box, "named")


async def test_no_word_of_the_operators_keeps_the_figures(bus, tmp_path):
    async with whole(bus, tmp_path) as box:
        await box.talk("a", days_ago=1)
        await box.settled("a")
        assert (await box.ask("forget", conversations=("a",), reason="retention"))["analytics"] == 1
        assert nothing_left(box, "a")


def worked_on(box, name: str, days_ago: float) -> None:
    """As if dialogue had last worked on it then."""
    with sqlite3.connect(box.paths.folder("vault") / "keys.sqlite") as connection:
        at = int(time.time() - days_ago * 86_400)
        connection.execute("UPDATE worked_on SET at = ? WHERE conversation = ?", (at, name))


async def test_keys_of_what_never_came_to_anything_are_purged(bus, tmp_path):
    async with whole(bus, tmp_path) as box:
        await box.talk("archived", days_ago=1)
        await box.settled("archived")
        ring = KeyRing(bus, "dialogue")
        for name in ("box", "begun", "young", "held", "begun-in-log"):
            await ring.lease(name)
        await bus.append("b2t.conversation.begun-in-log", b"{}")
        for name in ("archived", "box", "begun", "held", "begun-in-log"):
            worked_on(box, name, 30)
        worked_on(box, "young", 8)
        await box.ask("hold", conversations=("held",))
        assert (await box.ask("run"))["unused_keys"] == 2
        left = [name for name in ("archived", "begun", "young", "held", "begun-in-log") if await box.has_keys(name)]
        assert left == ["archived", "young", "held", "begun-in-log"]
        assert await ring.lease("box")
        assert (await box.ask("run"))["unused_keys"] == 0
        erased = [one for one in await box.told() if one["action"] == "keys_erased"]
        assert [(one["subject"], one["reason"]) for one in erased] == [("begun", "unused")]


async def test_the_gateway_forgets_who_may_come_back(bus, tmp_path):
    async with whole(bus, tmp_path) as box:
        legs = ApiLegs(box.records)
        for name in ("named", "other"):
            await legs.keep(name, "l", "account:a")
            await Resumes(box.records, b"k" * 32).make(Resume(name, "l", "demo", "a"))
        answer = await box.ask("forget", conversations=("named",))
        assert answer["gateway"] == 2
        assert await legs.find("named", "account:a") is None
        assert await legs.find("other", "account:a") == "l"
        assert (await box.ask("forget", conversations=("named",)))["gateway"] == 0


async def test_the_list_of_the_erased_leaves_the_box(bus, tmp_path, monkeypatch):
    monkeypatch.setattr(management, "ERASED_PAGE", 2)
    async with whole(bus, tmp_path) as box:
        unit = Unit("scribe", "1", box.paths, Config(), bus, [])
        shipping = ErasedList(unit, tmp_path / "mount")
        assert await shipping.ship() is None
        await box.ask("forget", conversations=("a", "b", "c"), persons=(PERSON,))
        with pytest.raises(Unavailable):
            await shipping.ship()
        (tmp_path / "mount").mkdir()
        first = await shipping.ship()
        assert await shipping.ship() == first
        assert {(one.name, one.person) for one in read_list(first)} == {
            ("a", False),
            ("b", False),
            ("c", False),
            (PERSON, True),
        }
        await box.ask("forget", conversations=("d",))
        second = await shipping.ship()
        assert sorted((tmp_path / "mount").iterdir()) == [first, second]
        assert len(read_list(second)) == 5
