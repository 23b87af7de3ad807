"""Seeing the values behind references: what two people sign for it, and when that is enough. No I/O, no clock.

Each step is a statement that a person signs with an Ed25519 key of their own, whose public half the vault knows. Who
carries it to the vault, the gateway or the command, can neither make one up nor change one: the vault derives from the
two statements alone who may read what until when. A reading names a one-time key of the reader's, and the values come
back in an envelope that nobody else opens.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final, Literal, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from appliance.errors import Conflict, Denied, Invalid

Step = Literal["ask", "approve", "deny", "break-glass", "acknowledge", "read", "enrol"]
PersonRight = Literal["ask", "approve", "break-glass"]
"""What an enrolled person may sign: `ask` also reads what was approved, `approve` also denies and acknowledges."""
RIGHTS: Final[tuple[PersonRight, ...]] = get_args(PersonRight)
STEP_RIGHT: Final[Mapping[Step, tuple[PersonRight, ...]]] = {
    "ask": ("ask",),
    "approve": ("approve",),
    "deny": ("approve",),
    "break-glass": ("break-glass",),
    "acknowledge": ("approve",),
    "read": ("ask", "break-glass"),
    "enrol": ("approve",),
}

RequestId = Annotated[str, Field(pattern=r"^[a-z0-9]{16,32}$")]
ConversationName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
PersonId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Reason = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,128}$")]
PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
Signature = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]
Seconds = Annotated[int, Field(ge=0, le=2**40)]

FRESH_S: Final = 300
"""So long ago may a statement have been made."""
AHEAD_S: Final = 30
"""So far may the signer's clock be ahead: a grant counts from its statement's time."""
MOST_MINUTES: Final = 24 * 60
WAITING_S: Final = 24 * 3600
"""A request that nobody decided on is over after this."""
NEVER: Final = re.compile(r"(?:[A-Z]+_)*(?:PIN|CVV|CVC|CODE|OTP|PASSWORD|PASSCODE|SECRET)_")
"""Sensitive authentication data has no value stored; nothing under such a name is opened either."""
REFERENCE: Final = re.compile(r"[A-Z]+(?:_[A-Z]+)*_(?:[0-9]{1,6}|r[0-9a-f]{10})")

State = Literal["waiting", "lapsed", "approved", "denied", "withdrawn", "over", "open", "unreviewed", "reviewed"]
"""`approved` and, of a break-glass, `open`: values can be read. `unreviewed`: it is over, and no second person has
looked at it."""
Group = Literal["pending", "active", "past"]
"""Waits for a second person; values can be read now; neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a person signs. `at`: seconds since 1970, UTC, on their clock."""

    step: Step
    person: PersonId
    at: Seconds
    request: RequestId
    conversation: ConversationName | Literal[""] = ""
    reason: Reason | Literal[""] = ""
    minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)] = 0
    """How long the values are to be readable from the approval on; what an approver signs too."""
    key: PublicKey | Literal[""] = ""
    """Of a reading: the reader's one-time X25519 key. Of an enrolment: the new person's Ed25519 key."""

    def text(self) -> bytes:
        """What is signed: lines that can be read, in this order, each ending in a line feed."""
        lines = (
            "b2t unredaction v1",
            f"step: {self.step}",
            f"request: {self.request}",
            f"conversation: {self.conversation}",
            f"reason: {self.reason}",
            f"minutes: {self.minutes}",
            f"key: {self.key}",
            f"person: {self.person}",
            f"at: {self.at}",
        )
        return "".join(f"{line}\n" for line in lines).encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    statement: Statement
    signature: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whose public key the vault knows. `label` is for the operator to tell people apart."""

    id: PersonId
    public_key: PublicKey
    label: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@-]{1,64}$")]
    rights: tuple[PersonRight, ...]
    enrolled_at: Seconds
    removed_at: Seconds | None = None
    sponsor: PersonId | None = None
    """Who signed for this key: for each other they do not count as a second person."""

    @property
    def actor(self) -> str:
        """As the audit log names them."""
        return f"person:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as far as it has come, by the statements that were made. `closed_at`: a break-glass's end was told."""

    asked: Signed
    decided: Signed | None = None
    withdrawn: Signed | None = None
    acknowledged: Signed | None = None
    closed_at: int | None = None
    ended_at: int | None = None
    """Since then nothing is read under it: the vault's record was put back, and goes on without it."""

    @property
    def id(self) -> str:
        return self.asked.statement.request

    @property
    def conversation(self) -> str:
        return self.asked.statement.conversation

    @property
    def is_break_glass(self) -> bool:
        return self.asked.statement.step == "break-glass"

    @property
    def until(self) -> int | None:
        """Seconds since 1970: until when values can be read; None where they never could."""
        if self.is_break_glass:
            return self.asked.statement.at + self.asked.statement.minutes * 60
        if self.decided is None or self.decided.statement.step != "approve":
            return None
        return self.decided.statement.at + self.asked.statement.minutes * 60

    def state(self, now: int) -> State:
        if self.is_break_glass:
            ended = self.withdrawn or self.acknowledged or self.ended_at
            if ended is None and now < (self.until or 0):
                return "open"  # whoever looks at it ends it
            return "reviewed" if self.acknowledged is not None else "unreviewed"
        if self.withdrawn is not None:
            return "withdrawn"
        if self.decided is None:
            waits = self.ended_at is None and now < self.asked.statement.at + WAITING_S
            return "waiting" if waits else "lapsed"
        if self.decided.statement.step == "deny":
            return "denied"
        return "approved" if self.ended_at is None and now < (self.until or 0) else "over"

    def group(self, now: int) -> Group:
        state = self.state(now)
        if state in ("waiting", "unreviewed"):
            return "pending"
        return "active" if state in ("approved", "open") else "past"


