"""The register of processing (GDPR 30) as far as a box knows it: from its configuration, not from anybody's memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from appliance.config import Config

KINDS: Final = {"numbers": "number", "widgets": "widget"}


def register_of(config: Config, deployed: Mapping[str, Mapping[str, Sequence[str]]] | None = None) -> dict[str, Any]:
    """`deployed`: agent → `numbers` and `widgets` where it answers now, as dialogue says; without it, as configured.
    What the controller has to add (names, purposes in the law's sense, recipients) stands there as null."""
    answering = _configured(config) if deployed is None else deployed
    agents = sorted(agent for agent, places in answering.items() if any(places.get(kind) for kind in KINDS))
    return {
        "entry_points_as_of": "configuration" if deployed is None else "deployments",
        "controller": None,
        "data_protection_officer": None,
        "processing": [
            {"agent": agent, "purpose": None, "entry_points": _entry_points(answering[agent])} for agent in agents
        ],
        "categories_of_people": ["callers", "chat users", "staff with accounts"],
        "categories_of_data": [
            {"data": "redacted words of both sides", "form": "AES-256-GCM, key for each conversation"},
            {"data": "values taken out of them", "form": "AES-256-GCM under a second key, behind references"},
            {"data": "callers' numbers and accounts", "form": "keyed hashes"},
            {"data": "audit entries", "form": "ids, codes and keyed hashes"},
        ],
        "recipients": {"outside_the_building": [], "transfers_of_calls": dict(config.phone.transfers)},
        "transfers_to_third_countries": [],
        "retention": config.retention.model_dump(mode="json"),
        "security": {
            "session_idle_minutes": config.gateway.session_idle_minutes,
            "sip_taken_from": list(config.phone.allowed_sources),
            "checkpoints_shipped_to_folder": config.audit.ship_folder is not None,
            "checkpoints_shipped_to_syslog": config.audit.syslog is not None,
            "second_witness": config.audit.witness_key is not None,
        },
    }


def _configured(config: Config) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for number, agent in config.channels.numbers.items():
        found.setdefault(agent, {}).setdefault("numbers", []).append(number)
    for key, widget in config.channels.widgets.items():
        found.setdefault(widget.agent, {}).setdefault("widgets", []).append(key)
    return found


def _entry_points(places: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"{name} {place}" for kind, name in KINDS.items() for place in places.get(kind, ())]
