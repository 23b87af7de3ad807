"""`b2t insights`: how many conversations there were, how they ended, what was wanted and how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from appliance.cli.box import DataDir, Json, run
from appliance.cli.conversations import ask_insights
from appliance.cli.output import Output
from appliance.insights.queries import AskSummary, Period, Summary


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Figures of what was talked about.", no_args_is_help=True)
    app.add_typer(group, name="insights")

    @group.command(epilog="Example: b2t insights summary --days 30")
    def summary(
        days: Annotated[int, typer.Option(min=1, max=366, help="Today and the days before it, so many in all.")] = 7,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Conversations, containment, top intents and latency per stage: in all, today and by day (UTC)."""
        out = Output(as_json=as_json)
        found = run(out, data_dir, lambda box: ask_insights(box, AskSummary(days=days)))
        assert isinstance(found, Summary)
        out.document(asdict(found))
        periods = [(f"{days} days", found.total), ("today", found.today)]
        periods += [(day.first_day, day) for day in found.days if day.first_day != found.today.first_day]
        out.table(
            ("", "conversations", "channels", "containment", "turns"),
            [
                (name, one.conversations, _counts(one.channels), _share(one.containment), one.turns)
                for name, one in periods
            ],
        )
        for name, one in periods[:2]:
            _print_period(out, name, one)
        print_days(out, found.days)


def _print_period(out: Output, name: str, period: Period) -> None:
    if period.top_intents:
        out.text(f"\nTop intents, {name}")
        out.table(("intent", "turns"), [(one.intent, one.turns) for one in period.top_intents])
    if period.latency:
        out.text(f"\nLatency, {name}")
        rows = [(one.stage, one.count, f"{one.p50_ms:.1f}", f"{one.p95_ms:.1f}") for one in period.latency]
        out.table(("stage", "count", "p50 ms", "p95 ms"), rows)


def print_days(out: Output, days: Sequence[Period]) -> None:
    """Each stage's median, a row a day; nothing where today is the only one."""
    if len(days) < 2:
        return
    stages = sorted({one.stage for day in days for one in day.latency})
    out.text("\nLatency by day, p50 ms")
    rows = [{one.stage: f"{one.p50_ms:.1f}" for one in day.latency} for day in days]
    out.table(
        ("", *stages),
        [(day.first_day, *(row.get(stage, "-") for stage in stages)) for day, row in zip(days, rows, strict=True)],
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "-"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
