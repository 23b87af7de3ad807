"""A start with other settings is told, by their names; the first start and one with the same are not."""

from __future__ import annotations

import json

import pytest

from appliance.audit.events import AUDIT_EVENT
from appliance.config import Config, Paths
from appliance.errors import Unavailable
from services.scribe import configuration
from services.scribe.configuration import Configuration, changed, digests
from services.unit import Unit

OTHER = {"channels": {"numbers": {"4711": "banking"}}, "gateway": {"port": 8081}}


def told_by(monkeypatch):
    told = []

    async def audit(self, action, **fields):
        told.append({"action": action, **fields})

    monkeypatch.setattr(Unit, "audit", audit)
    return told


async def start(tmp_path, settings, *, is_new=False):
    unit = Unit("scribe", "1", Paths(tmp_path), Config.model_validate(settings), None, [])
    await Configuration(unit, tmp_path / "configuration.json", is_new).tell()


async def test_what_differs_is_named_and_no_value_of_it(tmp_path, monkeypatch):
    told = told_by(monkeypatch)
    await start(tmp_path, {}, is_new=True)
    await start(tmp_path, {})
    assert told == []
    await start(tmp_path, OTHER)
    assert [one["setting"] for one in told] == ["channels.numbers", "gateway.port"]
    assert len({one["settings"] for one in told}) == 1
    for one in told:
        AUDIT_EVENT.validate_json(json.dumps({"actor": "scribe", "at": 1, **one}))
    assert "4711" not in json.dumps(told) + (tmp_path / "configuration.json").read_text()
    await start(tmp_path, OTHER)
    assert len(told) == 2


async def test_a_record_that_is_gone_is_told_too(tmp_path, monkeypatch):
    told = told_by(monkeypatch)
    await start(tmp_path, {})
    assert [one["setting"] for one in told] == ["all"]


async def test_what_could_not_be_told_is_told_again(tmp_path, monkeypatch):
    tries = []

    async def audit(self, action, **fields):
        tries.append(fields["setting"])
        if len(tries) < 3:
            raise Unavailable("The bus takes nothing.")

    monkeypatch.setattr(Unit, "audit", audit)
    monkeypatch.setattr(configuration, "AGAIN_S", 0.001)
    await start(tmp_path, {})
    assert tries == ["all"] * 3


@pytest.mark.parametrize(("was", "expected"), [({}, []), ({"gateway.port": "x"}, ["gateway.port"])])
def test_what_a_new_release_brings_is_no_change_while_it_is_the_default(was, expected):
    assert changed(was, digests(Config())) == expected
