"""The register of processing (GDPR 30) as far as a box knows it: from its configuration, not from anybody's memory."""

from __future__ import annotations

from typing import Any

from appliance.config import Config


def register_of(config: Config) -> dict[str, Any]:
    """What the controller has to add (names, purposes in the law's sense, recipients) stands there as null."""
    channels = config.channels
    agents = sorted({*channels.numbers.values(), *(widget.agent for widget in channels.widgets.values())})
    return {
        "controller": None,
        "data_protection_officer": None,
        "processing": [
            {"agent": agent, "purpose": None, "entry_points": _entry_points(config, agent)} for agent in agents
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


def _entry_points(config: Config, agent: str) -> list[str]:
    numbers = [f"number {number}" for number, name in config.channels.numbers.items() if name == agent]
    return numbers + [f"widget {key}" for key, widget in config.channels.widgets.items() if widget.agent == agent]
