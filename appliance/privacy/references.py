"""References: typed names that stand in redacted text for personal values, and their way back at the last moment.

A name is `KIND_N` (`<CARD_1>` in text), counted within the conversation; values that connectors return are named
`KIND_rHEX` after their call, so that the two never meet. `<LT_0>` stands for a `<` that a person typed in front of
something that looks like a reference: so nobody's words can name a value.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from appliance.errors import Invalid, Tampered
from appliance.events import Reference
from appliance.ports import PersonalSpan
from appliance.privacy import values
from appliance.privacy.sealing import ConversationKeys, reference_place
from appliance.privacy.values import Style, Value

log = structlog.get_logger(__name__)
NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)*_(?:[0-9]{1,6}|r[0-9a-f]{10})")
IN_TEXT = re.compile(f"<({NAME.pattern})>")
_COUNTED = re.compile(r"([A-Z]+(?:_[A-Z]+)*)_([0-9]{1,6})")
_KIND = re.compile(r"[A-Z]+(?:_[A-Z]+)*")
LITERAL = "LT_0"


@dataclass(frozen=True, slots=True)
class Redacted:
    """`references` are those the text names, each once, in the order of their appearance."""

    text: str
    references: tuple[Reference, ...] = ()


class ReferenceBook:
    """The references of one conversation while one input is worked on."""

    def __init__(self, keys: ConversationKeys, known: Iterable[Reference] = ()) -> None:
        self._keys = keys
        self._by_name: dict[str, Reference] = {}
        self._by_value: dict[tuple[str, str], Reference] = {}
        self._counts: dict[str, int] = {}
        for reference in known:
            self._enter(reference)

    def redact(self, text: str, spans: Sequence[PersonalSpan]) -> Redacted:
        """The text with each span's value taken out. Spans are ordered and do not overlap; raises Invalid otherwise."""
        pieces: list[str] = []
        used: dict[str, Reference] = {}
        position = 0
        for span in spans:
            if not position <= span.start < span.end <= len(text):
                raise Invalid("spans of personal data overlap or lie outside the text")
            pieces.append(escape(text[position : span.start]))
            said = text[span.start : span.end]
            value = values.read(span.kind, said) if span.value is None else values.decode(span.value.encode())
            reference = self.add(span.kind, value, secret=span.secret)
            used[reference.name] = reference
            pieces.append(f"<{reference.name}>")
            position = span.end
        pieces.append(escape(text[position:]))
        return Redacted("".join(pieces), tuple(used.values()))

    def add(self, kind: str, value: Value, *, secret: bool = False) -> Reference:
        """The reference for a value: the one it has already, or a new one. A secret's value goes nowhere, nor does one
        that could not be read again: nobody could open what it stands in."""
        if not _KIND.fullmatch(kind) or kind == "LT":
            raise Invalid("a reference's kind is capitals and underscores")
        if secret or not values.is_readable(value):
            return self._enter(Reference(self._next(kind), kind))
        digest = self._keys.digest(values.encode(value).decode())
        known = self._by_value.get((kind, digest))
        if known is not None:
            return known
        name = self._next(kind)
        return self._enter(seal_value(self._keys, name, kind, value))

    def adopt(self, redacted: Redacted) -> Redacted:
        """Fit in what was redacted without sight of this book: a taken name is changed, a known value gets its own.

        Two inputs may be redacted at once, each calling its first card `CARD_1`. They are consumed one after the other:
        whoever consumes them adopts them, and from then on a name means one value.
        """
        renamed: dict[str, str] = {}
        used: dict[str, Reference] = {}
        for reference in redacted.references:
            fitting = self._fit(reference)
            renamed[reference.name] = fitting.name
            used[fitting.name] = fitting
        text = IN_TEXT.sub(lambda found: f"<{renamed.get(found[1], found[1])}>", redacted.text)
        return Redacted(text, tuple(used.values()))

    def _fit(self, reference: Reference) -> Reference:
        if reference.digest is not None:
            known = self._by_value.get((reference.kind, reference.digest))
            if known is not None:
                return known
        if reference.name not in self._by_name:
            return self._enter(reference)
        name = self._next(reference.kind)
        if reference.value is None:
            return self._enter(replace(reference, name=name))
        raw = self._keys.unseal(reference_place(reference.name), reference.value)
        sealed = self._keys.seal(reference_place(name), raw, "raw")
        return self._enter(replace(reference, name=name, value=sealed))

    def _next(self, kind: str) -> str:
        return f"{kind}_{self._counts.get(kind, 0) + 1}"

    def _enter(self, reference: Reference) -> Reference:
        self._by_name[reference.name] = reference
        if reference.digest is not None:
            self._by_value.setdefault((reference.kind, reference.digest), reference)
        counted = _COUNTED.fullmatch(reference.name)
        if counted:
            self._counts[counted[1]] = max(self._counts.get(counted[1], 0), int(counted[2]))
        return reference


def seal_value(keys: ConversationKeys, name: str, kind: str, value: Value) -> Reference:
    raw = values.encode(value)
    digits = len(value.digits.lstrip("+")) if isinstance(value, values.Digits) else None
    return Reference(name, kind, keys.seal(reference_place(name), raw, "raw"), keys.digest(raw.decode()), digits)


def returned_name(kind: str, call: str, value: str) -> str:
    """The name of a connector's returned value: the same at every delivery of the same call, met by no counted name."""
    return f"{kind}_r{hashlib.sha256(f'{call}/{value}'.encode()).hexdigest()[:10]}"


def reveal(keys: ConversationKeys, references: Iterable[Reference]) -> dict[str, Value]:
    """Values by name, for `render`. Secrets have none, nor has what was sealed and is no value: it is told in the log
    and shown by its kind, so that one does not make a conversation unreadable. Raises Tampered where a box was not made
    for its place, and Denied without the raw key."""
    opened = {
        one.name: keys.unseal(reference_place(one.name), one.value) for one in references if one.value is not None
    }
    return readable(opened, keys.conversation)


def readable(opened: Mapping[str, bytes], conversation: str) -> dict[str, Value]:
    """Of what was sealed, by name, those that are values; of the others the log tells."""
    known: dict[str, Value] = {}
    for name, raw in opened.items():
        try:
            known[name] = values.decode(raw)
        except Tampered:
            log.warning("value_unreadable", conversation=conversation, reference=name)
    return known


def names_in(text: str) -> tuple[str, ...]:
    """The references a redacted text names, each once, in order."""
    return tuple(dict.fromkeys(name for name in IN_TEXT.findall(text) if name != LITERAL))


def escape(text: str) -> str:
    """Make what a person typed harmless: a literal `<CARD_1>` becomes `<LT_0>CARD_1>`, which renders as typed."""
    return IN_TEXT.sub(lambda found: f"<{LITERAL}>{found[1]}>", text)


def render(text: str, known: Mapping[str, Value], style: Style = "written", locale: str = values.DEFAULT_LOCALE) -> str:
    """Redacted text with its references resolved, in one pass: what a value holds is never resolved again.

    A reference without a value (a secret, or one that may not be seen) is shown by its kind: `[pin]`, spoken `pin`.
    """

    def resolved(found: re.Match[str]) -> str:
        name = found[1]
        if name == LITERAL:
            return "<"
        value = known.get(name)
        if value is not None:
            return values.show(value, style, locale)
        kind = name.rpartition("_")[0].replace("_", " ").lower()
        return kind if style == "spoken" else f"[{kind}]"

    return IN_TEXT.sub(resolved, text)
