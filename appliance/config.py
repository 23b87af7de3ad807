"""The one configuration tree: read once from `<data folder>/config.toml`, frozen, passed explicitly.

Nothing here is a secret: keys and credentials are files under `<data folder>/secrets`, named by `Paths`. What changes
while the box runs (users, keys, conversations) is not configuration. Every setting is documented in docs/operations.md.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appliance.errors import Invalid

Port = Annotated[int, Field(ge=0, le=65535)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BusConfig(_Section):
    host: str = "127.0.0.1"
    port: Port = 4222


class GatewayConfig(_Section):
    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str | None = None
    """Address people's browsers use, where it differs from host and port; `https://` makes cookies Secure."""
    session_idle_minutes: int = Field(15, ge=1, le=1440)
    max_chats: int = Field(2000, ge=1)


class PhoneConfig(_Section):
    host: str = "127.0.0.1"
    port: Port = 5060
    advertised_host: str | None = None
    """Address put into Contact and SDP, where it differs from `host`."""
    rtp_first: Port = 20000
    rtp_last: Port = 20999
    max_calls: int = Field(64, ge=1)
    allowed_sources: tuple[str, ...] = ("127.0.0.0/8",)
    """Networks that SIP requests are taken from; others get no answer."""
    endpoint_ms: int = Field(450, ge=100, le=3000)
    """Silence after speech that ends the party's turn."""
    allow_nat: bool = False
    """Take RTP also from another port or address than agreed, if it is the host that the call's SIP came from."""
    transfers: dict[str, str] = Field(default_factory=dict)
    """Name of a transfer target in an agent's definition to the SIP URI that the caller's side is asked to call."""


class RecordingConfig(_Section):
    enabled: bool = False
    """Whether calls are recorded. Only a copy without what is personal is kept, as long as the conversation."""
    notice: str = Field("This call is recorded.", min_length=1, max_length=300)
    """Said before the greeting; a call that it could not be said in is not recorded."""


class InferenceConfig(_Section):
    speech_workers: int = Field(1, ge=1, le=64)
    speech_to_text: str = "pocketsphinx"
    personal_data: Literal["presidio", "spacy"] = "presidio"
    """`spacy`: names by a pipeline of the owner's, in `<data folder>/models/spacy/`."""
    text_to_speech: str = "espeak-ng"
    voice: str = "en-us"
    language_model: str | None = None
    """Engine, `llama-cpp`; its one GGUF file is in `<data folder>/models/llama-cpp/`. Unless given there is none."""
    language_model_workers: int = Field(1, ge=1, le=16)
    """Processes, each of which answers one at a time."""
    language_model_context: int = Field(4096, ge=512, le=131_072)
    """Tokens of prompt and answer together."""
    language_model_threads: int = Field(0, ge=0, le=256)
    """Of a worker; 0: half of the processors."""
    language_model_gpu_layers: int = Field(0, ge=-1)
    """Layers that lie on a GPU, where llama.cpp was compiled for one; -1: all."""
    language_model_within_ms: int = Field(4000, ge=100, le=30_000)
    """The longest that a turn waits for the model before it goes on without."""


class RetrievalConfig(_Section):
    qdrant_url: str | None = None
    """A Qdrant server that holds the vectors, such as `http://10.0.0.5:6333`; else they are in retrieval's own memory.
    Its key, where it wants one, is the file `secrets/qdrant.key`."""


class WidgetConfig(_Section):
    agent: str
    allowed_origins: tuple[str, ...] = ()
    """Origins of pages that may embed it, besides the gateway's own."""


class DialogueConfig(_Section):
    copies: int = Field(1, ge=1, le=16)


class ChannelsConfig(_Section):
    numbers: dict[str, str] = Field(default_factory=lambda: {"1000": "banking"})
    """Number dialled (the user part of the request URI) to the agent's name."""
    widgets: dict[str, WidgetConfig] = Field(default_factory=lambda: {"demo": WidgetConfig(agent="banking")})


class RetentionOverride(_Section):
    archive_days: int | None = Field(None, ge=1)
    analytics_days: int | None = Field(None, ge=1)


class RetentionConfig(_Section):
    """An agent's setting comes before its channel's, and that before the general one."""

    event_log_days: int = Field(7, ge=1)
    """Days the event log keeps a conversation; the archive keeps it further."""
    archive_days: int = Field(30, ge=1)
    """Days after its end that a conversation is kept and its keys exist."""
    analytics_days: int = Field(90, ge=1)
    """Days after its end that the figures of a conversation are kept."""
    agents: dict[str, RetentionOverride] = Field(default_factory=dict)
    channels: dict[Annotated[str, Field(pattern="^(phone|voice|chat|api)$")], RetentionOverride] = Field(
        default_factory=dict
    )


