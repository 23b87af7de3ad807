"""Message bodies: the session description, also inside a multipart, and keys told by INFO (RFC 3261 section 7.4)."""

from __future__ import annotations

import re

from appliance.telephony.sip_grammar import TOKEN, SipError, parameter, read_parameters
from appliance.telephony.sip_message import Message

_SIGNAL = re.compile(r"^[ \t]*+Signal[ \t]*+=[ \t]*+([0-9A-Da-d*#]{1,2})[ \t]*+$", re.IGNORECASE | re.MULTILINE)
_DURATION = re.compile(r"^[ \t]*+Duration[ \t]*+=[ \t]*+([0-9]{1,5})[ \t]*+$", re.IGNORECASE | re.MULTILINE)
_PART_TYPE = re.compile(rb"^Content-Type[ \t]*+:[ \t]*+application/sdp[ \t]*+(?:;|\r?$)", re.IGNORECASE | re.MULTILINE)
_SUBTYPE = re.compile(rf"[ \t]*+{TOKEN}[ \t]*+/[ \t]*+{TOKEN}")
_KEYS = {"10": "*", "11": "#"}
DEFAULT_DURATION_MS = 160


def session_description(message: Message) -> bytes | None:
    """The SDP of a message, None where it has no body. Raises SipError (415) for a body of another kind."""
    if not message.body:
        return None
    if (message.field("Content-Encoding") or "identity").lower() == "identity":
        if message.content_type == "application/sdp":
            return message.body
        if message.content_type.startswith("multipart/"):
            return _part(message)
    raise SipError("A body of a kind we do not take", 415)


def _part(message: Message) -> bytes:
    value = message.field("Content-Type") or ""
    start = _SUBTYPE.match(value)
    boundary = parameter(read_parameters(value, start.end() if start else 0), "boundary") or ""
    if not 0 < len(boundary) <= 70:
        raise SipError("A multipart without a boundary")
    for part in message.body.split(b"--" + boundary.encode("utf-8", "surrogateescape")):
        head, found, body = part.partition(b"\r\n\r\n")
        if found and _PART_TYPE.search(head):
            return body
    raise SipError("A body of a kind we do not take", 415)


def key_pressed(message: Message) -> tuple[str, int] | None:
    """Digit and duration (ms) of an INFO's body, None where there is none. Raises SipError: 415, or 400 malformed."""
    if not message.body:
        return None
    text = message.body.decode("ascii", "replace").replace("\r\n", "\n")
    if message.content_type == "application/dtmf-relay":
        signal, length = _SIGNAL.search(text), _DURATION.search(text)
        digit, duration = (signal[1] if signal else ""), (int(length[1]) if length else DEFAULT_DURATION_MS)
    elif message.content_type == "application/dtmf":
        digit, duration = text.strip(), DEFAULT_DURATION_MS
    else:
        raise SipError("A body of a kind we do not take", 415)
    digit = _KEYS.get(digit, digit).upper()
    if len(digit) != 1 or digit not in "0123456789*#ABCD":
        raise SipError("No key that telephones have")
    return digit, duration


def fragment_status(message: Message) -> int | None:
    """The status a NOTIFY reports of a transfer (message/sipfrag, RFC 3515 section 2.4.5)."""
    match = re.match(rb"SIP/2\.0 ([1-6][0-9]{2})(?: |\r|\n|$)", message.body)
    return int(match[1]) if match and message.content_type == "message/sipfrag" else None
