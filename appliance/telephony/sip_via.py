"""The Via header field: the way a response takes back (RFC 3261 section 18.2, RFC 3581)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.telephony.addresses import Address
from appliance.telephony.sip_grammar import (
    HOST,
    TOKEN,
    Parameters,
    SipError,
    parameter,
    read_number,
    read_parameters,
    with_parameter,
    write_parameters,
)
from appliance.telephony.sip_uri import DEFAULT_PORT

MAGIC_COOKIE = "z9hG4bK"
_VIA = re.compile(
    rf"SIP[ \t]*+/[ \t]*+2\.0[ \t]*+/[ \t]*+({TOKEN})[ \t]++({HOST})(?:[ \t]*+:[ \t]*+([0-9]{{1,5}}))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Via:
    transport: str
    host: str
    port: int | None = None
    parameters: Parameters = ()

    @property
    def branch(self) -> str:
        return parameter(self.parameters, "branch") or ""

    @property
    def sent_by(self) -> tuple[str, int]:
        return self.host.lower(), self.port or DEFAULT_PORT

    def received_from(self, source: Address) -> Via:
        """The same with what the network says of the sender; its own `received` is never believed."""
        parameters = with_parameter(self.parameters, "received", source.host)
        if parameter(self.parameters, "rport") is not None:
            parameters = with_parameter(parameters, "rport", str(source.port))
        return Via(self.transport, self.host, self.port, parameters)

    def reply_address(self, source: Address) -> Address:
        """Where a response goes: always the address the request came from. The port is that of the request with
        `rport` or over a transport other than UDP, else the one the sender names. `maddr` is not followed: it would let
        a forged datagram aim our answers at a third party."""
        if parameter(self.parameters, "rport") is not None or self.transport.upper() != "UDP":
            return source
        return Address(source.host, self.port or DEFAULT_PORT)

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {self.host}{port}{write_parameters(self.parameters)}"


def read_via(text: str) -> Via:
    match = _VIA.match(text)
    if match is None:
        raise SipError("Malformed Via")
    port = read_number(match[3], 65536, "Port out of range") if match[3] else None
    via = Via(match[1], match[2], port, read_parameters(text, match.end()))
    if via.branch == MAGIC_COOKIE:
        raise SipError("A branch without an identifier")
    return via
