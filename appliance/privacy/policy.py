"""One policy of redaction: which kinds of personal data are taken out for which sink, and what stands there instead.

The detector names everything it sees; what becomes of it is decided here alone. Secrets (`PIN`, `CVV`, `CODE`,
`PASSWORD`, `SECRET`) are taken out everywhere, whatever a policy says of them.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from appliance.config import PrivacyConfig
from appliance.errors import Invalid
from appliance.ports import PersonalSpan
from appliance.privacy.references import IN_TEXT, LITERAL, escape

KEY_BYTES: Final = 16
"""A pseudonym's key has at least so many."""
_BY_KIND: Final = re.compile(r"<([A-Z]+(?:_[A-Z]+)*)>")
_LITERAL_KIND: Final = LITERAL.rpartition("_")[0]
_SIGNS: Final = re.compile(r"\w")
_SECRET_MASK: Final = "****"  # noqa: S105 - hides how long it was


class How(StrEnum):
    REFERENCE = "reference"
    """`<CARD_1>`: the same value has the same name within one book."""
    MASK = "mask"
    """Every letter and digit becomes `*`; the layout stays."""
    PSEUDONYM = "pseudonym"
    """`<CARD_x4f0c2ab91d>`: the same value has the same name wherever the key is the same, and no way back."""
    DROP = "drop"
    """Nothing stands there."""
    KEEP = "keep"


class Sink(StrEnum):
    """Where redacted text goes."""

    CONVERSATION = "conversation"
    """Prompts, classifiers, flows, the event log: they go on with references."""
    EXPORT = "export"
    """What leaves the box: reports, evidence, copies for others."""
    LOG = "log"
    """Logs, traces, metrics, support files: they never hold a text; should one, nothing in it may lead back."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`kinds` says what differs from `otherwise`. Spans below `at_least` are left, secrets excepted."""

    otherwise: How = How.REFERENCE
    kinds: Mapping[str, How] = field(default_factory=dict)
    at_least: float = 0.0

    def how(self, span: PersonalSpan) -> How:
        chosen = self.kinds.get(span.kind, self.otherwise)
        if span.secret:
            return How.REFERENCE if chosen is How.KEEP else chosen
        if span.value is not None and chosen is How.KEEP:
            return How.REFERENCE  # of an agent's own entity, which its definition calls personal
        return How.KEEP if span.score < self.at_least else chosen

    def taken(self, spans: Iterable[PersonalSpan]) -> list[PersonalSpan]:
        """The spans that do not stay in the text."""
        return [span for span in spans if self.how(span) is not How.KEEP]


GENERAL: Final = ("COUNTRY", "NATIONALITY", "TITLE", "DATE_TIME")
"""Say nothing of who somebody is when they stand alone, and much of what somebody wants: `does it work in Spain`."""

POLICIES: Final[Mapping[Sink, Policy]] = {
    Sink.CONVERSATION: Policy(How.REFERENCE, dict.fromkeys(GENERAL, How.KEEP)),
    Sink.EXPORT: Policy(How.MASK),
    Sink.LOG: Policy(How.DROP),
}


# ---- what a reader sees of text that was redacted long ago ----------------------------------------------------------

Reading = Literal["reading", "export"]
"""On a page or through the API; or in a file that leaves the box."""
Namer = Callable[[str], str]
"""A keyed hash of what it is given, in hex, after a prefix that ends with `:`."""


@dataclass(frozen=True, slots=True)
class ReadingPolicy:
    """What stands where a reference stood, by its kind. There is no value to keep: that takes two people."""

    otherwise: How = How.MASK
    kinds: Mapping[str, How] = field(default_factory=dict)
    namer: Namer | None = None

    def show(self, conversation: str, text: str) -> str:
        """Redacted text as its reader sees it. Raises Invalid for a pseudonym without a key."""

        def seen(found: re.Match[str]) -> str:
            name = found[1]
            if name == LITERAL:
                return "<"
            kind = name.rpartition("_")[0]
            match self.kinds.get(kind, self.otherwise):
                case How.REFERENCE:
                    return found[0]
                case How.PSEUDONYM:
                    return f"<{kind}_x{self._hash(conversation, name)}>"
                case How.DROP:
                    return ""
                case _:
                    return _SECRET_MASK

        return IN_TEXT.sub(seen, text)

    def show_kinds(self, text: str) -> str:
        """The same for text in which references stand by their kind alone, `<CARD>`, as two conversations are compared.

        A pseudonym would tell apart what such text does not: the kind stands there.
        """

        def seen(found: re.Match[str]) -> str:
            kind = found[1]
            if kind == _LITERAL_KIND:
                return "<"
            how = self.kinds.get(kind, self.otherwise)
            if how is How.DROP:
                return ""
            return found[0] if how in (How.REFERENCE, How.PSEUDONYM) else _SECRET_MASK

        return _BY_KIND.sub(seen, text)

    def _hash(self, conversation: str, name: str) -> str:
        """The same in every reading of this conversation; it is in no other, as references are not."""
        if self.namer is None:
            raise Invalid("Pseudonyms need a key.")
        return self.namer(f"{conversation}/{name}").rpartition(":")[2][:16]


