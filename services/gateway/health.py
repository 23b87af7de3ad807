"""How the units are: each answers on `b2t.status.<unit>`; this asks them all at once, and not oftener than need be."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest as write_metrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector, CollectorRegistry
from pydantic import TypeAdapter, ValidationError

from appliance.adapters.nats import Bus
from appliance.errors import Unavailable
from services.gateway.records import Records

UNITS: Final = ("dialogue", "inference", "vault", "connectors", "insights", "scribe", "phone")
"""Asked where there is no supervisor that knows better, as under systemd."""
ASK_S: Final = 1.0
FRESH_S: Final = 1.0
"""Answers are this old at most; asking oftener costs the units nothing."""

_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Part:
    """`detail` is one fixed sentence on what is wrong."""

    name: str
    ready: bool
    detail: str | None = None


class Health:
    def __init__(self, bus: Bus, records: Records) -> None:
        self._bus = bus
        self._records = records
        self._found: tuple[float, tuple[Part, ...]] | None = None
        self._asking = asyncio.Lock()

    async def parts(self) -> tuple[Part, ...]:
        """Bus, records and every unit."""
        async with self._asking:
            if self._found is None or time.monotonic() - self._found[0] > FRESH_S:
                self._found = (time.monotonic(), await self._ask())
            return self._found[1]

    async def _ask(self) -> tuple[Part, ...]:
        units = await self._units()
        asked = [self._own_records(), *(self._unit(subject) for subject in units)]
        bus = Part("bus", self._bus.connected, None if self._bus.connected else "The message bus is not connected.")
        return (bus, *await asyncio.gather(*asked))

    async def _own_records(self) -> Part:
        try:
            await self._records.run(self._records.check)
        except Unavailable as error:
            return Part("records", False, error.title)
        return Part("records", True)

    async def _unit(self, unit: str) -> Part:
        try:
            status = _OBJECT.validate_json(await self._bus.request(f"b2t.status.{unit}", b"", timeout_s=ASK_S))
        except (Unavailable, ValidationError):
            return Part(unit, False, "It does not answer.")
        if status.get("ready") is True:
            return Part(unit, True)
        parts = status.get("parts")
        wrong = [f"{name}: {how}" for name, how in (parts or {}).items() if how != "ok"]
        return Part(unit, False, "; ".join(wrong)[:200] or "It is starting.")

    async def _units(self) -> list[str]:
        """What the supervisor started, each copy by name; or one of every kind."""
        try:
            found = _OBJECT.validate_json(await self._bus.request("b2t.status.supervisor", b"", timeout_s=ASK_S))
            children = [(child["unit"], child["instance"]) for child in found["children"]]
        except (Unavailable, ValidationError, KeyError, TypeError):
            return list(UNITS)
        return [f"{unit}.{instance}" for unit, instance in children if unit not in ("gateway", "bus")]

    async def metrics(self) -> bytes:
        """Prometheus text of the gateway and every unit that answers, each sample labelled with its unit."""
        units = await self._units()
        texts = await asyncio.gather(*(self._metrics_of(unit) for unit in units))
        found = [("gateway", generate_latest().decode()), *zip(units, texts, strict=True)]
        return await asyncio.to_thread(_merged, [(unit, text) for unit, text in found if text])

    async def _metrics_of(self, unit: str) -> str:
        try:
            return (await self._bus.request(f"b2t.status.{unit}", b"metrics", timeout_s=ASK_S)).decode()
        except (Unavailable, UnicodeDecodeError):
            return ""


class _Merged(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _merged(texts: list[tuple[str, str]]) -> bytes:
    """One family of each name, as the format asks for. A unit whose text cannot be read is left out."""
    families: dict[str, Metric] = {}
    for unit, text in texts:
        try:
            parsed = list(text_string_to_metric_families(text))
        except ValueError:
            continue
        for family in parsed:
            kept = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                labels = {**sample.labels, "unit": unit}
                kept.add_sample(sample.name, labels, sample.value, sample.timestamp, sample.exemplar)
    registry = CollectorRegistry()
    registry.register(_Merged(list(families.values())))
    return write_metrics(registry)
