"""SIP messages: bytes to typed requests and responses and back (RFC 3261 sections 7 and 20)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TypedDict

from appliance.telephony.addresses import Address
from appliance.telephony.sip_grammar import TOKEN, Fields, SipError, is_token, read_number, split_list
from appliance.telephony.sip_names import CANONICAL, COMPACT, KNOWN_METHODS, REASONS
from appliance.telephony.sip_uri import NameAddr, Uri, read_name_addr, read_uri
from appliance.telephony.sip_via import Via, read_via

MAX_MESSAGE = 65_535
MAX_HEAD = 32_768
MAX_FIELD = 8_192
MAX_FIELDS = 256
MAX_URI = 2_048
MAX_BODY = 16_384

_TYPED = frozenset({"Via", "From", "To", "Call-ID", "CSeq", "Content-Length"})
_SINGLE = frozenset({"From", "To", "Call-ID", "CSeq", "Content-Length", "Content-Type", "Max-Forwards"})
_ADDRESSES = frozenset({"Contact", "Route", "Record-Route"})
_LISTS = frozenset({"Accept", "Allow", "Require", "Proxy-Require", "Supported", "Unsupported"})
_CSEQ = re.compile(rf"([0-9]{{1,20}})[ \t]++({TOKEN})")
_CONTENT_TYPE = re.compile(rf"({TOKEN})[ \t]*+/[ \t]*+({TOKEN})[ \t]*+(?:;.*+)?", re.DOTALL)
_FIELD = re.compile(rf"({TOKEN})[ \t]*+:(.*+)", re.DOTALL)
_VERSION = re.compile(r"SIP/[0-9]++\.[0-9]++", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What requests and responses share. `fields` has every other header field, unfolded, under its long name."""

    via: tuple[Via, ...]
    from_: NameAddr
    to: NameAddr
    call_id: str
    cseq: int
    method: str
    fields: Fields = ()
    body: bytes = b""

    def field(self, name: str) -> str | None:
        """The first value of a header field."""
        wanted = name.lower()
        return next((value for known, value in self.fields if known.lower() == wanted), None)

    def tokens(self, name: str) -> list[str]:
        """All elements of a header field that is a list, in order, whether joined or repeated."""
        wanted = name.lower()
        values = (value for known, value in self.fields if known.lower() == wanted)
        return [piece for value in values for piece in split_list(value) if piece]

    def addresses(self, name: str) -> tuple[NameAddr, ...]:
        return tuple(read_name_addr(piece) for piece in self.tokens(name) if piece != "*")

    @property
    def contact(self) -> Uri | None:
        return next((each.uri for each in self.addresses("Contact")), None)

    @property
    def content_type(self) -> str:
        """Lower case, without parameters; "" where there is none."""
        match = _CONTENT_TYPE.fullmatch(self.field("Content-Type") or "")
        return f"{match[1]}/{match[2]}".lower() if match else ""

    def _encode(self, start: str) -> bytes:
        lines = [start]
        lines += [f"Via: {via}" for via in self.via]
        lines += [
            f"From: {self.from_}",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {self.method}",
        ]
        lines += [f"{name}: {value}" for name, value in self.fields]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Message):
    uri: Uri

    def encode(self) -> bytes:
        return self._encode(f"{self.method} {self.uri} SIP/2.0")

    def arrived_from(self, source: Address) -> Request:
        return replace(self, via=(self.via[0].received_from(source), *self.via[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Message):
    status: int
    reason: str = ""

    def encode(self) -> bytes:
        return self._encode(f"SIP/2.0 {self.status} {self.reason}")


def respond(
    request: Request, status: int, tag: str = "", fields: Fields = (), body: bytes = b"", reason: str = ""
) -> Response:
    """A response to a request; `tag` completes its To where it has none (RFC 3261 section 8.2.6)."""
    return Response(
        status=status,
        reason=reason or REASONS.get(status, "Error"),
        via=request.via,
        from_=request.from_,
        to=request.to if request.to.tag or not tag else request.to.tagged(tag),
        call_id=request.call_id,
        cseq=request.cseq,
        method=request.method,
        fields=fields,
        body=body,
    )


def refuse_malformed(error: SipError, tag: str) -> bytes | None:
    """The answer to a request that could not be read, made of the fields that could; None where silence is due."""
    ways = [value for name, value in error.fields if name == "Via"]
    if error.sip_status is None or not ways or error.method in ("", "ACK"):
        return None
    first = dict(reversed(error.fields))
    to = first.get("To")
    lines = [f"SIP/2.0 {error.sip_status} {REASONS.get(error.sip_status, 'Bad Request')}"]
    lines += [f"Via: {way}" for way in ways]
    lines += [f"{name}: {first[name]}" for name in ("From", "Call-ID", "CSeq") if name in first]
    if to is not None:
        lines.append(f"To: {to}" if re.search(r";[ \t]*+tag[ \t]*+=", to, re.IGNORECASE) else f"To: {to};tag={tag}")
    lines += [f'Warning: 399 b2t "{error.title}"', "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def parse_message(data: bytes) -> Request | Response:
    """Read one UDP datagram. Raises SipError and nothing else.

    Octets beyond Content-Length are ignored (RFC 3261 section 18.3); without it the body is the rest.
    """
    if len(data) > MAX_MESSAGE:
        raise SipError("Larger than a datagram", None)
    data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    head = data if end < 0 else data[:end]
    lines = head[:MAX_HEAD].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n")
    start = lines[0].decode("utf-8", "surrogateescape")
    words = start.split(" ")
    if _VERSION.fullmatch(words[0]):
        method = ""
    elif _VERSION.fullmatch(start.rstrip(" ").rpartition(" ")[2]) and is_token(words[0]):
        method = words[0]
    else:
        raise SipError("Not SIP", None)
    fields: Fields = ()
    try:
        fields = _read_fields(lines[1:])
        _check_size(head, end < 0, fields)
        if method:
            return _read_request(words, fields, data[end + 4 :])
        return _read_response(start, fields, data[end + 4 :])
    except SipError as error:
        error.fields = error.fields or fields
        error.method = method
        if not method:
            error.sip_status = None
        raise


def _read_fields(lines: list[bytes]) -> Fields:
    """Every field that can be read; an unreadable one is an error that still carries the others."""
    found: list[tuple[str, str]] = []
    fault: SipError | None = None
    for line in lines[:MAX_FIELDS]:
        if len(line) > MAX_FIELD:
            fault = SipError("A header field is too long", 513)
            continue
        match = _FIELD.fullmatch(line.decode("utf-8", "surrogateescape"))
        if match is None or "\r" in match[2] or "\n" in match[2]:
            fault = fault or SipError("Malformed header field")
            continue
        key = match[1].lower()
        name = COMPACT.get(key) or CANONICAL.get(key) or match[1]
        found.append((name, match[2].strip(" \t")))
    if len(lines) > MAX_FIELDS:
        fault = SipError("Too many header fields", 513)
    if fault:
        fault.fields = tuple(found)
        raise fault
    return tuple(found)


def _check_size(head: bytes, unfinished: bool, fields: Fields) -> None:
    if len(head) > MAX_HEAD:
        raise SipError("The header is too long", 513, fields)
    if unfinished:
        raise SipError("The header does not end", 400, fields)


def _read_request(words: list[str], fields: Fields, rest: bytes) -> Request:
    if len(words) != 3:
        raise SipError("Malformed request line")
    method, target, version = words
    if version.upper() != "SIP/2.0":
        raise SipError("Unknown version of SIP", 505)
    if len(target) > MAX_URI:
        raise SipError("The Request-URI is too long", 414)
    shared = _read_shared(fields, rest)
    if shared["method"] != method:
        # RFC 4475 section 3.1.2.18 prefers 501 where the method is unknown as well.
        raise SipError("The method differs from that in CSeq", 400 if method in KNOWN_METHODS else 501)
    uri = read_uri(target)
    if uri.headers:
        raise SipError("Header fields in the Request-URI")
    return Request(uri=uri, **shared)


def _read_response(start: str, fields: Fields, rest: bytes) -> Response:
    version, _, tail = start.partition(" ")
    code, _, reason = tail.partition(" ")
    if version.upper() != "SIP/2.0" or len(code) != 3:
        raise SipError("Malformed status line", None)
    status = read_number(code, 700, "Status out of range")
    if status < 100:
        raise SipError("Status out of range", None)
    return Response(status=status, reason=reason, **_read_shared(fields, rest))


class _Shared(TypedDict):
    via: tuple[Via, ...]
    from_: NameAddr
    to: NameAddr
    call_id: str
    cseq: int
    method: str
    fields: Fields
    body: bytes


def _read_shared(fields: Fields, rest: bytes) -> _Shared:
    single: dict[str, str] = {}
    for name, value in fields:
        if name in _SINGLE:
            if name in single:
                raise SipError("A header field that may stand once stands twice")
            single[name] = value
        elif name in _ADDRESSES and value != "*":
            for piece in split_list(value):
                read_name_addr(piece)
        elif name in _LISTS:
            split_list(value)
    for name in ("From", "To", "Call-ID", "CSeq"):
        if not single.get(name):
            raise SipError("A required header field is missing")
    via = tuple(read_via(piece) for name, value in fields if name == "Via" for piece in split_list(value))
    if not via:
        raise SipError("Via is missing", None)
    cseq = _CSEQ.fullmatch(single["CSeq"])
    if cseq is None:
        raise SipError("Malformed CSeq")
    read_number(single.get("Max-Forwards", "70"), 256, "Malformed Max-Forwards")
    return _Shared(
        via=via,
        from_=read_name_addr(single["From"]),
        to=read_name_addr(single["To"]),
        call_id=_read_call_id(single["Call-ID"]),
        cseq=read_number(cseq[1], 2**31, "CSeq out of range"),
        method=cseq[2],
        fields=tuple((name, value) for name, value in fields if name not in _TYPED),
        body=_read_body(single, rest),
    )


def _read_call_id(text: str) -> str:
    if any(mark in text for mark in " \t,"):
        raise SipError("Malformed Call-ID")
    return text


def _read_body(single: dict[str, str], rest: bytes) -> bytes:
    body = rest
    if "Content-Length" in single:
        length = read_number(single["Content-Length"], 2**31, "Malformed Content-Length")
        if length > len(rest):
            raise SipError("Content-Length exceeds the message")
        body = rest[:length]
    if len(body) > MAX_BODY:
        raise SipError("The body is too large", 413)
    if body and not _CONTENT_TYPE.fullmatch(single.get("Content-Type", "")):
        raise SipError("A body without a readable Content-Type")
    return body
