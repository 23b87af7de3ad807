"""Digest authentication with SHA-256 and MD5: asking for it and answering it (RFC 7616, RFC 8760)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from appliance.telephony.sip_grammar import QUOTED, TOKEN, Fields, SipError, quote, unquote
from appliance.telephony.sip_message import Request, Response
from appliance.telephony.sip_uri import read_uri

NONCE_SECONDS = 300
MAX_NONCES = 4096

_SCHEME = re.compile(r"[ \t]*+Digest[ \t]++", re.IGNORECASE)
_PAIR = re.compile(rf'({TOKEN})[ \t]*+=[ \t]*+({QUOTED}|[^\s,"]++)[ \t]*+(?:,[ \t,]*+|$)', re.DOTALL)
_ALGORITHMS: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}
"""Strongest first: the order in which we ask."""


@dataclass(frozen=True, slots=True)
class DigestAnswer:
    """What the response digest is made of (RFC 7616 section 3.4.1)."""

    username: str
    realm: str
    nonce: str
    uri: str
    method: str
    algorithm: str
    qop: str = ""
    nc: str = ""
    cnonce: str = ""

    def digest(self, password: str) -> str:
        def hashed(*parts: str) -> str:
            return _ALGORITHMS[self.algorithm](":".join(parts).encode("utf-8", "surrogateescape"))

        secret = hashed(self.username, self.realm, password)
        what = hashed(self.method, self.uri)
        if not self.qop:
            return hashed(secret, self.nonce, what)
        return hashed(secret, self.nonce, self.nc, self.cnonce, self.qop, what)


def read_digest(value: str) -> dict[str, str] | None:
    """The parameters of a Digest challenge or answer, names in lower case; None for anything else."""
    start = _SCHEME.match(value)
    if start is None:
        return None
    found: dict[str, str] = {}
    at = start.end()
    while match := _PAIR.match(value, at):
        found.setdefault(match[1].lower(), unquote(match[2]))
        at = match.end()
    return found if at == len(value) else None


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    MISSING = "missing"
    STALE = "stale"
    WRONG = "wrong"


class Challenger:
    """Asks for credentials and checks them. A nonce is a signed time: nothing is kept until a password is proven."""

    def __init__(self, realm: str, random_bytes: Callable[[int], bytes]) -> None:
        self._realm = realm
        self._random = random_bytes
        self._secret = random_bytes(32)
        self._used: OrderedDict[str, int] = OrderedDict()
        self._oldest = -1
        """Nonces made up to this time (ms) may have been forgotten, so they are stale."""

    def ask(self, now: float, stale: bool = False) -> Fields:
        nonce = self._make_nonce(int(now * 1000))
        tail = ", stale=true" if stale else ""
        return tuple(
            (
                "WWW-Authenticate",
                f'Digest realm={quote(self._realm)}, nonce="{nonce}", algorithm={name}, qop="auth"{tail}',
            )
            for name in _ALGORITHMS
        )

    def check(self, request: Request, passwords: dict[str, str], now: float) -> Verdict:
        given = next(
            (
                found
                for name, value in request.fields
                if name == "Authorization" and (found := read_digest(value)) and found.get("realm") == self._realm
            ),
            None,
        )
        if given is None:
            return Verdict.MISSING
        answer = DigestAnswer(
            username=given.get("username", ""),
            realm=self._realm,
            nonce=given.get("nonce", ""),
            uri=given.get("uri", ""),
            method=request.method,
            algorithm=given.get("algorithm", "MD5").upper(),
            qop=given.get("qop", ""),
            nc=given.get("nc", ""),
            cnonce=given.get("cnonce", ""),
        )
        made = self._made_at(answer.nonce)
        if (
            answer.algorithm not in _ALGORITHMS
            or answer.qop != "auth"
            or made is None
            or not _same_user(answer.uri, request)
        ):
            return Verdict.WRONG
        expected = answer.digest(passwords.get(answer.username) or self._random(16).hex())
        if not hmac.compare_digest(expected.encode(), given.get("response", "").lower().encode("utf-8", "replace")):
            return Verdict.WRONG
        if made <= self._oldest or not 0 <= now * 1000 - made <= NONCE_SECONDS * 1000:
            return Verdict.STALE
        return Verdict.ACCEPTED if self._count(answer, made) else Verdict.STALE

    def _count(self, answer: DigestAnswer, made: int) -> bool:
        """Take a nonce count once: a captured answer does not work again."""
        if not re.fullmatch(r"[0-9A-Fa-f]{8}", answer.nc):
            return False
        count = int(answer.nc, 16)
        if count <= self._used.get(answer.nonce, 0):
            return False
        self._used[answer.nonce] = count
        if len(self._used) > MAX_NONCES:
            nonce, _ = self._used.popitem(last=False)
            self._oldest = max(self._oldest, self._made_at(nonce) or 0)
        return True

    def _make_nonce(self, made: int) -> str:
        head = made.to_bytes(8) + self._random(8)
        return base64.urlsafe_b64encode(head + self._sign(head)).decode().rstrip("=")

    def _made_at(self, nonce: str) -> int | None:
        if len(nonce) != 43 or not nonce.isascii():
            return None
        try:
            raw = base64.urlsafe_b64decode(nonce + "=")
        except ValueError:
            return None
        if len(raw) != 32 or not hmac.compare_digest(self._sign(raw[:16]), raw[16:]):
            return None
        return int.from_bytes(raw[:8])

    def _sign(self, head: bytes) -> bytes:
        return hmac.digest(self._secret, head + self._realm.encode(), "sha256")[:16]


def _same_user(uri: str, request: Request) -> bool:
    """An answer made for one number must not open another."""
    try:
        return read_uri(uri).number == request.uri.number
    except SipError:
        return False


def answer_challenge(
    response: Response, request: Request, username: str, password: str, cnonce: str
) -> tuple[str, str] | None:
    """The header field that answers a 401 or 407, None where it asks for nothing we can do."""
    asks, answers = {
        401: ("WWW-Authenticate", "Authorization"),
        407: ("Proxy-Authenticate", "Proxy-Authorization"),
    }[response.status]
    offered = [found for name, value in response.fields if name == asks and (found := read_digest(value))]
    for algorithm in _ALGORITHMS:
        for found in offered:
            qops = [each.strip() for each in found.get("qop", "").split(",")]
            if found.get("algorithm", "MD5").upper() != algorithm or not {"auth", ""} & set(qops):
                continue
            qop = "auth" if "auth" in qops else ""
            answer = DigestAnswer(
                username=username,
                realm=found.get("realm", ""),
                nonce=found.get("nonce", ""),
                uri=str(request.uri),
                method=request.method,
                algorithm=algorithm,
                qop=qop,
                nc="00000001" if qop else "",
                cnonce=cnonce if qop else "",
            )
            return answers, _write_answer(answer, password, found)
    return None


def _write_answer(answer: DigestAnswer, password: str, asked: dict[str, str]) -> str:
    parts = [
        f"username={quote(answer.username)}",
        f"realm={quote(answer.realm)}",
        f"nonce={quote(answer.nonce)}",
        f"uri={quote(answer.uri)}",
        f'response="{answer.digest(password)}"',
        f"algorithm={answer.algorithm}",
    ]
    if answer.qop:
        parts += [f"qop={answer.qop}", f"nc={answer.nc}", f"cnonce={quote(answer.cnonce)}"]
    if "opaque" in asked:
        parts.append(f"opaque={quote(asked['opaque'])}")
    return "Digest " + ", ".join(parts)
