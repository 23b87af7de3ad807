"""SIP URIs, and the name-addr form that carries them in From, To, Contact and Route (RFC 3261 sections 19.1, 20.10)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from appliance.telephony.addresses import Address
from appliance.telephony.sip_grammar import (
    HOST,
    QUOTED,
    TOKEN,
    Parameters,
    SipError,
    parameter,
    read_number,
    read_parameters,
    with_parameter,
    write_parameters,
)
from appliance.telephony.sip_grammar import quote as quote_string
from appliance.telephony.sip_grammar import unquote as unquote_string

DEFAULT_PORT = 5060

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*+):")
_OPAQUE = re.compile(r'[^\s<>"\x00-\x1f\x7f]++')
# "#" is not allowed unescaped, but PBXs send it in feature codes.
_USER = re.compile(
    r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f][0-9A-Fa-f])++"
    r"(?::(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f][0-9A-Fa-f])*+)?"
)
_HOSTPORT = re.compile(rf"({HOST})(?::([0-9]{{1,5}}))?")
_WORD = r"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-Fa-f][0-9A-Fa-f])++"
_URI_PARAMETER = re.compile(rf";({_WORD})(?:=({_WORD}))?")
_HEADERS = re.compile(r"\?(?:[A-Za-z0-9\-_.!~*'()\[\]/?:+$=&]|%[0-9A-Fa-f][0-9A-Fa-f])++")
_DISPLAY = re.compile(rf"(?:(?:{TOKEN}|[\u0080-\U0010ffff])++[ \t]*+)*+")
_QUOTED = re.compile(QUOTED, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Uri:
    """A SIP or SIPS URI in its parts, or any other URI with all that follows the scheme in `opaque`.

    Parts keep their escapes: what is written back is what was read.
    """

    scheme: str
    user: str = ""
    host: str = ""
    port: int | None = None
    parameters: Parameters = ()
    headers: str = ""
    opaque: str = ""

    @property
    def is_sip(self) -> bool:
        return self.scheme in ("sip", "sips")

    @property
    def number(self) -> str:
        """The user part without escapes, password and user parameters; the number of a tel URI."""
        text = self.user if self.is_sip else self.opaque
        return unquote(text.split(":", 1)[0].split(";", 1)[0], errors="replace")

    def parameter(self, name: str) -> str | None:
        for known, value in self.parameters:
            if unquote(known).lower() == name:
                return unquote(value) if value else ""
        return None

    @property
    def address(self) -> Address:
        """Host without brackets, and port; the host may be a name."""
        return Address(self.host.strip("[]"), self.port or DEFAULT_PORT)

    def __str__(self) -> str:
        if not self.is_sip:
            return f"{self.scheme}:{self.opaque}"
        user = f"{self.user}@" if self.user else ""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}:{user}{self.host}{port}{write_parameters(self.parameters)}{self.headers}"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """`"display" <uri>;parameters`; the display name without its quotes."""

    uri: Uri
    display: str = ""
    parameters: Parameters = ()

    @property
    def tag(self) -> str:
        return parameter(self.parameters, "tag") or ""

    def tagged(self, tag: str) -> NameAddr:
        return NameAddr(self.uri, self.display, with_parameter(self.parameters, "tag", tag))

    def __str__(self) -> str:
        display = f"{quote_string(self.display)} " if self.display else ""
        return f"{display}<{self.uri}>{write_parameters(self.parameters)}"


def sip_uri(user: str, address: Address) -> Uri:
    """A URI of our own making: the user part is escaped as needed."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    return Uri("sip", quote(user, safe="-_.!~*'()&=+$,/"), host, address.port)


def read_uri(text: str) -> Uri:
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise SipError("Malformed URI")
    name, at = scheme[1].lower(), scheme.end()
    if name not in ("sip", "sips"):
        if not _OPAQUE.fullmatch(text, at):
            raise SipError("Malformed URI")
        return Uri(name, opaque=text[at:])
    user = ""
    split = text.find("@", at)
    if split >= 0:
        user = text[at:split]
        if not _USER.fullmatch(user):
            raise SipError("Malformed user part of a SIP URI")
        at = split + 1
    hostport = _HOSTPORT.match(text, at)
    if hostport is None:
        raise SipError("Malformed host of a SIP URI")
    port = read_number(hostport[2], 65536, "Port out of range") if hostport[2] else None
    return _read_uri_tail(text, hostport.end(), Uri(name, user, hostport[1], port))


def _read_uri_tail(text: str, at: int, uri: Uri) -> Uri:
    found: list[tuple[str, str | None]] = []
    while match := _URI_PARAMETER.match(text, at):
        found.append((match[1], match[2]))
        at = match.end()
    headers = text[at:]
    if headers and not _HEADERS.fullmatch(headers):
        raise SipError("Malformed end of a SIP URI")
    return Uri(uri.scheme, uri.user, uri.host, uri.port, tuple(found), headers)


def read_name_addr(text: str) -> NameAddr:
    """Read From, To, Contact, Route and their like; a bare URI's parameters belong to the header field."""
    text = text.strip(" \t")
    display, at = "", 0
    if text.startswith('"'):
        quoted = _QUOTED.match(text)
        if quoted is None:
            raise SipError("Unterminated quoted string")
        display, at = unquote_string(quoted[0]), quoted.end()
        while text[at : at + 1] in (" ", "\t"):
            at += 1
        if text[at : at + 1] != "<":
            raise SipError("A display name without an address in angle brackets")
    else:
        start = text.find("<")
        if start < 0:
            return _read_bare(text)
        name = _DISPLAY.match(text)
        if name is None or name.end() != start:
            raise SipError("Malformed display name")
        display, at = text[:start].strip(" \t"), start
    end = text.find(">", at)
    if end < 0:
        raise SipError("Unbalanced angle brackets")
    return NameAddr(read_uri(text[at + 1 : end]), display, read_parameters(text, end + 1))


def _read_bare(text: str) -> NameAddr:
    end = text.find(";")
    end = len(text) if end < 0 else end
    uri = read_uri(text[:end].rstrip(" \t"))
    if uri.headers or "," in uri.user or "?" in uri.user:
        raise SipError("A URI with a comma or a question mark must stand in angle brackets")
    return NameAddr(uri, "", read_parameters(text, end))
