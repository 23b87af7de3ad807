"""The one-time link for setting the first administrator's password; the supervisor prints it at the start.

The token lies in a file of its own under the secrets until it is used or too old, so that a second start prints the
same link; the records keep its hash. In the URL it stands in the fragment, which browsers send to nobody.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from sqlalchemy import Connection, delete, insert

from appliance.access.tokens import digest, new_secret
from appliance.config import Config, Paths, load_config
from appliance.errors import B2TError
from services.gateway.accounts import has_administrator, token_is_good
from services.gateway.records import SETUP_TOKENS, Records

VALID_S = 24 * 3600


def setup_link(paths: Paths, config: Config, *, port: int | None = None) -> str | None:
    """`http://HOST:PORT/setup#TOKEN`, or None where there is an administrator. `port`: where configuration says 0."""
    file = setup_token_file(paths)
    records = open_records(paths)
    try:
        token = records.write(lambda connection: _token(connection, file))
    finally:
        records.close()
    return None if token is None else f"{base_url(config, port)}/setup#{token}"


def open_records(paths: Paths) -> Records:
    return Records.open(paths.folder("gateway") / "records.db")


def setup_token_file(paths: Paths) -> Path:
    return paths.secrets / "setup-token"


def base_url(config: Config, port: int | None = None) -> str:
    """Where a browser finds the gateway, with no slash at the end."""
    if config.gateway.public_url:
        return config.gateway.public_url.rstrip("/")
    host = config.gateway.host
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port or config.gateway.port}"


def _token(connection: Connection, file: Path) -> str | None:
    if has_administrator(connection):
        file.unlink(missing_ok=True)
        return None
    now = int(time.time())
    if file.exists() and token_is_good(connection, token := file.read_text("ascii").strip(), now):
        return token
    token = new_secret()
    connection.execute(delete(SETUP_TOKENS))
    connection.execute(insert(SETUP_TOKENS).values(digest=digest(token), created_at=now, expires_at=now + VALID_S))
    _write_secret(file, token)
    return token


def _write_secret(file: Path, secret: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "w") as opened:
        opened.write(secret)


def main(arguments: list[str]) -> int:
    """Print the link, or nothing where there is an administrator. Exit status 1 with one sentence on what is wrong."""
    parser = argparse.ArgumentParser(prog="services.gateway.setup_link")
    parser.add_argument("--data-dir")
    parser.add_argument("--port", type=int, help="where the gateway really listens, if configuration says 0")
    options = parser.parse_args(arguments)
    paths = Paths.of(options.data_dir)
    try:
        link = setup_link(paths, load_config(paths), port=options.port)
    except B2TError as error:
        sys.stderr.write(f"{error.title}\n")
        return 1
    if link is not None:
        sys.stdout.write(f"{link}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
