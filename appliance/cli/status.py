"""`b2t status`: which units run, whether each is ready, and what is wrong with those that are not."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import typer

from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.errors import Unavailable

ASK_S = 1.0


def register(app: typer.Typer) -> None:
    @app.command(epilog="Example: b2t status --json")
    def status(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Show every unit of the running box; exit status 1 if one is not ready."""
        out = Output(as_json=as_json)
        found = run(out, data_dir, box_status)
        out.document(found)
        rows = [
            (
                f"{row['unit']}-{row['instance']}",
                "ready" if row["ready"] else "NOT READY",
                row["pid"] or "-",
                _since(row["started"]),
                row["exits"],
                "; ".join(f"{part}: {how}" for part, how in row["parts"].items() if how != "ok") or "-",
            )
            for row in found["units"]
        ]
        out.table(("unit", "state", "process", "up for", "restarts", "trouble"), rows)
        raise SystemExit(int(Exit.OK if found["ready"] else Exit.FAILED))


async def box_status(box: Box) -> dict[str, Any]:
    """The supervisor's list of programs, each with what it says of itself."""
    status = json.loads(await box.bus.request("b2t.status.supervisor", b"", timeout_s=ASK_S))
    units = await asyncio.gather(*(_with_parts(box, row) for row in status["children"]))
    ready = all(row["ready"] for row in units)
    return {"ready": ready, "supervisor": status["pid"], "started": status["started"], "units": list(units)}


async def _with_parts(box: Box, row: dict[str, Any]) -> dict[str, Any]:
    parts: dict[str, str] = {}
    if row["unit"] != "bus":
        try:
            answer = await box.bus.request(f"b2t.status.{row['unit']}.{row['instance']}", b"", timeout_s=ASK_S)
            said = json.loads(answer)
            parts = dict(said["parts"])
            row = {**row, "ready": row["ready"] and said["ready"]}
        except (Unavailable, ValueError):
            row = {**row, "ready": False}
            parts = {"bus": "does not answer"}
    return {**row, "parts": parts}


def _since(started: float) -> str:
    seconds = max(0, int(time.time() - started))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"