def person_id(public_key: str) -> str:
    """The first 64 bits of the key's SHA-256, hex. Raises Invalid."""
    return sha256(_raw_key(public_key)).hexdigest()[:16]


def sign(key: Ed25519PrivateKey, statement: Statement) -> Signed:
    return Signed(statement=statement, signature=base64.b64encode(key.sign(statement.text())).decode("ascii"))


def check_signed(signed: Signed, person: Person | None, now: int | None) -> Person:
    """Who made the statement, and that they may. `now` is None for what is on record already. Raises Denied."""
    statement = signed.statement
    if person is None or person.id != statement.person or (now is not None and person.removed_at is not None):
        raise Denied("This key is not enrolled.")
    if person.removed_at is not None and person.removed_at < statement.at:
        raise Denied("This key was not enrolled any more.")
    if person.enrolled_at > statement.at + FRESH_S:
        raise Denied("This key was not enrolled yet.")
    try:
        key = Ed25519PublicKey.from_public_bytes(_raw_key(person.public_key))
        key.verify(base64.b64decode(signed.signature), statement.text())
    except (InvalidSignature, ValueError):
        raise Denied("The signature is not this person's under this statement.") from None
    if not set(STEP_RIGHT[statement.step]) & set(person.rights):
        raise Denied("This person may not do that.")
    if now is not None and not -AHEAD_S <= now - statement.at <= FRESH_S:
        raise Denied("The statement is too old, or the clocks differ.")
    return person


def check_asked(statement: Statement, most_minutes: int) -> None:
    """Of a request or a break-glass. Raises Invalid."""
    if not statement.conversation or not statement.reason:
        raise Invalid("A request names its conversation and a reason.")
    if not 1 <= statement.minutes <= most_minutes:
        raise Invalid(f"A request names 1 to {most_minutes} minutes.")


def check_decision(request: Request, statement: Statement, now: int) -> None:
    """Whether an approval, denial, withdrawal or acknowledgement may be made now. Raises Denied, Conflict, Invalid."""
    asked, state = request.asked.statement, request.state(now)
    if statement.request != asked.request or statement.conversation != asked.conversation:
        raise Invalid("This is about another request.")
    if statement.step in ("approve", "acknowledge") and statement.person == asked.person:
        raise Denied("Who asked does not approve: a second person does.")
    if statement.step == "approve" and (statement.reason, statement.minutes) != (asked.reason, asked.minutes):
        raise Invalid("An approval is of what was asked: the same reason and minutes.")
    allowed: dict[Step, tuple[State, ...]] = {
        "approve": ("waiting",),
        "deny": ("waiting", "approved", "open"),
        "acknowledge": ("open", "unreviewed"),
    }
    if state not in allowed.get(statement.step, ()) or (statement.step == "acknowledge" and request.acknowledged):
        raise Conflict(f"This request is {state}.")


def are_two(one: Person, other: Person) -> bool:
    """Whether they count as two people: a key that somebody brought in may be their own."""
    return one.id != other.id and one.id != other.sponsor and other.id != one.sponsor


def check_reading(request: Request, statement: Statement, persons: Mapping[str, Person], now: int) -> None:
    """Whether the reader may see values now, by what was signed and by nothing else. Raises Denied, Invalid."""
    asked = request.asked.statement
    if statement.request != asked.request or statement.conversation != asked.conversation or not statement.key:
        raise Invalid("A reading names its request, the conversation and a one-time key.")
    if statement.person != asked.person:
        raise Denied("Only who asked may read.")
    check_signed(request.asked, persons.get(asked.person), None)
    if request.state(now) not in ("approved", "open"):
        raise Denied("This request was not approved, or its time is over.")
    if request.is_break_glass:
        return
    if request.decided is None:
        raise Denied("This request was not approved, or its time is over.")
    approved = request.decided.statement
    approver = persons.get(approved.person)
    check_signed(request.decided, approver, None)
    if approver is not None and approver.removed_at is not None:
        raise Denied("Who approved it may not any more.")
    asker = persons.get(asked.person)
    if approver is None or asker is None or not are_two(approver, asker):
        raise Denied("Who approved it is no second person: one of the two keys was brought in by the other.")
    same = (approved.request, approved.conversation, approved.reason, approved.minutes)
    if approved.person == asked.person or same != (asked.request, asked.conversation, asked.reason, asked.minutes):
        raise Denied("The approval on record is of something else.")


def is_readable(name: str) -> bool:
    """Whether a reference of this name may have a value that people can be shown."""
    return REFERENCE.fullmatch(name) is not None and NEVER.match(name) is None


def revealed_purpose(request: str) -> str:
    """What an envelope with values is bound to (`appliance.privacy.envelopes`)."""
    return f"values of {request}"


def _raw_key(public_key: str) -> bytes:
    try:
        raw = base64.b64decode(public_key, validate=True)
    except ValueError:
        raise Invalid("A public key is base64 of 32 bytes.") from None
    if len(raw) != 32:
        raise Invalid("A public key is base64 of 32 bytes.")
    return raw
