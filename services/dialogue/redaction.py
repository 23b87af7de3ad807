"""Redacts an input before anything of it is stored: its personal values become references, its raw fields go."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from appliance import events as e
from appliance.adapters.inference import Asked, InferenceClient
from appliance.agents.definition import Agent
from appliance.conversation.state import State
from appliance.conversation.urgency import in_words
from appliance.errors import B2TError, RedactionFailed, Unknown
from appliance.ports import PersonalSpan
from appliance.privacy.held_digits import Earlier, parts, said_digits
from appliance.privacy.policy import POLICIES, Sink
from appliance.privacy.references import NAME, Redacted, ReferenceBook
from appliance.privacy.sealing import ConversationKeys, heard_place
from appliance.privacy.values import MOST_DIGITS, Digits, read_digits

DIGITS: Final = "NUMBER"
CARD: Final = "CARD"
SECRET: Final = "PIN"  # noqa: S105 - the name of a kind
SECRET_FROM: Final = 3
"""So many digits in a row are a secret while one is asked for."""
NUMBER_FROM: Final = 5
"""So many are a number to be sealed at any time."""
CARD_FROM: Final = 13
NAMED: Final = frozenset(
    {"PERSON", "LOCATION", "ORGANIZATION", "ADDRESS", "TITLE", "COUNTRY", "NATIONALITY", "AGE", "DATE", "DATE_TIME"}
)
"""What is told by words of one language alone."""
WITHHELD: Final = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private", "withheld"})
"""Names that stand for no number: whoever hides theirs is not the same party as others who do."""
STAGES: Final = frozenset(
    {"speech_end", "endpoint", "recognised", "redacted", "understood", "decided", "recorded", "first_audio"}
    | {"heard_until", "voice_to_voice"}
)
_SAID: Final = frozenset(
    {"zero", "oh", "o", "nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
    | {"double", "triple", "treble"}
)
_WORD: Final = re.compile(r"[A-Za-z]+|[0-9]+")
_REFERENCE: Final = re.compile(f"(<{NAME.pattern}>)")
_BETWEEN: Final = re.compile(r"[\s.,·–—-]*")


@dataclass(frozen=True, slots=True)
class Parties:
    """Names accounts and callers by keyed hash, the same in every conversation."""

    keys: ConversationKeys

    def identity(self, given: e.ChannelInput) -> e.Identity:
        account = getattr(given, "account", None)
        caller = getattr(given, "caller", None)
        if caller and caller.lower() in WITHHELD:
            caller = None
        if account:
            return e.Identity(e.Assurance.SIGNED_IN, self.keys.digest(f"account/{account}"))
        if caller:
            return e.Identity(e.Assurance.HINT, self.keys.digest(f"caller/{caller}"))
        return e.Identity()


async def redact(
    given: e.ChannelInput,
    state: State,
    keys: ConversationKeys,
    parties: Parties,
    inference: InferenceClient,
    asked: Asked | None = None,
    languages: Sequence[str] = (),
) -> e.Stored:
    """The input as the inbox may keep it. `asked`: what the agent's own entities call personal goes too.
    `languages`: others that the party may speak, so that a number in their words is one too. Raises
    RedactionFailed, and Unknown where inference does not know that agent; then nothing may be stored."""
    identity = parties.identity(given)
    if isinstance(given, e.Start):
        return e.Stored(input=replace(given, account=None, caller=None), identity=identity)
    if isinstance(given, e.Attach):
        return e.Stored(input=replace(given, account=None), identity=identity)
    if isinstance(given, e.Said | e.Keyed | e.Played):
        given = replace(given, stages=_measured(given.stages))
    if not isinstance(given, e.Said | e.Keyed):
        return e.Stored(input=given)
    book = ReferenceBook(keys, state.references.values())
    if isinstance(given, e.Keyed):
        return e.Stored(input=replace(given, digits=""), references=_keyed(given, state, book))
    redacted = await _said(given, state, book, inference, asked, languages)
    sealed = keys.seal_text(heard_place(given.input_id), redacted.text)
    return e.Stored(input=replace(given, text=""), text=sealed, references=redacted.references)


async def urgently(given: e.ChannelInput, agent: Agent | None, redacting: Awaitable[e.Stored]) -> e.Stored:
    """What the redaction of an input comes to, and what is urgent in its words before it: a word that is taken for a
    name is not missed. Where they cannot be redacted, nothing of them is stored but that."""
    found = in_words(agent, given.text) if isinstance(given, e.Said) and agent is not None else None
    try:
        stored = await redacting
    except RedactionFailed:
        if not isinstance(given, e.Said) or found is None:
            raise
        stored = e.Stored(input=replace(given, text="", stages=_measured(given.stages)))
    return replace(stored, urgent=found.intent) if found is not None else stored


def secret_asked_for(state: State) -> bool:
    """Also while one that was given is looked up: somebody who gets impatient may say it again."""
    looked_up = [call for frame in state.stack if frame.call and (call := state.calls.get(frame.call))]
    return any(frame.capture is not None for frame in state.stack) or any(call.captures for call in looked_up)


async def _said(
    given: e.Said,
    state: State,
    book: ReferenceBook,
    inference: InferenceClient,
    named: Asked | None,
    languages: Sequence[str],
) -> Redacted:
    secret, spoken = secret_asked_for(state), state.locale or "en-US"
    try:
        found = await inference.detect(given.text, spoken, expecting_secret=secret, asked=named)
        for other in {one.partition("-")[0] for one in languages} - {spoken.partition("-")[0]}:
            found = with_others(found, await inference.detect(given.text, other, expecting_secret=secret))
        spans = POLICIES[Sink.CONVERSATION].taken(found)
        asked = state.reply is not None and state.reply.expectation.digits
        return book.redact(given.text, with_digits(given.text, spans, secret=secret, asked=asked))
    except Unknown:
        raise
    except B2TError:
        raise RedactionFailed("What was said could not be made safe to store; try again.") from None


def _keyed(given: e.Keyed, state: State, book: ReferenceBook) -> tuple[e.Reference, ...]:
    digits = re.sub(r"[^0-9]", "", given.digits)
    if not digits:
        return ()
    if secret_asked_for(state):
        return (book.add(SECRET, Digits(digits), secret=True),)
    return (book.add(CARD if CARD_FROM <= len(digits) <= 19 else DIGITS, Digits(digits)),)


def withheld(redacted: Redacted, book: ReferenceBook) -> Redacted:
    """What was redacted before a secret was asked for and is heard after that: its rows of digits are the secret now,
    whether they had become a number's reference or were too short for one and stand in the text."""
    used: dict[str, e.Reference] = {}

    def secret() -> str:
        reference = book.add(SECRET, Digits(""), secret=True)
        used[reference.name] = reference
        return f"<{reference.name}>"

    digits = {one.name: one for one in redacted.references if one.digits is not None and one.digits >= SECRET_FROM}
    kept = {one.name: one for one in redacted.references if one.name not in digits}
    pieces: list[str] = []
    for piece in _REFERENCE.split(redacted.text):
        name = piece[1:-1]
        if name in digits and _REFERENCE.fullmatch(piece):
            pieces.append(secret())
            continue
        position = 0
        for start, end, count in () if _REFERENCE.fullmatch(piece) else _rows(piece):
            if count >= SECRET_FROM:
                pieces += [piece[position:start], secret()]
                position = end
        pieces.append(piece[position:])
    if not redacted.text:  # keys have references and no text
        for _ in digits:
            secret()
    return Redacted("".join(pieces), (*kept.values(), *used.values()))


