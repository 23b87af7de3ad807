"""A message broken at random, so that a receiver shows what it does with it."""

from __future__ import annotations

import random
import re


def damaged(chance: random.Random, message: bytes) -> bytes:
    """Up to seven bytes or stretches changed, dropped, added, repeated or cut off; a SIP branch of its own."""
    data = bytearray(message)
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[at : at + 1] = chance.randbytes(1)
            case 1:
                del data[at : at + chance.randrange(1, 40)]
            case 2:
                data[at:at] = chance.randbytes(chance.randrange(1, 20))
            case 3:
                data[at:at] = data[: chance.randrange(200)]
            case _:
                data = data[: at + 1]
    unique = b"branch=z9hG4bK%d" % chance.randrange(1 << 60)
    return re.sub(rb"branch=z9hG4bK\w*", unique, bytes(data))[:65_000]
