"""Alive, ready part by part, and figures of every unit."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.services.gateway.conftest import Shared

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_ready_as_long_as_every_part_is(shared: Shared) -> None:
    async with shared.box.client() as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 200, answer.text
        names = [part["name"] for part in answer.json()["parts"]]
        assert set(names) == {
            "bus",
            "records",
            "dialogue",
            "inference",
            "vault",
            "connectors",
            "insights",
            "scribe",
            "phone",
        }
        await shared.units.without("b2t.status.vault")
        await asyncio.sleep(1.1)
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        wrong = [part for part in answer.json()["parts"] if not part["ready"]]
        assert wrong == [{"name": "vault", "ready": False, "detail": "It does not answer."}]
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        await shared.units.again("b2t.status.vault")


async def test_figures_of_all_units_are_one_valid_document(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(answer.text))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    test = next(family for family in families if family.name == "b2t_test")
    assert {sample.labels["unit"]: sample.value for sample in test.samples}["vault"] == 5.0
    requests = next(family for family in families if family.name == "b2t_gateway_requests")
    assert all(sample.labels["unit"] == "gateway" for sample in requests.samples)
