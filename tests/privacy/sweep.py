"""Searches every byte under a folder for secrets, however they may be written: the proof that none was kept.

    hits = sweep(data_folder, {"card": "4111111111111111", "pin": "80417365", "email": "jane.doe@example.org"})

Found are: the secret itself; hex, base64 at any alignment, UTF-16, each of these in one another; digits set apart by
spaces, dashes, dots or JSON, and spelled in words (`four double one`, `forty one`); e-mail addresses said aloud; all of
it also inside gzip, zlib, zip, bzip2, xz, zstd, Snappy and S2 streams, SQLite rows and JSON, URL, HTML and
quoted-printable escapes, five layers deep, and in the names of files. Plant what is random and long: a PIN of four
digits is somewhere in every log (as a port, a duration), so secrets under six digits are found only where they stand
alone, and numbers of up to twelve digits not inside a time of a clock (nanoseconds since 1970) nor a hash. `search`
does the same for bytes at hand. Ciphertext is noise to it, and that is the point.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from tests.privacy.unpacking import sqlite_rows, unpacked

DEPTH = 5
_GAPS = b" \t\r\n\v\f.-_,/:;()[]\"'|"
SHORT = 6
"""Secrets of fewer characters than this count only where they stand alone."""
BY_CHANCE = 12
"""Numbers of so many digits are in one of thousands of times and hashes by chance."""
_TIME_OR_HASH = re.compile(rb"(?<![0-9])1[7-9][0-9]{17}(?![0-9])|(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{32,}(?![0-9a-z])")


@dataclass(frozen=True, slots=True)
class Hit:
    """`secret` is its label, `form` how it was written, `layers` what it was packed in, outermost first."""

    where: str
    secret: str
    form: str
    layers: tuple[str, ...] = ()


def sweep(
    folder: Path, secrets: Mapping[str, str], *, ignore: Callable[[Path], bool] = lambda _file: False
) -> list[Hit]:
    """Everything found in the files under `folder` and in their names. `ignore` leaves a file out (give a reason)."""
    hits: list[Hit] = []
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        if ignore(file):
            continue
        hits += search(name.encode("utf-8", "surrogateescape"), secrets, f"{name} (its name)")
        if not file.is_file() or file.is_symlink():
            continue
        try:
            content = file.read_bytes()
        except FileNotFoundError:  # a database's or the bus's file may go while we look
            continue
        hits += search(content, secrets, name)
        if content.startswith(b"SQLite format 3\0"):
            hits += search(sqlite_rows(file), secrets, name, ("sqlite",))
    return hits


def search(content: bytes, secrets: Mapping[str, str], where: str = "", layers: tuple[str, ...] = ()) -> list[Hit]:
    """Everything found in these bytes."""
    patterns = {label: _patterns(secret) for label, secret in secrets.items()}
    seen: set[bytes] = set()
    hits: dict[Hit, None] = {}
    for found_in, layer in _layers(content, layers, seen):
        view = _View(layer)
        for label, pattern in patterns.items():
            for form in pattern.found(view):
                hits[Hit(where, label, form, found_in)] = None
    return list(hits)


def _layers(content: bytes, outer: tuple[str, ...], seen: set[bytes]) -> Iterator[tuple[tuple[str, ...], bytes]]:
    mark = blake2b(content, digest_size=16).digest()
    if len(content) < 4 or mark in seen:
        return
    seen.add(mark)
    yield outer, content
    if len(outer) < DEPTH:
        for name, inner in unpacked(content):
            yield from _layers(inner, (*outer, name), seen)


class _View:
    """Some bytes made ready for many searches: what is set apart is put together, what is spelled is made digits.

    Substring search is some hundred times as fast as a pattern that allows for gaps, so patterns only confirm.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.lowered = content.lower()
        self.together = self.lowered.translate(None, _GAPS)
        self.hex = self.lowered.replace(b"0x", b"").translate(None, _GAPS + b"\\x")
        self.spelled = b"\n".join(_spelled_digits(self.lowered))


class _Patterns:
    """One secret in all its spellings."""

    def __init__(self, secret: str) -> None:
        if not secret:
            raise ValueError("an empty secret is everywhere")
        self._digits = re.sub(r"[\s\-.()/+]", "", secret).encode()
        self._is_number = self._digits.isdigit()
        spellings = {secret, self._digits.decode()} if self._is_number else {secret}
        self._short = min(map(len, spellings)) < SHORT
        self._plain = [one.lower().encode() for one in spellings]
        self._alone = [re.compile(rb"(?<![0-9a-z])" + re.escape(one) + rb"(?![0-9a-z])") for one in self._plain]
        wide = [one.encode(form) for one in spellings for form in ("utf-16-le", "utf-16-be")]
        encodings = [] if self._short else [*(one.encode() for one in spellings), *wide]
        self._wide = [] if self._short else [one.lower() for one in wide]
        self._hex = [(one.hex().encode(), _hex_pattern(one)) for one in encodings]
        self._base64 = [piece for one in encodings for piece in _base64_pieces(one)]
        apart = self._digits if self._is_number else self._plain[0]
        self._together = apart.translate(None, _GAPS)
        self._apart = _apart_pattern(apart, self._short)
        self._said = _said_pattern(secret) if "@" in secret else None
        self._words = [word.encode() for word in re.findall(r"[a-z0-9]+", secret.lower())]

    def found(self, view: _View) -> Iterator[str]:
        if self._raw(view.lowered):
            yield "raw"
        if any(one in view.lowered for one in self._wide):
            yield "utf-16"
        if any(one in view.hex and pattern.search(view.lowered) for one, pattern in self._hex):
            yield "hex"
        if any(piece in view.content for piece in self._base64):
            yield "base64"
        if self._together in view.together and self._apart.search(view.lowered):
            yield "apart"
        if self._is_number and self._spelled(view.spelled):
            yield "spelled"
        if self._said and all(word in view.lowered for word in self._words) and self._said.search(view.lowered):
            yield "said"

    def _raw(self, lowered: bytes) -> bool:
        if not any(one in lowered for one in self._plain):
            return False
        if self._short:
            return any(pattern.search(lowered) for pattern in self._alone)
        if self._is_number and len(self._digits) <= BY_CHANCE:
            rest = _TIME_OR_HASH.sub(b"#", lowered)
            return any(one in rest for one in self._plain)
        return True

    def _spelled(self, spelled: bytes) -> bool:
        if self._short:
            return self._digits in spelled.split(b"\n")
        return self._digits in spelled


