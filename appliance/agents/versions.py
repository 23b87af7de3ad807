"""A version's record: what was published, by whom, when, on what proof; signed by the box, and never changed.

The definition's own bytes are named by their hash; the record, signed, says that these bytes were published here. Who
could write into the store could neither change a version nor put one there that this box did not publish.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from appliance.agents.loading import Version, stored_version
from appliance.agents.understood import Understood, refusals
from appliance.errors import Invalid, Tampered

PURPOSE: Final = b"b2t agent version 1\n"
STRICT: Final = ConfigDict(extra="forbid")
VersionName = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
AgentName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Reason = Annotated[str, Field(min_length=3, max_length=200, pattern=r"\S")]
Count = Annotated[int, Field(ge=0, le=10_000_000)]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of playing the scenarios of the version `version`: how many passed, how much of it they reached."""

    __pydantic_config__ = STRICT
    version: VersionName
    passed: Count
    failed: Count
    written: Count
    """Scenarios without what was made of them."""
    steps: Count
    steps_reached: Count
    ways: Count
    ways_gone: Count

    @property
    def metrics(self) -> dict[str, float]:
        """What may not fall by more than the agent's budget, each from 0 to 1."""
        played = self.passed + self.failed
        return {
            "passed": self.passed / played if played else 0.0,
            "steps": self.steps_reached / self.steps if self.steps else 1.0,
            "ways": self.ways_gone / self.ways if self.ways else 1.0,
        }


@dataclass(frozen=True, slots=True)
class Record:
    agent: AgentName
    version: VersionName
    content: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the definition's canonical JSON, in full."""
    by: Annotated[str, Field(max_length=128)]
    """As the audit log names it: `box` for an agent's folder at the start, `operator`, an account or a key."""
    at: str
    tests: Trial | None = None
    reason: Reason | None = None
    """Why it was published without scenarios that pass."""
    understanding: dict[str, Understood] = field(default_factory=dict)
    """By locale, where its examples are others than those of the version before: figures, and the intents that lost."""
    key: str = ""
    """The publishing key's fingerprint."""
    signature: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a version was published on."""

    tests: Trial | None = None
    reason: str | None = None
    understanding: dict[str, Understood] = field(default_factory=dict)


RECORD: TypeAdapter[Record] = TypeAdapter(Record)


class Publisher:
    """The box's publishing key: signs records, and knows its own."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self._public = private.public_key()
        self.name = fingerprint(self._public)
        self.share_key = hashlib.sha256(b"b2t canary shares\n" + private.private_bytes_raw()).digest()
        """For choosing the conversations that a canary gets, which nobody outside can foresee."""

    def sign(self, record: Record) -> Record:
        record = replace(record, key=self.name, signature="")
        return replace(record, signature=base64.b64encode(self._private.sign(_signed(record))).decode())

    def check(self, record: Record) -> None:
        """Raises Tampered where it is not as this box signed it."""
        try:
            self._public.verify(base64.b64decode(record.signature, validate=True), _signed(record))
        except (InvalidSignature, ValueError):
            raise Tampered("a version's record is not what this box published") from None


def fingerprint(public: Ed25519PublicKey) -> str:
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def record_of(version: Version, by: str, at: str, proof: Proof) -> Record:
    content = hashlib.sha256(version.content).hexdigest()
    return Record(version.name, version.version, content, by, at, proof.tests, proof.reason, proof.understanding)


def read_record(raw: bytes, publisher: Publisher) -> Record:
    """Raises Tampered."""
    try:
        record = RECORD.validate_json(raw)
    except ValidationError:
        raise Tampered("a version's record cannot be read") from None
    publisher.check(record)
    return record


def recorded_version(record: Record, content: bytes) -> Version:
    """The version that a checked record is of. Raises Tampered where a byte of it is another."""
    if hashlib.sha256(content).hexdigest() != record.content:
        raise Tampered("an agent's version is not what was published")
    version = stored_version(record.version, content)
    if version.name != record.agent:
        raise Tampered("an agent's version is recorded under another name")
    return version


ALLOW: Final = "Mend the examples, allow more under policies.publish of the definition, or publish with a reason."


class NotPublished(Invalid):
    """The version is in order, but what is asked of a publication is not there."""

    code, status = "not-published", 422


def check_publication(version: Version, tests: Trial | None, reason: str | None, before: Trial | None) -> None:
    """Whether scenarios pass, and nothing falls by more than the agent's budget below the version in use.

    With a reason it is published all the same, and the record says so. Raises NotPublished.
    """
    if reason is not None:
        return
    if tests is None:
        raise NotPublished("Its scenarios were not played; play them, or give a reason for publishing without.")
    if tests.version != version.version:
        raise NotPublished("Its scenarios were played with another version.")
    if tests.failed:
        raise NotPublished(f"{tests.failed} of {tests.passed + tests.failed} scenarios fail.")
    if not tests.passed:
        raise NotPublished("It has no scenarios; write some, or give a reason for publishing without.")
    budget = version.agent.policies.regression
    for name, was in (before.metrics if before is not None else {}).items():
        now = tests.metrics[name]
        if now < was - budget:
            raise NotPublished(f"The share of {_WORDS[name]} falls from {was:.0%} to {now:.0%}; {budget:.0%} may go.")


def check_understood(version: Version, figures: Mapping[str, Understood]) -> None:
    """Whether what it is for is still understood, within the agent's budget. Raises NotPublished."""
    wrong = refusals(version, figures)
    if wrong:
        raise NotPublished(f"{' '.join(wrong)} {ALLOW}")


_WORDS: Final = {
    "passed": "scenarios that pass",
    "steps": "steps that scenarios reach",
    "ways": "ways that scenarios go",
}


def _signed(record: Record) -> bytes:
    members = {name: value for name, value in RECORD.dump_python(record, mode="json").items() if name != "signature"}
    if not record.understanding:  # as releases that knew none signed it
        del members["understanding"]
    return PURPOSE + json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
