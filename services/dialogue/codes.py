"""One-time codes: shown in one leg, keyed on another, stored as keyed digests that live for five minutes."""

from __future__ import annotations

import json
import secrets
import time
from typing import Final

import structlog

from appliance.adapters.nats import BUCKETS, Bus
from appliance.conversation.legs import CODE_TRIES
from appliance.errors import Conflict
from appliance.privacy.sealing import ConversationKeys

log = structlog.get_logger(__name__)

BUCKET: Final = "codes"
DIGITS: Final = 6
LIFE_S: Final = int(BUCKETS[BUCKET])
TRIES: Final = 8
WRONG_A_WINDOW: Final = 20
WINDOW_S: Final = 60
"""So many wrong codes the whole box takes in so many seconds, however many calls they come from: who tries at random
all the time has 120 guesses at a code while it lives, of a million. Right codes do not count."""


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

        Raises Unavailable. None as well while the box has had `WRONG_A_WINDOW` wrong ones. What was used stays, with
        the id of who used it, until its time is over: were it deleted, an input repeated after a crash would be told
        that its code is wrong.
        """
        window = self._keys.digest(f"wrong/{int(time.time() // WINDOW_S)}")
        if not await self._counted(window, input_id, WRONG_A_WINDOW):  # first, so that no two at once slip through
            log.warning("too_many_wrong_codes")
            return None
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
        if not mine:
            return None
        await self._uncount(window, input_id)
        return str(found["conversation"])

    async def may_try(self, leg: str, input_id: str) -> bool:
        """Whether this input may look a code up: the first `CODE_TRIES` of a leg may, also when they are repeated.

        Counted before looking up, not by what became of it: who keys faster than turns are taken would gain tries else.
        Raises Unavailable.
        """
        return await self._counted(self._keys.digest(f"tries/{leg}"), input_id, CODE_TRIES)

    async def _counted(self, key: str, input_id: str, limit: int) -> bool:
        """Whether this input is among the first `limit` that were counted under the key, itself counted now."""
        mine = self._keys.digest(f"input/{input_id}")
        while True:
            entry = await self._bus.get(BUCKET, key)
            tried = [] if entry is None else json.loads(entry[0])["tried"]
            if mine in tried:
                return True
            if len(tried) >= limit:
                return False
            try:
                value = json.dumps({"tried": [*tried, mine]}).encode()
                await self._bus.put(BUCKET, key, value, revision=entry[1] if entry else 0)
                return True
            except Conflict:
                continue

    async def _uncount(self, key: str, input_id: str) -> None:
        mine = self._keys.digest(f"input/{input_id}")
        while (entry := await self._bus.get(BUCKET, key)) is not None:
            tried = [one for one in json.loads(entry[0])["tried"] if one != mine]
            try:
                await self._bus.put(BUCKET, key, json.dumps({"tried": tried}).encode(), revision=entry[1])
                return
            except Conflict:
                continue

    def _key(self, code: str) -> str:
        return self._keys.digest(f"code/{code}")
