"""Session timers: a call whose other side has died without a BYE ends all the same (RFC 4028)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.telephony.sip_grammar import Fields, SipError
from appliance.telephony.sip_message import Message

MIN_SECONDS = 90
_EXPIRES = re.compile(r"0*+([0-9]{1,9})[ \t]*+(;.*+)?")
_REFRESHER = re.compile(r";[ \t]*+refresher[ \t]*+=[ \t]*+(uac|uas)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SessionTimer:
    seconds: int
    refreshed_by_us: bool

    @property
    def delay(self) -> float:
        """Seconds until we refresh, or until we give up waiting for the other side to (section 10)."""
        if self.refreshed_by_us:
            return self.seconds / 2
        return self.seconds - min(32, self.seconds / 3)

    def fields(self, by_caller: bool) -> Fields:
        """For our request (`by_caller`) or our 2xx: who refreshes is told from the point of view of that request."""
        refresher = "uac" if self.refreshed_by_us is by_caller else "uas"
        return (("Session-Expires", f"{self.seconds};refresher={refresher}"),)


def timer_of_request(message: Message) -> SessionTimer | None:
    """What the caller asks for; None where it does not, or could not refresh. Raises SipError (422) for too short."""
    value = message.field("Session-Expires")
    if value is None or "timer" not in message.tokens("Supported"):
        return None
    match = _EXPIRES.match(value)
    if match is None:
        raise SipError("Malformed Session-Expires")
    seconds = int(match[1])
    if seconds < MIN_SECONDS:
        raise SipError("The session interval is too small", 422)
    asked = _REFRESHER.search(match[2] or "")
    return SessionTimer(seconds, refreshed_by_us=asked is not None and asked[1].lower() == "uas")
