"""`b2t up`: the whole box in the foreground."""

from __future__ import annotations

import typer

from appliance.cli.box import DataDir, Json


def register(app: typer.Typer) -> None:
    @app.command(epilog="Example: b2t up --data-dir /srv/b2t")
    def up(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Start the message bus and every unit, and keep them running until Ctrl-C."""
        from services.supervisor import up as run_box

        raise SystemExit(run_box(data_dir, as_json=as_json))
