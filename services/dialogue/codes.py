"""One-time codes: shown in one leg, keyed on another, stored as keyed digests that live for five minutes."""

from __future__ import annotations

import json
import secrets
from typing import Final

from appliance.adapters.nats import BUCKETS, Bus
from appliance.conversation.legs import CODE_TRIES
from appliance.errors import Conflict
from appliance.privacy.sealing import ConversationKeys

BUCKET: Final = "codes"
DIGITS: Final = 6
LIFE_S: Final = int(BUCKETS[BUCKET])
TRIES: Final = 8


class Codes:
    def __init__(self, bus: Bus, keys: ConversationKeys) -> None:
        """`keys` are the box's own: they digest codes the same in every copy."""
        self._bus = bus
        self._keys = keys

    async def make(self, conversation: str) -> str:
        """A code that no other conversation has now. Raises Unavailable."""
        value = json.dumps({"conversation": conversation}).encode()
        for _ in range(TRIES):
            code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
            try:
                await self._bus.put(BUCKET, self._key(code), value, revision=0)
            except Conflict:
                continue
            return code
        raise Conflict("No free code was found; try again.")

    async def use(self, code: str, input_id: str) -> str | None:
        """The conversation whose code it is, for the first input that keys it; that input may ask again.

        Raises Unavailable. What was used stays, with the id of who used it, until its time is over: were it deleted, an
        input repeated after a crash would be told that its code is wrong.
        """
        entry = await self._bus.get(BUCKET, self._key(code))
        if entry is None:
            return None
        found = json.loads(entry[0])
        if "used_by" not in found:
            found["used_by"] = self._keys.digest(f"input/{input_id}")
            try:
                await self._bus.put(BUCKET, self._key(code), json.dumps(found).encode(), revision=entry[1])
            except Conflict:
                return await self.use(code, input_id)
        mine = found["used_by"] == self._keys.digest(f"input/{input_id}")
        return str(found["conversation"]) if mine else None

    async def may_try(self, leg: str, input_id: str) -> bool:
        """Whether this input may look a code up: the first `CODE_TRIES` of a leg may, also when they are repeated.

        Counted before looking up, not by what became of it: who keys faster than turns are taken would gain tries else.
        Raises Unavailable.
        """
        key = self._keys.digest(f"tries/{leg}")
        mine = self._keys.digest(f"input/{input_id}")
        while True:
            entry = await self._bus.get(BUCKET, key)
            tried = [] if entry is None else json.loads(entry[0])["tried"]
            if mine in tried:
                return True
            if len(tried) >= CODE_TRIES:
                return False
            try:
                value = json.dumps({"tried": [*tried, mine]}).encode()
                await self._bus.put(BUCKET, key, value, revision=entry[1] if entry else 0)
                return True
            except Conflict:
                continue

    def _key(self, code: str) -> str:
        return self._keys.digest(f"code/{code}")
