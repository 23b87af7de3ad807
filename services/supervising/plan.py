"""Which programs one box runs, in the order in which starting them gets a call answered soonest."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.adapters.nats_server import server_binary
from appliance.config import Config, Paths

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = frozenset({"gateway", "phone"})
"""Stopped first, so that nothing new comes in while the others finish."""


@dataclass(frozen=True, slots=True)
class Program:
    """One process to be kept running. `unit` is its name on the bus and `instance` tells copies apart."""

    unit: str
    instance: str
    command: tuple[str, ...]
    can_wait: bool = False
    """No call needs it to be answered, so it leaves the processors to those that one does."""

    @property
    def name(self) -> str:
        return f"{self.unit}-{self.instance}"


def bus_program(config_file: Path) -> Program:
    return Program("bus", "1", (str(server_binary()), "-c", str(config_file)))


def programs(paths: Paths, config: Config) -> list[Program]:
    """All units, those first that a call waits for longest."""

    def unit(name: str, instance: str = "1", *more: str) -> Program:
        module = (sys.executable, "-m", f"services.{name}")
        return Program(name, instance, (*module, "--data-dir", str(paths.root), "--instance", instance, *more))

    speech = [unit("inference", f"speech-{number + 1}", "speech") for number in range(config.inference.speech_workers)]
    models = range(config.inference.language_model_workers if config.inference.language_model else 0)
    return [
        unit("inference", "text", "text"),
        unit("dialogue"),
        unit("phone"),
        *speech,
        unit("vault"),
        unit("connectors"),
        *(unit("dialogue", str(number + 2)) for number in range(config.dialogue.copies - 1)),
        replace(unit("gateway"), can_wait=True),
        replace(unit("insights"), can_wait=True),
        replace(unit("scribe"), can_wait=True),
        replace(unit("retrieval"), can_wait=True),
        *(
            replace(unit("inference", f"language-model-{number + 1}", "language_model"), can_wait=True)
            for number in models
        ),
    ]


def environment() -> Mapping[str, str]:
    """The supervisor's own, with this checkout importable wherever the command was given."""
    others = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *others])}
