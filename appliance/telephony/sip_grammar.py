"""The words of SIP's grammar: tokens, quoted strings, lists, parameters (RFC 3261 section 25), read in linear time.

Patterns use possessive quantifiers so that no input makes them look back.
"""

from __future__ import annotations

import re

from appliance.errors import Invalid

Fields = tuple[tuple[str, str], ...]
"""Header fields in order, as (canonical name, unfolded value)."""

Parameters = tuple[tuple[str, str | None], ...]
"""Parameters in order, values as written (quotes kept); None where there is no value."""

TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]++"  # noqa: S105
QUOTED = r'"(?:[^"\\]|\\.)*+"'
HOST = r"(?:\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9._\-]++)"

_TOKEN_ONLY = re.compile(TOKEN)
# No group that can fail half-way is repeated possessively: Python before 3.11.5, Debian 12's among them, goes on behind
# what such a group had taken.
_LIST_PIECE = re.compile(rf'(?:{QUOTED}|<[^<>]*+>|[^",<>]++)+', re.DOTALL)
_PARAMETER = re.compile(rf'[ \t]*+;[ \t]*+({TOKEN})(?:[ \t]*+=[ \t]*+({QUOTED}|[^\s;,"<>]++))?', re.DOTALL)


class SipError(Invalid):
    """A message that must not be acted on.

    `sip_status` is what a request with this fault deserves, None where silence is the answer. `fields` are the header
    fields as far as they could be read, so that an answer can be addressed.
    """

    code = "invalid-sip"

    def __init__(self, title: str, sip_status: int | None = 400, fields: Fields = ()) -> None:
        super().__init__(title)
        self.sip_status = sip_status
        self.fields = fields
        self.method = ""


def is_token(text: str) -> bool:
    return _TOKEN_ONLY.fullmatch(text) is not None


def split_list(text: str) -> list[str]:
    """Split at commas that stand outside quotes and angle brackets; empty elements are kept."""
    pieces, at = [], 0
    while True:
        match = _LIST_PIECE.match(text, at)
        end = match.end() if match else at
        pieces.append(text[at:end].strip(" \t"))
        if end == len(text):
            return pieces
        if text[end] != ",":
            raise SipError("Unbalanced quotes or brackets")
        at = end + 1


def read_parameters(text: str, at: int = 0) -> Parameters:
    """Read `;name=value` to the end of the text."""
    found: list[tuple[str, str | None]] = []
    end = len(text.rstrip(" \t"))
    while at < end:
        match = _PARAMETER.match(text, at)
        if match is None:
            raise SipError("Malformed header parameters")
        found.append((match[1], match[2]))
        at = match.end()
    return tuple(found)


def write_parameters(parameters: Parameters) -> str:
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in parameters)


def parameter(parameters: Parameters, name: str) -> str | None:
    """The unquoted value of the first parameter of that name, "" where it has none, None where it is absent."""
    for known, value in parameters:
        if known.lower() == name:
            return unquote(value) if value else ""
    return None


def with_parameter(parameters: Parameters, name: str, value: str | None) -> Parameters:
    """The same parameters with one set: in place where it was, else at the end."""
    if any(known.lower() == name for known, _ in parameters):
        return tuple((known, value if known.lower() == name else old) for known, old in parameters)
    return (*parameters, (name, value))


def unquote(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    return text


def quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_number(text: str, below: int, title: str) -> int:
    """A decimal number from 0 to `below` - 1. Leading zeros are allowed, in reason."""
    if not (0 < len(text) <= 20 and text.isascii() and text.isdigit()):
        raise SipError(title)
    number = int(text)
    if number >= below:
        raise SipError(title)
    return number