class AuditConfig(_Section):
    ship_every_s: int = Field(300, ge=5, le=86400)
    """How often the newest checkpoint is kept for good and shipped off the box."""
    ship_folder: str | None = None
    """A mounted folder that each checkpoint is copied into."""
    syslog: str | None = None
    """`udp://host:port` or `tcp://host:port` of a syslog server that each checkpoint is told."""
    witness_key: str | None = None
    """File of a second Ed25519 key (PEM, 0600) that signs each shipped checkpoint too."""
    reserve_mib: int = Field(256, ge=0)
    """Below so much free disk sensitive reads are refused; the rest is for calls."""


RootKind = Literal["file", "credential", "tpm", "shares", "pkcs11"]


class VaultConfig(_Section):
    root_key: RootKind = "file"
    """Where the root key is: `secrets/root.key`, a systemd credential, unlocked by a TPM or by shares, in a token."""
    root_key_before: tuple[RootKind, ...] = ()
    """Where it was before: still read, until every key is wrapped anew."""
    credential: str = Field("b2t-root-key", pattern=r"^[A-Za-z0-9._-]+$")
    """Name of the systemd credential."""
    tpm: str = "device:/dev/tpmrm0"
    """How tpm2-tools reach the TPM."""
    tpm_registers: str = Field("", pattern=r"^(sha(256|384|512):[0-9]{1,2}(,[0-9]{1,2})*)?$")
    """Registers whose present state is needed too, such as `sha256:7`; empty: this TPM alone."""
    pkcs11_module: Path | None = None
    pkcs11_token: str = "b2t"  # noqa: S105 - a label
    """The token's label; its PIN is in `secrets/pkcs11.pin` or the credential `b2t-pkcs11-pin`."""


ReadAs = Literal["reference", "mask", "pseudonym", "drop"]


class ReaderConfig(_Section):
    """What a reader sees where a personal value was; the value itself is not among it."""

    reading: ReadAs = "mask"
    export: ReadAs = "mask"
    kinds: dict[Annotated[str, Field(pattern=r"^[A-Z]+(_[A-Z]+)*$")], ReadAs] = Field(default_factory=dict)
    """What differs for a kind, such as `CARD`."""


class PrivacyConfig(_Section):
    readers: dict[Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")], ReaderConfig] = Field(default_factory=dict)
    """By role of an account, `api_key` or `operator` (the command)."""


class UnredactionConfig(_Section):
    """Seeing the values behind references: two people, or one in an emergency."""

    max_minutes: int = Field(480, ge=1, le=1440)
    """The longest that values may be readable after an approval."""
    break_glass: bool = True
    """Whether one person alone may see values in an emergency."""
    break_glass_minutes: int = Field(15, ge=1, le=60)


class Config(_Section):
    bus: BusConfig = BusConfig()
    gateway: GatewayConfig = GatewayConfig()
    phone: PhoneConfig = PhoneConfig()
    recording: RecordingConfig = RecordingConfig()
    inference: InferenceConfig = InferenceConfig()
    dialogue: DialogueConfig = DialogueConfig()
    channels: ChannelsConfig = ChannelsConfig()
    retention: RetentionConfig = RetentionConfig()
    vault: VaultConfig = VaultConfig()
    audit: AuditConfig = AuditConfig()
    unredaction: UnredactionConfig = UnredactionConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    retrieval: RetrievalConfig = RetrievalConfig()


@dataclass(frozen=True, slots=True)
class Paths:
    """Where everything lies under the data folder (`--data-dir`, else `$B2T_DATA_DIR`, else `./data`)."""

    root: Path

    @staticmethod
    def of(given: str | Path | None = None) -> Paths:
        return Paths(Path(given or os.environ.get("B2T_DATA_DIR") or "data").resolve())

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def secrets(self) -> Path:
        """Mode 0700; every file in it 0600."""
        return self.root / "secrets"

    def bus_seed(self, unit: str) -> Path:
        """The unit's nkey seed for NATS."""
        return self.secrets / "bus" / f"{unit}.nk"

    @property
    def root_key(self) -> Path:
        return self.secrets / "root.key"

    @property
    def sealed_root(self) -> Path:
        """The root key where a TPM or shares unlock it."""
        return self.secrets / "root.sealed"

    @property
    def pseudonyms(self) -> Path:
        """The key of pseudonyms that readers see in place of values."""
        return self.secrets / "pseudonyms.key"

    def folder(self, unit: str) -> Path:
        """The unit's own folder (`bus`, `vault`, `scribe`, `insights`, `gateway`, `connectors`, `models`, …)."""
        return self.root / unit

    @property
    def logs(self) -> Path:
        return self.root / "logs"


def load_config(paths: Paths) -> Config:
    """Read the configuration; no file means all defaults. Raises Invalid naming the setting and what is allowed."""
    try:
        if not paths.config.exists():
            return Config()
        return Config.model_validate(tomllib.loads(paths.config.read_text("utf-8")))
    except OSError as error:
        raise Invalid(f"{paths.config} cannot be read ({error.strerror}).") from None
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"{paths.config}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{paths.config}: {where}: {first['msg']}") from None
