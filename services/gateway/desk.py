"""What a connection needs of the gateway, and which leg of which conversation it serves."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.privacy.policy import MASKED, ReadingPolicy
from services.gateway.background import Background
from services.gateway.dialogue_client import ConnectorsClient, DialogueClient
from services.gateway.followers import Replies
from services.gateway.legs import Legs
from services.gateway.transcript import View


@dataclass(frozen=True, slots=True)
class Desk:
    """What a connection needs of the gateway."""

    replies: Replies
    dialogue: DialogueClient
    connectors: ConnectorsClient
    legs: Legs
    background: Background


@dataclass(frozen=True, slots=True)
class Seat:
    """The leg that a connection serves, and whether it may speak there or only listen."""

    conversation: str
    leg: str
    phone_number: str | None
    view: View = View.PARTY
    may_speak: bool = True
    policy: ReadingPolicy = MASKED
    """What is seen where a value was, by who was not in it."""
