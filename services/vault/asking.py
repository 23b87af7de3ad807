"""How many values an operator may have looked up: so many that people can be found, too few to try out all there are.

Counted in this process: a vault that starts again, or another copy of it, counts anew.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

from appliance.errors import Full

A_MINUTE: Final = 128
A_DAY: Final = 2000
MINUTE_S: Final = 60.0
DAY_S: Final = 86_400.0


class AskedValues:
    """Each value counts once a day, however many pages of conversations it is compared with. None is kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = os.urandom(32)
        self._asked: dict[str, dict[bytes, float]] = {}

    def take(self, asker: str, operation: str, values: Sequence[str]) -> None:
        """Raises Full, and counts none of them, where these are too many."""
        now = self._clock()
        asked = {name: at for name, at in self._asked.get(asker, {}).items() if at > now - DAY_S}
        fresh = {self._name(operation, value) for value in values} - asked.keys()
        lately = sum(at > now - MINUTE_S for at in asked.values())
        if len(fresh) + lately > A_MINUTE or len(fresh) + len(asked) > A_DAY:
            raise Full("So many values are not looked up at once: try again in a minute, or tomorrow.")
        self._asked[asker] = asked | dict.fromkeys(fresh, now)

    def _name(self, operation: str, value: str) -> bytes:
        return blake2b(f"{operation}\0{value}".encode(), key=self._key, digest_size=16).digest()
