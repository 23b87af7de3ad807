"""The vault's record of who may sign for seeing values, and of what was signed. Methods block.

A person's row carries a keyed hash under a key of the vault's own, so that nobody who merely writes this file enrols
anybody; what a request allows follows from its signatures, so that a changed row allows nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Column, Integer, MetaData, Row, String, Table, Text, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.errors import Conflict, Tampered, Unavailable
from appliance.privacy.sealing import ConversationKeys
from appliance.privacy.unredaction import Person, Request
from appliance.privacy.unredaction_asking import MOST_LISTED

_TABLES = MetaData()
_PERSONS = Table(
    "persons",
    _TABLES,
    Column("id", String(16), primary_key=True),
    Column("content", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
_REQUESTS = Table(
    "requests",
    _TABLES,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("conversation", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("open", Integer, nullable=False),
    Column("content", Text, nullable=False),
)
_PERSON: Final[TypeAdapter[Person]] = TypeAdapter(Person)
_REQUEST: Final[TypeAdapter[Request]] = TypeAdapter(Request)


class Requests:
    def __init__(self, file: Path) -> None:
        self._engine = open_database(file, _TABLES)

    def close(self) -> None:
        self._engine.dispose()

    # ---- people ------------------------------------------------------------------------------------------------

    def ever_enrolled(self) -> int:
        return int(self._read(select(func.count()).select_from(_PERSONS))[0][0])

    def persons(self, keys: ConversationKeys) -> dict[str, Person]:
        """Everybody ever enrolled. Raises Tampered where a row was not written by the vault."""
        found = {}
        for row in self._read(select(_PERSONS)):
            if not hmac.compare_digest(row.hash, keys.digest(f"person/{row.content}")):
                raise Tampered("The vault's record of who may see values was changed.")
            found[row.id] = _PERSON.validate_json(row.content)
        return found

    def keep_person(self, keys: ConversationKeys, person: Person) -> None:
        """Somebody new. Raises Conflict where that key was enrolled before: nobody comes back from being removed."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_PERSONS).values(id=person.id, **_sealed(keys, person)))
        except IntegrityError:
            raise Conflict("This key is enrolled already, or was.") from None
        except SQLAlchemyError:
            raise Unavailable("The vault's record takes nothing now.") from None

    def change_person(self, keys: ConversationKeys, person: Person) -> None:
        changed = update(_PERSONS).where(_PERSONS.c.id == person.id).values(**_sealed(keys, person))
        self._write(changed)

    # ---- requests ----------------------------------------------------------------------------------------------

    def find(self, id: str) -> Request | None:
        rows = self._read(select(_REQUESTS).where(_REQUESTS.c.id == id))
        return _request(rows[0]) if rows else None

    def listed(self, conversation: str = "") -> list[Request]:
        """Youngest first, at most `MOST_LISTED`."""
        wanted = select(_REQUESTS).order_by(_REQUESTS.c.number.desc()).limit(MOST_LISTED)
        if conversation:
            wanted = wanted.where(_REQUESTS.c.conversation == conversation)
        return list(map(_request, self._read(wanted)))

    def break_glasses(self) -> list[Request]:
        """Those that are not closed and acknowledged yet."""
        wanted = select(_REQUESTS).where(_REQUESTS.c.kind == "break-glass", _REQUESTS.c.open == 1)
        return list(map(_request, self._read(wanted.order_by(_REQUESTS.c.number))))

    def keep(self, request: Request) -> None:
        """A new one. Raises Conflict where its id is taken."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_REQUESTS).values(**_row(request)))
        except IntegrityError:
            raise Conflict("There is a request of this id already.") from None
        except SQLAlchemyError:
            raise Unavailable("The vault's record takes nothing now.") from None

    def change(self, was: Request, now: Request) -> None:
        """Raises Conflict where another copy of the vault was first."""
        same = (_REQUESTS.c.id == was.id, _REQUESTS.c.content == _REQUEST.dump_json(was).decode())
        if not self._write(update(_REQUESTS).where(*same).values(**_row(now))):
            raise Conflict("This request has just changed: look again.")

    def _write(self, work: Any) -> int:
        try:
            with self._engine.begin() as connection:
                return int(connection.execute(work).rowcount)
        except SQLAlchemyError:
            raise Unavailable("The vault's record takes nothing now.") from None

    def _read(self, wanted: Any) -> Sequence[Row[Any]]:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return connection.execute(wanted).all()
        except SQLAlchemyError:
            raise Unavailable("The vault's record does not answer.") from None


def _sealed(keys: ConversationKeys, person: Person) -> dict[str, str]:
    content = _PERSON.dump_json(person).decode()
    return {"content": content, "hash": keys.digest(f"person/{content}")}


def _row(request: Request) -> dict[str, Any]:
    done = request.acknowledged is not None and request.closed_at is not None
    return {
        "id": request.id,
        "conversation": request.conversation,
        "kind": "break-glass" if request.is_break_glass else "two-person",
        "open": 0 if done else 1,
        "content": _REQUEST.dump_json(request).decode(),
    }


def _request(row: Row[Any]) -> Request:
    try:
        return _REQUEST.validate_json(row.content)
    except ValidationError:
        raise Tampered("The vault's record of a request was changed.") from None