_patterns = lru_cache(maxsize=4096)(_Patterns)


def _hex_pattern(raw: bytes) -> re.Pattern[bytes]:
    """`34313131`, `34 31 31 31`, `34:31:…`, `0x34, 0x31, …`."""
    pairs = [raw.hex()[at : at + 2].encode() for at in range(0, 2 * len(raw), 2)]
    return re.compile(rb"(?:[\s:,\-]{0,2}(?:0x|\\x)?)".join(pairs))


def _base64_pieces(raw: bytes) -> Iterator[bytes]:
    """The characters of its base64 that do not depend on what stands before and after, at each of three alignments."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        piece = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        yield piece
        urlsafe = piece.replace(b"+", b"-").replace(b"/", b"_")
        if urlsafe != piece:
            yield urlsafe


def _apart_pattern(characters: bytes, short: bool) -> re.Pattern[bytes]:
    """Set apart, at least once, by spaces, dashes, dots, commas, slashes, brackets or quotes."""
    gap = b"[" + re.escape(_GAPS) + b"]"
    joined = (gap + (rb"" if short else rb"{0,4}")).join(re.escape(bytes([one])) for one in characters)
    whole = re.escape(characters)
    return re.compile(rb"(?<![0-9a-z])(?!" + whole + rb")" + joined + rb"(?![0-9a-z])")


def _said_pattern(address: str) -> re.Pattern[bytes]:
    """`jane dot doe at example dot org`."""
    said = {"@": rb"\s*(?:@|\(?\bat\b\)?|\[at\])\s*", ".": rb"\s*(?:\.|\(?\bdot\b\)?|\[dot\]|\bpoint\b)\s*",
            "-": rb"\s*(?:-|\bdash\b|\bhyphen\b|\bminus\b)\s*", "_": rb"\s*(?:_|\bunderscore\b)\s*"}  # fmt: skip
    parts = [said.get(letter) or re.escape(letter.encode()) for letter in address.lower()]
    return re.compile(rb"(?!" + re.escape(address.lower().encode()) + rb")" + b"".join(parts))


_UNITS = {"zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "one": "1", "two": "2", "three": "3",
          "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9"}  # fmt: skip
_TEENS = {"ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
          "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19"}  # fmt: skip
_TENS = {"twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
         "eighty": "8", "ninety": "9"}  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_WORDS = "|".join(sorted((*_UNITS, *_TEENS, *_TENS, *_TIMES), key=len, reverse=True))
_RUN = re.compile(rf"(?:(?:{_WORDS}|[0-9])(?:[\s,.;:\-_/\"'\[\]]|\\n|and ){{0,4}}){{3,}}".encode())
_NUMBER_WORD = re.compile((_WORDS.removesuffix("|oh|o") + r"|(?<![a-z0-9+/])oh(?![a-z0-9+/])").encode())
_AROUND = 160
_WORD = re.compile(f"{_WORDS}|[0-9]".encode())


def _spelled_digits(lowered: bytes) -> Iterator[bytes]:
    """Every run of number words (with digits among them) as digits."""
    for start, end in _windows(found.start() for found in _NUMBER_WORD.finditer(lowered)):
        for run in _RUN.findall(lowered[start:end]):
            words = [word.decode() for word in _WORD.findall(run)]
            if not all(word.isdigit() for word in words):
                yield "".join(_digits_of(words)).encode()


def _windows(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Stretches of some bytes around each place, joined where they meet."""
    window: tuple[int, int] | None = None
    for place in places:
        start, end = max(place - _AROUND, 0), place + _AROUND
        if window and start <= window[1]:
            window = window[0], end
            continue
        if window:
            yield window
        window = start, end
    if window:
        yield window


def _digits_of(words: Iterable[str]) -> Iterator[str]:
    times, tens = 1, ""
    for word in words:
        unit = word if word.isdigit() else _UNITS.get(word)
        if unit is not None:
            yield tens + unit if tens and unit != "0" else (tens and tens + "0") + unit * times
            times, tens = 1, ""
            continue
        if tens:
            yield tens + "0"
            tens = ""
        if word in _TENS:
            tens = _TENS[word]
        elif word in _TEENS:
            yield _TEENS[word]
        else:
            times = _TIMES[word]
    if tens:
        yield tens + "0"
