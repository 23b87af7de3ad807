"""The command `b2t`: one file for each group of commands, each with `--json` and an example in its help.

It sits above the services: `up` is the supervisor, everything else asks a running box over the bus or its API.
"""

from __future__ import annotations


def main() -> None:
    """Entry point of the command `b2t`."""
    from appliance.cli.app import run

    run()
