"""Who may sign for seeing values, and what was signed, as the vault's record has it. Methods block.

What the record says is kept in memory once it was checked; each step that counts checks all of it anew. Somebody who
was removed stays so in every later entry, also of a record that was started anew.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from appliance.errors import Conflict, Tampered, Unknown
from appliance.privacy.sealing import ConversationKeys
from appliance.privacy.unredaction import Person, PersonId, Request, RequestId, Seconds
from appliance.privacy.unredaction_asking import MOST_TOLD, ToldStep
from services.vault.own_keys import OwnKeys
from services.vault.record import REFUSED, RENEW, Entry, Fact, Record
from services.vault.store import KeyStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """From here on the record goes on, or starts anew: requests of before are over, and these stay removed."""

    id: RequestId
    """As the audit log tells it: a record without the last one told was put back."""
    at: Seconds
    removed: Annotated[tuple[PersonId, ...], Field(max_length=MOST_TOLD)]


_PERSON: Final[TypeAdapter[Person]] = TypeAdapter(Person)
_REQUEST: Final[TypeAdapter[Request]] = TypeAdapter(Request)
_RENEWAL: Final[TypeAdapter[Renewal]] = TypeAdapter(Renewal)


@dataclass(slots=True)
class _Known:
    last: Entry | None = None
    epoch: int = 1
    persons: dict[str, Person] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    requests: dict[str, Request] = field(default_factory=dict)
    """In the order in which they were made."""
    renewals: set[str] = field(default_factory=set)

    def take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            try:
                self._take(entry.fact)
            except ValidationError:
                raise Tampered(f"{REFUSED}: entry {entry.number} is not understood; {RENEW}.") from None
            self.last = entry

    def _take(self, fact: Fact) -> None:
        if fact.kind == "person":
            person = _PERSON.validate_json(fact.content)
            self.persons[person.id] = person
            if person.removed_at is not None:
                self.removed.add(person.id)
        elif fact.kind == "request":
            request = _REQUEST.validate_json(fact.content)
            self.requests[request.id] = request
        else:
            renewal = _RENEWAL.validate_json(fact.content)
            self.renewals.add(renewal.id)
            self.removed.update(renewal.removed)
            for id in self.removed & self.persons.keys():
                if self.persons[id].removed_at is None:
                    self.persons[id] = replace(self.persons[id], removed_at=renewal.at)
            for id, one in self.requests.items():
                self.requests[id] = replace(one, ended_at=renewal.at) if one.ended_at is None else one

    def lacks(self, step: ToldStep) -> bool:
        if step.step == "removed":
            return step.id not in self.removed
        if step.step == "renewed":
            return step.id not in self.renewals
        request = self.requests.get(step.id)
        if request is None:
            return True
        if step.step == "opened" or request.ended_at is not None:
            return False
        if step.step == "reviewed":
            return request.acknowledged is None
        denied = request.decided is not None and request.decided.statement.step == "deny"
        return not denied and request.withdrawn is None


class Requests:
    def __init__(self, file: Path, store: KeyStore, keys: OwnKeys) -> None:
        self._record, self._store, self._keys = Record(file, store), store, keys
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def close(self) -> None:
        self._record.close()

    def check(self) -> None:
        """All of the record, from its file. Raises Tampered, or Unavailable while the vault is sealed."""
        with self._lock:
            self._known = None
            self._now()

    def lacking(self, told: Sequence[ToldStep]) -> list[ToldStep]:
        """Of what the audit log says was done, what the record does not say."""
        with self._lock:
            known = self._now()
            return [step for step in told if known.lacks(step)]

    def renew(self, id: str, removed: Iterable[str], at: int) -> bool:
        """Go on with a record that was put back, or start anew where it is refused: then nobody is enrolled any more.

        Whether it went on. Who is removed by what it says itself, or named here, stays removed.
        """
        with self._lock:
            self._known = None
            keys = self._keys.make()
            try:
                known = self._read()
            except Tampered:
                self._record.renew(keys, _renewal(id, at, set(removed)))
                return False
            facts = _renewal(id, at, set(removed) - known.removed)
            self._record.add(keys, known.last, lambda _entries: facts, renewing=True)
            return True

    def copy_to(self, file: Path) -> None:
        """A whole copy, in a file that is there and empty. Raises Tampered, Unavailable. A sealed vault copies too."""
        self._record.copy_to(file)

    # ---- people ------------------------------------------------------------------------------------------------

    def ever_enrolled(self) -> int:
        with self._lock:
            return len(self._now().persons)

    def persons(self) -> dict[str, Person]:
        """Everybody ever enrolled. Raises Tampered where the record is not as the vault wrote it."""
        with self._lock:
            return dict(self._now().persons)

    def keep_person(self, person: Person) -> None:
        """Somebody new. Raises Conflict where that key was enrolled before: nobody comes back from being removed."""

        def check(known: _Known) -> None:
            if person.id in known.persons or person.id in known.removed:
                raise Conflict("This key is enrolled already, or was.")

        self._add(Fact("person", person.id, _PERSON.dump_json(person).decode()), check, make=True)

    def change_person(self, person: Person) -> None:
        def check(known: _Known) -> None:
            if person.id not in known.persons or person.id in known.removed:
                raise Unknown("There is no such person enrolled.")

        self._add(Fact("person", person.id, _PERSON.dump_json(person).decode()), check)

    # ---- requests ----------------------------------------------------------------------------------------------

    def find(self, id: str) -> Request | None:
        with self._lock:
            return self._now().requests.get(id)

    def listed(self) -> list[Request]:
        """Youngest first."""
        with self._lock:
            return list(reversed(self._now().requests.values()))

    def break_glasses(self) -> list[Request]:
        """Those that are not closed and acknowledged yet."""
        return [
            one
            for one in reversed(self.listed())
            if one.is_break_glass and (one.acknowledged is None or one.closed_at is None)
        ]

    def keep(self, request: Request) -> None:
        """A new one. Raises Conflict where its id is taken."""

        def check(known: _Known) -> None:
            if request.id in known.requests:
                raise Conflict("There is a request of this id already.")

        self._add(_request(request), check)

    def change(self, was: Request, now: Request) -> None:
        """Raises Conflict where another copy of the vault was first."""

        def check(known: _Known) -> None:
            if known.requests.get(was.id) != was:
                raise Conflict("This request has just changed: look again.")

        self._add(_request(now), check)

    # ---- parts -------------------------------------------------------------------------------------------------

    def _add(self, fact: Fact, check: Callable[[_Known], None], *, make: bool = False) -> None:
        with self._lock:
            known = self._now()
            keys = self._keys.make() if make else self._keys.find()
            if keys is None:
                raise Unknown("Nobody is enrolled.")

            def facts(others: list[Entry]) -> list[Fact]:
                known.take(others)
                check(known)
                return [fact]

            self._known = None  # unless all of it is done
            added = self._record.add(keys, known.last, facts)
            known.take(added[-1:])
            self._known = known

    def _now(self) -> _Known:
        """What the record says: from memory where nothing was added."""
        known, witness = self._known, self._record.witness
        if known is None or known.epoch != witness.epoch or witness.from_backup:
            self._known = None
            known = self._read()
            if witness.from_backup:
                raise Tampered(f"The vault was put back from a backup: {RENEW.rpartition(', or ')[2]} to go on.")
            self._known = known
            return known
        if known.last is None or (known.last.number, known.last.hash) != (witness.number, witness.hash):
            self._known = None
            known.take(self._record.read(self._keys.find(), known.last))
            self._known = known
        return known

    def _read(self) -> _Known:
        known, keys = _Known(epoch=self._record.witness.epoch), self._keys.find()
        known.take(self._record.read(keys))
        if known.last is None and keys is not None:
            facts = _former(keys, self._record)
            if facts:
                known.take(self._record.add(keys, None, lambda others: [] if others else facts))
        return known


def _former(keys: ConversationKeys, record: Record) -> list[Fact]:
    """What the release before kept as rows: people under a keyed hash each, requests under their signatures alone."""
    persons, requests = record.former()
    facts = []
    for row in persons:
        if not hmac.compare_digest(str(row.hash).encode(), keys.digest(f"person/{row.content}").encode()):
            raise Tampered(f"{REFUSED}: a person was changed; {RENEW}.")
        facts.append(Fact("person", str(row.id), str(row.content)))
    try:
        facts += [_request(_REQUEST.validate_json(row.content)) for row in requests]
    except ValidationError:
        raise Tampered(f"{REFUSED}: a request was changed; {RENEW}.") from None
    return facts


def _request(request: Request) -> Fact:
    return Fact("request", request.id, _REQUEST.dump_json(request).decode())


def _renewal(id: str, at: int, removed: set[str]) -> list[Fact]:
    """More than one where there are more keys than an entry holds."""
    keys = sorted(removed)
    pieces = [tuple(keys[first : first + MOST_TOLD]) for first in range(0, len(keys) or 1, MOST_TOLD)]
    made = [_RENEWAL.dump_json(Renewal(id=id, at=at, removed=piece)) for piece in pieces]
    return [Fact("renewal", "record", content.decode()) for content in made]
