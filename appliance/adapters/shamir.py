"""Shares of a secret: SLIP-39 by shamir-mnemonic, the reference implementation. The only file that imports it.

A share is 33 words of a fixed list with a checksum of its own; any `needed` of one set make the secret again, fewer
say nothing about it. What is written here any other SLIP-39 program reads, so that shares outlive this software.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from appliance.errors import Invalid, Unavailable

MAX_SHARES = 16


@dataclass(frozen=True, slots=True, repr=False)
class Share:
    """`split`: which set of shares it is of; `index`: which of the set; neither says anything of the secret."""

    words: str
    split: int
    index: int
    needed: int


def split(secret: bytes, needed: int, of: int) -> tuple[Share, ...]:
    """`of` shares, any `needed` of which make `secret` (32 bytes) again. Raises Invalid."""
    if not 2 <= needed <= of <= MAX_SHARES:
        raise Invalid(f"Of 2 to {MAX_SHARES} shares at least two, and not more than there are, can be needed.")
    made = _library().generate_mnemonics(1, [(needed, of)], secret, iteration_exponent=0)
    return tuple(read(words) for words in made[0])


def read(words: str) -> Share:
    """Raises Invalid where it is no share, or one with a mistake, which its checksum finds; never quotes it."""
    library = _library()
    text = " ".join(words.lower().split())
    try:
        share = importlib.import_module("shamir_mnemonic.share").Share.from_mnemonic(text)
    except library.MnemonicError:
        raise Invalid("This is not a share, or a word of it is wrong.") from None
    if share.group_count != 1:
        raise Invalid("This share is of a set made elsewhere.")
    return Share(text, share.identifier, share.index, share.member_threshold)


def combine(shares: Sequence[Share]) -> bytes:
    """Exactly as many shares as are needed, of one set. Raises Invalid where they do not belong together."""
    library = _library()
    try:
        secret: bytes = library.combine_mnemonics([share.words for share in shares])
    except (library.MnemonicError, ValueError):
        raise Invalid("These shares do not belong together.") from None
    return secret


def _library() -> Any:
    try:
        return importlib.import_module("shamir_mnemonic")
    except ImportError:
        raise Unavailable("Shares need the package shamir-mnemonic: install b2t-voice[shares].") from None