def continued(
    redacted: Redacted,
    before: Sequence[Earlier],
    known: Mapping[str, e.Reference],
    book: ReferenceBook,
    *,
    asked: bool = False,
) -> Redacted:
    """Digits that are a number only together with those of the turns before, the youngest last. `asked`: they answer a
    question whose answer is digits by itself."""
    counts = {name: one.digits for name, one in known.items() if one.digits is not None}
    counts |= {one.name: one.digits for one in redacted.references if one.digits is not None}
    text, references = redacted.text, redacted.references
    for start, end in reversed(parts(before, counts, text, asked=asked)):
        if not (said := said_digits(text[start:end])):
            continue
        secret = len(said) > MOST_DIGITS  # no value is that long; what is no value cannot be shown again
        reference = book.add(DIGITS, Digits("" if secret else said), secret=secret)
        text = f"{text[:start]}<{reference.name}>{text[end:]}"
        references = (*references, *(() if reference in references else (reference,)))
    return Redacted(text, references)


def with_others(found: Sequence[PersonalSpan], others: Sequence[PersonalSpan]) -> tuple[PersonalSpan, ...]:
    """What is found besides in another language's words, but for names, which are no less names in the first. The
    longer of two that meet stays; a secret does."""
    kept = list(found)
    for span in others:
        meeting = [one for one in kept if one.start < span.end and span.start < one.end]
        longer = all(one.end - one.start < span.end - span.start and not one.secret for one in meeting)
        if span.kind not in NAMED and (
            not meeting or longer or (span.secret and not any(one.secret for one in meeting))
        ):
            kept = [one for one in kept if one not in meeting] + [span]
    return tuple(sorted(kept, key=lambda span: span.start))


