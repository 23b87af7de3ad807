"""Latency by day, as the operator reads it."""

from __future__ import annotations

import pytest

from appliance.cli.insights import print_days
from appliance.cli.output import Output
from appliance.insights.queries import Period, StageLatency


def day(date: str, **p50_ms: float) -> Period:
    latency = tuple(StageLatency(stage, 1, took, took) for stage, took in p50_ms.items())
    return Period(date, date, 0, {}, {}, None, 0, latency=latency)


def test_a_row_a_day_and_a_column_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    print_days(Output(as_json=False), (day("2026-03-01", decided=0.4), day("2026-03-02", decided=0.5, endpoint=450)))
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert shown[-3:] == [["decided", "endpoint"], ["2026-03-01", "0.4", "-"], ["2026-03-02", "0.5", "450.0"]]


def test_a_single_day_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    print_days(Output(as_json=False), (day("2026-03-01", decided=0.4),))
    assert capsys.readouterr().out == ""
