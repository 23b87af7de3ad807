"""What the gateway knows of conversations that are to go: whose page may come back to them, and who started them."""

from __future__ import annotations

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, delete

from appliance.errors import B2TError, Invalid
from appliance.privacy.forgetting import FORGET, FORGOTTEN, Forgotten
from services.gateway.records import API_LEGS, RESUME_TOKENS, Records

log = structlog.get_logger(__name__)


class Forgetting:
    """`b2t.gateway.forget`, which the bus lets the scribe alone ask."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def answer(self, raw: bytes) -> bytes:
        try:
            asked = FORGET.validate_json(raw)
            count = await self._records.writing(lambda c: _forget(c, asked.conversations))
            return FORGOTTEN.dump_json(Forgotten(removed=count))
        except ValidationError:
            return FORGOTTEN.dump_json(Forgotten(code=Invalid.code, title="The gateway did not understand."))
        except B2TError as error:
            log.error("not_forgotten", code=error.code, title=error.title)
            return FORGOTTEN.dump_json(Forgotten(code=error.code, title=error.title))


def _forget(connection: Connection, conversations: tuple[str, ...]) -> int:
    """How many rows there were. Safe to repeat."""
    if not conversations:
        return 0
    tables = (RESUME_TOKENS, API_LEGS)
    gone = (delete(table).where(table.c.conversation.in_(conversations)) for table in tables)
    return sum(connection.execute(one).rowcount for one in gone)
