"""What dialogue counts, for Prometheus. No label ever holds what anybody said or who they are."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

INPUTS: Final = Counter("b2t_dialogue_inputs", "Inputs by what became of them", ["kind", "outcome"])
STAGES: Final = Histogram(
    "b2t_dialogue_stage_seconds",
    "Stages of a turn as dialogue measures them",
    ["stage"],
    buckets=(0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 5.0),
)
CONFLICTS: Final = Counter("b2t_dialogue_conflicts", "Batches that another copy was faster with")
FAILURES: Final = Counter("b2t_dialogue_failures", "Inputs that could not be decided on", ["outcome"])
ENDED: Final = Counter("b2t_dialogue_ended", "Conversations by how they ended", ["reason", "outcome"])
