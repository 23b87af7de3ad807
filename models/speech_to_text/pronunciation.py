"""How an English word the dictionary lacks is probably said, in ARPAbet phones: rough letter-to-sound rules.

Names of products and the like; a rough guess still beats refusing the whole grammar.
"""

# ruff: noqa: SIM905
from __future__ import annotations

from typing import Final

_LETTERS: Final = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "EY;B IY;S IY;D IY;IY;EH F;JH IY;EY CH;AY;JH EY;K EY;EH L;EH M;EH N;OW;P IY;K Y UW;AA R;EH S;T IY;Y UW;V IY;"
        "D AH B AH L Y UW;EH K S;W AY;Z IY".split(";"),
        strict=True,
    )
)
_RULES: Final = (
    ("tion", "SH AH N"), ("sion", "ZH AH N"), ("ough", "AO F"), ("augh", "AO"), ("eigh", "EY"), ("tch", "CH"),
    ("igh", "AY"), ("dge", "JH"), ("sch", "SH"), ("ee", "IY"), ("ea", "IY"), ("oo", "UW"), ("ou", "AW"), ("ow", "OW"),
    ("oa", "OW"), ("oi", "OY"), ("oy", "OY"), ("ai", "EY"), ("ay", "EY"), ("au", "AO"), ("aw", "AO"), ("ew", "UW"),
    ("ey", "IY"), ("ie", "IY"), ("er", "ER"), ("ir", "ER"), ("ur", "ER"), ("ar", "AA R"), ("or", "AO R"),
    ("ch", "CH"), ("sh", "SH"), ("th", "TH"), ("ph", "F"), ("wh", "W"), ("ck", "K"), ("ng", "NG"), ("qu", "K W"),
    ("ce", "S"), ("ci", "S IH"), ("cy", "S IY"), ("ge", "JH"), ("kn", "N"), ("wr", "R"),
    ("a", "AE"), ("b", "B"), ("c", "K"), ("d", "D"), ("e", "EH"), ("f", "F"), ("g", "G"), ("h", "HH"), ("i", "IH"),
    ("j", "JH"), ("k", "K"), ("l", "L"), ("m", "M"), ("n", "N"), ("o", "AA"), ("p", "P"), ("q", "K"), ("r", "R"),
    ("s", "S"), ("t", "T"), ("u", "AH"), ("v", "V"), ("w", "W"), ("x", "K S"), ("y", "IY"), ("z", "Z"),
)  # fmt: skip
_LONG: Final = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}
_VOWELS: Final = frozenset("aeiouy")


def phones(word: str) -> str:
    """Space-separated ARPAbet phones; letters are spelled where the word has no vowel (`"kyc"` has one, `"pbx"` not).

    Raises ValueError where nothing of it can be said.
    """
    letters = "".join(letter for letter in word.lower() if letter in _LETTERS)
    if not letters:
        raise ValueError("a word needs a letter")
    if not _VOWELS & set(letters) or len(letters) == 1:
        return " ".join(_LETTERS[letter] for letter in letters)
    said: list[str] = []
    at = 0
    while at < len(letters):
        if _long_vowel(letters, at):
            said += [_LONG[letters[at]], *_sounds(letters[at + 1])]
            break
        if letters[at] == letters[at - 1] and at and letters[at] not in _VOWELS:
            at += 1
            continue
        spelling, sound = next(rule for rule in _RULES if letters.startswith(rule[0], at))
        if not (spelling == "e" and at == len(letters) - 1 and len(said) > 1):
            said += sound.split()
        at += len(spelling)
    return " ".join(said)


def _long_vowel(letters: str, at: int) -> bool:
    """Vowel, consonant, final e: `make`, `phone`."""
    rest = letters[at:]
    return len(rest) == 3 and rest[0] in _LONG and rest[1] not in _VOWELS and rest[2] == "e"


def _sounds(letter: str) -> list[str]:
    if letter == "c":
        return ["S"]
    if letter == "g":
        return ["JH"]
    return next(sound for spelling, sound in _RULES if spelling == letter).split()
