"""What all calls of the process share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.adapters.nats import Bus
from appliance.adapters.speech import SpeechClient
from appliance.adapters.vault import KeyRing
from appliance.config import PhoneConfig
from appliance.ports import VoiceActivity
from appliance.telephony.addresses import Address
from services.phone.attention import Attention
from services.phone.captures import CaptureSender
from services.phone.clock import SendClock
from services.phone.ledger import Ledger
from services.phone.phrases import Phrases
from services.phone.ports import PortPairs


@dataclass(frozen=True, slots=True)
class Desk:
    config: PhoneConfig
    host: str
    """Our address as the other side reaches it."""
    bus: Bus
    speech: SpeechClient
    keys: KeyRing
    captures: CaptureSender
    phrases: Phrases
    clock: SendClock
    attention: Attention
    ports: PortPairs
    activity: Callable[[], VoiceActivity]
    language: str = "en"
    recordings: Path | None = None
    """Where calls are recorded, if they are."""
    notice: str = ""
    """Said before the greeting of a call that is recorded."""
    ledger: Ledger = field(default_factory=Ledger)

    def reachable(self, bound: Address) -> Address:
        return Address(self.host, bound.port)
