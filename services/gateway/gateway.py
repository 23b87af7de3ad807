"""Everything the routes need, made once at the start and passed to them explicitly."""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import structlog

from appliance.access.limits import Rate, RateLimit
from appliance.access.origins import Origins
from appliance.access.rights import Principal
from appliance.adapters.places import Places
from appliance.adapters.vault import KeyRing
from appliance.config import Config
from appliance.errors import Invalid, Unavailable
from appliance.privacy.policy import ReadingPolicy, reading_policy, stricter
from services.gateway.accounts import Accounts
from services.gateway.api_keys import ApiKeys
from services.gateway.api_legs import ApiLegs
from services.gateway.authentication import Gate, TooMany
from services.gateway.background import Background
from services.gateway.bundles import Bundles
from services.gateway.changes import Changes, Made
from services.gateway.desk import Desk
from services.gateway.dialogue_client import ConnectorsClient, DialogueClient
from services.gateway.followers import Replies
from services.gateway.health import Health
from services.gateway.invitations import Invitations
from services.gateway.legs import Legs
from services.gateway.managing import Managing
from services.gateway.opening import Opening
from services.gateway.page_files import Pages
from services.gateway.passwords import Passwords
from services.gateway.records import Records
from services.gateway.resumes import Resumes
from services.gateway.setup_link import open_records
from services.gateway.tickets import Tickets
from services.unit import Unit

log = structlog.get_logger(__name__)

HOUSEKEEPING_S: Final = 3600.0
SIGN_IN_RATE: Final = Rate(burst=10, per_second=0.2)
SETUP_RATE: Final = Rate(burst=5, per_second=0.05)
INPUT_RATE: Final = Rate(burst=100, per_second=50)
"""By API key or account."""
DENIED_RATE: Final = Rate(burst=20, per_second=0.1)
"""By account or place: so many refusals are entries of the audit log; nobody fills it by being refused."""
TICKET_RATE: Final = Rate(burst=200, per_second=50)
"""By address, and a whole company may come from one: after a restart every open chat asks for a ticket at once."""


class Closable(Protocol):
    async def close(self, code: int) -> None: ...


@dataclass(slots=True)
class Limits:
    sign_in: RateLimit
    setup: RateLimit
    tickets: RateLimit
    inputs: RateLimit
    denied: RateLimit

    @staticmethod
    def take(limit: RateLimit, key: str) -> None:
        """Raises TooMany."""
        wait = limit.take(key, asyncio.get_running_loop().time())
        if wait:
            raise TooMany(wait)


@dataclass(slots=True)
class Gateway:
    unit: Unit
    config: Config
    origins: Origins
    records: Records
    passwords: Passwords
    accounts: Accounts
    managing: Managing
    bundles: Bundles
    invitations: Invitations
    keys: ApiKeys
    gate: Gate
    tickets: Tickets
    resumes: Resumes
    opening: Opening
    desk: Desk
    limits: Limits
    health: Health
    api_legs: ApiLegs
    pages: Pages
    signing_out: Made
    """Told at every sign-out and change of an account, so that what hangs on a session ends at once."""
    pseudonyms: Places
    streams: set[Closable]
    """Conversations followed by server-sent events now."""

    def reading_policy(self, principal: Principal) -> ReadingPolicy:
        """What this reader sees where a personal value was; a key no more than whose it is."""
        roles = [principal.role] if principal.kind == "account" else [principal.role, principal.owner_role]
        policies = [reading_policy(role, self.config.privacy, "reading", self.pseudonyms.name) for role in roles]
        return functools.reduce(stricter, policies)

    def tell_refused(self, action: str, address: str, **fields: str) -> None:
        """To the audit log, beside the answer: what did not happen waits for nothing."""
        now = asyncio.get_running_loop().time()
        if self.limits.denied.take(fields.get("account", address), now):
            return

        async def tell() -> None:
            await self.unit.audit(action, source=self.unit.place(address), result="refused", **fields)

        self.desk.background.spawn(tell(), f"audit {action}")

    async def housekeeping(self) -> None:
        """For ever: remove what is too old to be of use."""
        while True:
            try:
                await self.resumes.expire()
                await self.api_legs.expire()
                await self.managing.expire()
            except Unavailable as error:
                log.warning("housekeeping_failed", title=error.title)
            await asyncio.sleep(HOUSEKEEPING_S)

    async def end_streams(self) -> None:
        """Event streams would otherwise outlast the stop."""
        for stream in list(self.streams):
            await stream.close(1012)

    async def close(self) -> None:
        self.desk.legs.close()
        await self.desk.replies.close()
        await self.desk.background.close()
        self.passwords.close()
        self.records.close()


def build(unit: Unit) -> Gateway:
    """Raises Unavailable where the records cannot be opened."""
    config, channels = unit.config, unit.config.channels
    widgets = {key: widget.allowed_origins for key, widget in channels.widgets.items()}
    origins = Origins.of({socket.gethostname()}, config.gateway.public_url, widgets)
    records, passwords = open_records(unit.paths), Passwords()
    changes = Changes(records, unit)
    accounts = Accounts(records, passwords, changes, config.gateway.session_idle_minutes * 60)
    keys = ApiKeys(records)
    secret = own_key(unit.paths.secrets / "gateway.key")
    resumes = Resumes(records, secret)
    dialogue, background = DialogueClient(unit.bus), Background()
    replies = Replies(unit.bus, KeyRing(unit.bus, "gateway"))
    return Gateway(
        unit=unit,
        config=config,
        origins=origins,
        records=records,
        passwords=passwords,
        accounts=accounts,
        managing=Managing(records, changes),
        bundles=Bundles(unit),
        invitations=Invitations(records, passwords, changes),
        keys=keys,
        gate=Gate(accounts, keys, origins),
        tickets=Tickets(secret),
        resumes=resumes,
        opening=Opening(dialogue, replies, resumes, channels),
        desk=Desk(replies, dialogue, ConnectorsClient(unit.bus), Legs(dialogue, background), background),
        limits=Limits(
            RateLimit(SIGN_IN_RATE),
            RateLimit(SETUP_RATE),
            RateLimit(TICKET_RATE),
            RateLimit(INPUT_RATE),
            RateLimit(DENIED_RATE),
        ),
        health=Health(unit.bus, records),
        api_legs=ApiLegs(records),
        pages=Pages(),
        signing_out=changes.made,
        pseudonyms=Places(unit.paths.pseudonyms),
        streams=set(),
    )


def own_key(file: Path) -> bytes:
    """The key that tickets and resume tokens hang on, made at first start (0600)."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(secrets.token_bytes(32))
                os.fsync(opened.fileno())
            try:
                os.link(fresh, file)
            except FileExistsError:
                pass  # another copy was first; its key is the key
        finally:
            fresh.unlink()
    key = file.read_bytes()
    if len(key) != 32 or file.stat().st_mode & 0o077:
        raise Invalid(f"{file} must hold 32 bytes and be readable by its owner alone (mode 0600).")
    return key