def with_digits(text: str, spans: Sequence[PersonalSpan], *, secret: bool, asked: bool = False) -> list[PersonalSpan]:
    """The detector's spans, and every row of digits it left, written or spelled: no engine is relied upon for those.
    Where digits are `asked` for, a row of them is that and not, say, a date."""
    found = list(spans)
    for start, end, count in _rows(text):
        meeting = [span for span in found if span.start < end and start < span.end]
        within = all(start <= span.start and span.end <= end and not span.secret for span in meeting)
        if secret and count >= SECRET_FROM and not within:
            found = [replace(span, secret=True) if span in meeting else span for span in found]
            continue
        if meeting and not (within and (secret or (asked and count < CARD_FROM))):
            found += _gaps(text, start, end, meeting)
            continue
        found = [span for span in found if span not in meeting]
        if secret and count >= SECRET_FROM:
            found.append(PersonalSpan(start, end, SECRET, 1.0, secret=True))
        elif count >= NUMBER_FROM:
            found.append(PersonalSpan(start, end, CARD if CARD_FROM <= count <= 19 else DIGITS, 1.0))
        else:
            found += meeting
    return sorted(found, key=lambda span: span.start)


def _gaps(text: str, start: int, end: int, meeting: Sequence[PersonalSpan]) -> Iterator[PersonalSpan]:
    """What a detector left of a row of digits it took a part of."""
    for before, after in pairwise([start, *(edge for span in meeting for edge in (span.start, span.end)), end]):
        words = [*_WORD.finditer(text, before, after)] if before < after else []
        if words and not any(span.start <= words[0].start() < span.end for span in meeting):
            yield PersonalSpan(words[0].start(), words[-1].end(), DIGITS, 1.0)


def _rows(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of digits of every longest row of digits."""
    row: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        if row and not _BETWEEN.fullmatch(text, row[-1].end(), word.start()):
            yield from _row(text, row)
            row = []
        if word[0].isdigit() or word[0].lower() in _SAID:
            row.append(word)
        elif row:
            yield from _row(text, row)
            row = []
    yield from _row(text, row)


def _row(text: str, words: list[re.Match[str]]) -> Iterator[tuple[int, int, int]]:
    if words:
        start, end = words[0].start(), words[-1].end()
        digits = read_digits(text[start:end])
        if digits is not None:
            yield start, end, len(digits.lstrip("+"))


def _measured(stages: dict[str, float]) -> dict[str, float]:
    """Only the stages there are; a channel's words are not stored."""
    return {stage: round(took, 3) for stage, took in stages.items() if stage in STAGES}
