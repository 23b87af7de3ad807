"""What a person at the terminal is told: progress, and where the box answers."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import asdict, dataclass

from appliance.config import Config, Paths

DEMO_AGENT = "banking"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where one box answers."""

    console: str
    sign_in: str
    demo: str
    sip: str
    api: str
    first_administrator: str | None
    """One-time link for setting the first administrator's password; None once that is done."""
    data: str
    logs: str


def addresses(paths: Paths, config: Config, setup_link: str | None) -> Addresses:
    host = f"[{config.gateway.host}]" if ":" in config.gateway.host else config.gateway.host
    pages = (config.gateway.public_url or f"http://{host}:{config.gateway.port}").rstrip("/")
    numbers = config.channels.numbers
    number = next((number for number, agent in numbers.items() if agent == DEMO_AGENT), next(iter(numbers), "1000"))
    return Addresses(
        console=f"{pages}/",
        sign_in=f"{pages}/sign-in",
        demo=f"{pages}/demo",
        sip=f"sip:{number}@{config.phone.advertised_host or config.phone.host}:{config.phone.port}",
        api=f"{pages}/schema",
        first_administrator=setup_link,
        data=str(paths.root),
        logs=str(paths.logs),
    )


class Progress:
    """Lines on standard output, or with `as_json` one object once the box is ready. A closed terminal is no error."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._began = time.monotonic()

    def step(self, text: str) -> None:
        if not self._as_json:
            self._write(f"{time.monotonic() - self._began:6.1f} s  {text}\n")

    def announce(self, found: Addresses) -> None:
        if self._as_json:
            self._write(json.dumps({"ready": True, **asdict(found)}) + "\n")
            return
        rows = [
            ("Sign in", found.sign_in),
            ("Widget demo", found.demo),
            ("Phone (Banking)", found.sip),
            ("API", found.api),
            ("Data", found.data),
            ("Logs", found.logs),
        ]
        self._write("\nB2T Voice is ready.\n\n" + "".join(f"  {name:<18}{value}\n" for name, value in rows))
        if found.first_administrator:
            self._write(f"\n  Set the first administrator's password here, once:\n    {found.first_administrator}\n")
        self._write("\nCtrl-C stops everything.\n")

    def note(self, text: str) -> None:
        if not self._as_json:
            self._write(text + "\n")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(text)
            sys.stdout.flush()
