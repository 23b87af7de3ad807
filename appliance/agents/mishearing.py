"""What the recogniser makes of words, for scenarios in text: a table of confusions that were measured, and its use.

`scripts/train/confusions.py` measured them: said by the box's voice, over a telephone's band, heard without hints.
"""

from __future__ import annotations

import json
import random
import re
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("confusions.json")
"""Word → what it was heard as → the share of times it was."""
_WORD: Final = re.compile(r"[A-Za-z']+")


@cache
def confusions() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads(TABLE.read_text("utf-8"))
    return found


def misheard(said: str, chance: random.Random, spared: frozenset[str] = frozenset()) -> str:
    """One word, none of the `spared`, as the recogniser has heard it; words that are often misheard more likely."""
    table = confusions()
    places = [
        (word, heard, share)
        for word in _WORD.finditer(said)
        if word[0].lower() not in spared
        for heard, share in table.get(word[0].lower(), {}).items()
    ]
    if not places:
        return said
    (word, heard, _) = chance.choices(places, [share for _, _, share in places])[0]
    return said[: word.start()] + heard + said[word.end() :]
