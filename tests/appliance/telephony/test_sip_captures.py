"""What real telephones sent, octet for octet (tests/captures/sip, recorded on loopback)."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from appliance.telephony.addresses import Address
from appliance.telephony.sdp import Codec
from appliance.telephony.signalling import AnswerCall, CallAnswered, CallOffered
from appliance.telephony.user_agent import Settings, Trunk
from tests.appliance.telephony.wire import MEDIA, OUR, Wire

CAPTURES = Path(__file__).parents[2] / "captures" / "sip"


@pytest.mark.parametrize(
    ("name", "source", "called", "media", "events"),
    [
        ("baresip-1.0.0", Address("127.0.0.1", 15080), "7000", Address("127.0.0.1", 20080), 101),
        ("sipp-3.6.1", Address("127.0.0.1", 15213), "service", Address("127.0.0.1", 6000), None),
    ],
)
def test_their_invite_is_offered_and_answered(
    name: str, source: Address, called: str, media: Address, events: int | None
) -> None:
    wire = Wire(Settings(address=OUR, trunks=(Trunk("loopback", (ip_network("127.0.0.0/8"),)),)))
    wire.receives((CAPTURES / f"{name}-invite.dat").read_bytes(), source)
    wire.sends("100 Trying", source)
    offered = wire.tells(CallOffered)
    assert offered.called == called
    assert offered.media is not None
    assert (offered.media.remote, offered.media.codec, offered.media.event_payload_type) == (media, Codec.PCMU, events)
    wire.hand_in(AnswerCall(offered.call, MEDIA))
    wire.sends("200 OK", source)
    wire.tells(CallAnswered)