REFERENCES: Final = ReadingPolicy(How.REFERENCE)
MASKED: Final = ReadingPolicy(How.MASK)
READERS: Final = frozenset({"administrator", "api_key", "operator"})
"""Who sees references unless the configuration says otherwise; whoever is not here sees that something stood there."""


def reading_policy(reader: str, settings: PrivacyConfig, reading: Reading, namer: Namer | None = None) -> ReadingPolicy:
    """For a role, `api_key` or `operator`. One that nobody has heard of gets the least."""
    chosen = settings.readers.get(reader)
    if chosen is None:
        return ReadingPolicy(How.REFERENCE if reader in READERS else How.MASK)
    otherwise = How(chosen.reading if reading == "reading" else chosen.export)
    return ReadingPolicy(otherwise, {kind: How(how) for kind, how in chosen.kinds.items()}, namer)


_LESS_FIRST: Final = (How.DROP, How.MASK, How.PSEUDONYM, How.REFERENCE)


def stricter(one: ReadingPolicy, other: ReadingPolicy) -> ReadingPolicy:
    """Of every kind what shows less."""

    def less(*hows: How) -> How:
        return min(hows, key=_LESS_FIRST.index)

    kinds = {
        kind: less(one.kinds.get(kind, one.otherwise), other.kinds.get(kind, other.otherwise))
        for kind in (*one.kinds, *other.kinds)
    }
    return ReadingPolicy(less(one.otherwise, other.otherwise), kinds, one.namer or other.namer)


class Redaction:
    """Texts without their personal data. References are counted over all texts that one object is given.

    Holds what it has replaced by references, in memory; `key` is for pseudonyms alone.
    """

    def __init__(self, policy: Policy, key: bytes = b"") -> None:
        if key and len(key) < KEY_BYTES:
            raise Invalid(f"A key for pseudonyms has at least {KEY_BYTES} bytes.")
        self._policy, self._key = policy, key
        self._names: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def apply(self, text: str, spans: Sequence[PersonalSpan]) -> str:
        """Spans are ordered and do not overlap; raises Invalid otherwise. Typed `<CARD_1>` is made harmless."""
        pieces: list[str] = []
        position = 0
        for span in self._policy.taken(spans):
            if not position <= span.start < span.end <= len(text):
                raise Invalid("spans of personal data overlap or lie outside the text")
            pieces += [escape(text[position : span.start]), self._instead(span, text[span.start : span.end])]
            position = span.end
        return "".join([*pieces, escape(text[position:])])

    def _instead(self, span: PersonalSpan, value: str) -> str:
        match self._policy.how(span):
            case How.REFERENCE:
                return f"<{self._reference(span, value)}>"
            case How.MASK:
                return _SECRET_MASK if span.secret else _SIGNS.sub("*", value)
            case How.PSEUDONYM:
                return f"<{self._reference(span, value)}>" if span.secret else f"<{self._pseudonym(span.kind, value)}>"
            case _:
                return ""

    def _reference(self, span: PersonalSpan, value: str) -> str:
        same = (span.kind, _same(value))
        if span.secret or same not in self._names:
            self._counts[span.kind] = self._counts.get(span.kind, 0) + 1
            name = f"{span.kind}_{self._counts[span.kind]}"
            if span.secret:
                return name
            self._names[same] = name
        return self._names[same]

    def _pseudonym(self, kind: str, value: str) -> str:
        if not self._key:
            raise Invalid("Pseudonyms need a key.")
        digest = hmac.digest(self._key, f"{kind}/{_same(value)}".encode(errors="surrogatepass"), "sha256")
        return f"{kind}_x{digest.hex()[:16]}"


def _same(value: str) -> str:
    """Written otherwise, the same value: `4111-1111` and `4111 1111`, `Ann Lee` and `ann lee`."""
    return "".join(filter(str.isalnum, value)).casefold()
