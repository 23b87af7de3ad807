"""E-mail and web addresses, written and spoken; what is spelled; IBANs; network addresses. All in plain lower case."""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from appliance.ports import PersonalSpan
from models.pii.landmarks import Landmarks, back, finds, parts

_WRITTEN: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}\s?@\s?(?:[\w-]{1,63}\s?\.\s?){1,8}[a-z][\w-]{1,62}")
_SIGN: Final = r"(?:dot|point|period|underscore|under score|dash|hyphen|minus|plus)"
_TOP: Final = (
    r"(?:com|org|net|edu|gov|mil|info|biz|io|co|dev|app|me|tv|eu|us|uk|de|fr|es|it|nl|ca|au|ch|at|be|ie|in|jp|cn|"
    r"br|mx|se|no|dk|fi|pl|pt|ru|za|nz|bank|c o m|o r g)"
)
_NOT_LOCAL: Final = frozenset(
    "is was it it's its that that's this my the a an me mail email address to and or him her them you your reach "
    "contact write at".split()
)
_COUNTED: Final = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty)"
)
_SPOKEN: Final = re.compile(
    rf"(?P<local>(?:(?<![\w'])[\w.+-]+(?: {_SIGN} | (?=\w\b)|(?<=[\s][b-hj-z]) |(?<=^[b-hj-z]) |"
    rf" (?={_COUNTED}\b))){{0,24}}\b[\w.+-]+) (?:at|@) "
    rf"(?P<domain>[\w-]+(?: {_SIGN} [\w-]+| [\w-]+){{0,3}}? ?(?:dot|point|\.) ?{_TOP}"
    rf"(?: (?:dot|point) {_TOP})?|[\w-]+(?:\.[\w-]+)*\.[a-z]{{2,}})\b"
)
_SCHEME_URL: Final = re.compile(r"\b(?:https?|ftp)://[^\s<>\"']{3,2000}|\bwww\.[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\"']*)?")
_DOMAIN: Final = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}(?:com|org|net|edu|gov|mil|info|biz|io|co|dev|app|me|"
    r"tv|eu|us|uk|de|fr|es|it|nl|ca|au|ch|at|be|ie|in|jp|cn|br|mx|se|no|dk|fi|pl|pt|ru|za|nz|gr|cz|hu|ro|tr|kr|il|is|lu|li|"
    r"cc|ly|gl|ai|xyz|online|site|shop|store|tech|club|bank|name|pro|cloud|blog)(?![\w-])(?::[0-9]{2,5})?(?:/[^\s<>\"']*)?"
)
_LETTER: Final = r"(?:double )?[a-z](?: (?:as in|for|like) [a-z]{2,})?(?![\w'])"
_SPELLED: Final = re.compile(
    rf"(?<![\w'.-]){_LETTER}(?:[ ,-]+{_LETTER}){{3,}}(?:[ ,-]+[0-9](?![\w'])(?:[ ,-]+{_LETTER})*)*"
    rf"|(?:(?<=\bspelled )|(?<=\bspelt )|(?<=\bspell )|(?<=\bname is )|(?<=\bcalled )|(?<=\bthat's ))"
    rf"{_LETTER}(?:[ ,-]+{_LETTER}){{2}}"
    r"|(?<![\w'.-])[a-z] (?:as in|for|like) [a-z]{2,}(?:[ ,-]+[a-z] (?:as in|for|like) [a-z]{2,})+"
)
_SINGLY: Final = re.compile(r"(?<![\w'.-])[a-z][ ,-]+(?:[a-z](?!\w)|(?:as in|for|like) )")
"""Letters one by one, without which nothing is spelled."""
_MAC: Final = re.compile(r"(?<![0-9a-f:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-f:-])")
_ALPHABET: Final = (
    r"(?:alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett?|kilo|lima|mike|november|oscar|papa|quebec|"
    r"romeo|sierra|tango|uniform|victor|whiskey|whisky|x-?ray|yankee|zulu)"
)
_PHONETIC: Final = re.compile(rf"\b{_ALPHABET}(?:[ ,-]+{_ALPHABET}){{2,}}\b")
_IBAN: Final = re.compile(
    r"[0-9]{2}(?:(?<=\b[a-z]{2}[0-9]{2})|(?<=\b[a-z]{2} [0-9]{2}))(?:[ -]?[a-z0-9]{2,4}){2,7}(?:[ -]?[a-z0-9]{1,4})?\b"
)
"""From the check digits on, the country's letters before them: digits are sooner found than letters."""
_IBAN_LENGTHS: Final = {
    "ad": 24, "ae": 23, "at": 20, "be": 16, "bg": 22, "ch": 21, "cy": 28, "cz": 24, "de": 22, "dk": 18, "ee": 20,
    "es": 24, "fi": 18, "fr": 27, "gb": 22, "gi": 23, "gr": 27, "hr": 21, "hu": 28, "ie": 22, "il": 23, "is": 26,
    "it": 27, "li": 21, "lt": 20, "lu": 20, "lv": 21, "mc": 27, "mt": 31, "nl": 18, "no": 15, "pl": 28, "pt": 25,
    "ro": 24, "rs": 22, "sa": 24, "se": 24, "si": 19, "sk": 24, "sm": 27, "tr": 26, "ua": 29, "az": 28, "bh": 22,
    "br": 29, "cr": 22, "do": 28, "fo": 18, "ge": 22, "gl": 18, "gt": 28, "jo": 30, "kw": 30, "kz": 20, "lb": 28,
    "md": 24, "me": 22, "mk": 19, "mr": 27, "mu": 30, "pk": 24, "ps": 29, "qa": 29, "tn": 24, "vg": 24, "xk": 20,
    "al": 28, "ba": 20, "by": 28,
}  # fmt: skip
_IPV4: Final = re.compile(
    r"(?<![0-9.])(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?![0-9.]*[0-9])"
)
_IPV6: Final = re.compile(r"(?<![0-9a-f:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4}){1,4}(?![0-9a-f:])")
_DOTTED: Final = re.compile(r"[^\n]{0,80}?(?:\bdot\b|\bpoint\b|\.\s?[a-z])")
_LOCAL_WITHIN: Final = 160
_DOMAIN_WITHIN: Final = 160
_LOCAL_SIGN: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]")
_DOMAIN_SIGN: Final = re.compile(r"[\w@.-]")
_DOMAIN_DOT: Final = re.compile(r"\.[a-z]")
_IPV4_DOT: Final = re.compile(r"\.[0-9]{1,3}\.[0-9]")
_IPV4_SIGN: Final = re.compile("[0-9.]")
_IPV6_COLON: Final = re.compile(":[0-9a-f]{1,4}:")
_IPV6_SIGN: Final = re.compile("[0-9a-f:]")
_MAC_SIGN: Final = re.compile("[:-][0-9a-f]{2}[:-][0-9a-f]{2}[:-]")
_ALPHABET_WORDS: Final = frozenset(
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa "
    "quebec romeo sierra tango uniform victor whiskey whisky xray ray yankee zulu".split()
)
_ALPHABET_FROM: Final = 3
_SINGLES: Final = frozenset("abcdefghijklmnopqrstuvwxyz")


def contacts(text: str, marks: Landmarks | None = None) -> list[PersonalSpan]:
    """Spans in plain lower-case text."""
    marks = marks or Landmarks.of(text)
    found: list[PersonalSpan] = []
    if "@" in text:
        found += [PersonalSpan(match.start(), match.end(), "EMAIL", 1.0) for match in _mails(text)]
    for at in finds(text, " at ", " @ "):
        domain = at + (3 if text[at + 1] == "@" else 4)
        if _DOTTED.match(text, domain):
            begin, end = max(0, at + 1 - _LOCAL_WITHIN), domain + _DOMAIN_WITHIN
            found += [PersonalSpan(*_mail(match), "EMAIL", 0.95) for match in _SPOKEN.finditer(text, begin, end)]
    if "." in text:
        for score, match in _urls(text):
            found.append(PersonalSpan(match.start(), _end(match), "URL", score))
    found += [PersonalSpan(match.start(), match.end(), "SPELLED", 0.7) for match in _spelled(text, marks)]
    return found + _with_digits(text, marks)


def _with_digits(text: str, marks: Landmarks) -> list[PersonalSpan]:
    found: list[PersonalSpan] = []
    if marks.digits:
        for match in _IBAN.finditer(text):
            start, end = _iban(text, match)
            if end:
                found.append(PersonalSpan(start, end, "IBAN", 1.0 if _checks(text[start:end]) else 0.95))
        found += [
            PersonalSpan(match.start(), match.end(), "IP", 0.95) for match in _whole(text, _IPV4_DOT, _IPV4_SIGN, _IPV4)
        ]
    places = [match.start() - 2 for match in _MAC_SIGN.finditer(text)]
    found += [PersonalSpan(match.start(), match.end(), "MAC", 0.97) for match in _at(text, _MAC, places)]
    if text.count(":") > 2:
        found += [
            PersonalSpan(match.start(), match.end(), "IP", 0.95)
            for match in _whole(text, _IPV6_COLON, _IPV6_SIGN, _IPV6)
        ]
    return found


def _at(text: str, pattern: re.Pattern[str], places: Iterable[int]) -> Iterator[re.Match[str]]:
    """The matches that begin at these places, which are in order, one after another."""
    past = 0
    for place in places:
        match = pattern.match(text, place) if place >= past else None
        if match:
            past = match.end()
            yield match


def _whole(
    text: str, trigger: re.Pattern[str], sign: re.Pattern[str], pattern: re.Pattern[str]
) -> Iterator[re.Match[str]]:
    """The matches that begin where the row of such signs begins that a trigger is in."""
    places: list[int] = []
    before = -1
    for found in trigger.finditer(text):
        start = back(text, found.start(), sign, found.start() - before)
        if start > before or not places:
            places.append(start)
        before = found.start()
    return _at(text, pattern, places)


def _mails(text: str) -> Iterator[re.Match[str]]:
    places = []
    for at in finds(text, "@"):
        last = at - 1 if at and text[at - 1].isspace() else at
        places.append(back(text, last, _LOCAL_SIGN, 64))
    return _at(text, _WRITTEN, places)


def _urls(text: str) -> Iterator[tuple[float, re.Match[str]]]:
    places = [
        at - len(scheme)
        for at in finds(text, "://")
        for scheme in ("https", "http", "ftp")
        if text.startswith(scheme, max(0, at - len(scheme)))
    ]
    for match in _at(text, _SCHEME_URL, sorted({*places, *finds(text, "www.")})):
        yield 0.7, match
    for match in _whole(text, _DOMAIN_DOT, _DOMAIN_SIGN, _DOMAIN):
        yield 0.65, match


def _spelled(text: str, marks: Landmarks) -> Iterator[re.Match[str]]:
    if not marks.words.isdisjoint(_SINGLES):
        letters = [match.start() for match in _SINGLY.finditer(text)]
        for begin, end in parts(letters, 20, 160, len(text)):
            yield from _SPELLED.finditer(text, begin, end)
    if not marks.words.isdisjoint(_ALPHABET_WORDS):
        spoken = marks.places(_ALPHABET_WORDS)
        if len(spoken) >= _ALPHABET_FROM:
            for begin, end in parts(spoken, 3, 48, len(text)):
                yield from _PHONETIC.finditer(text, begin, end)


def _end(match: re.Match[str]) -> int:
    """Without the sentence's own punctuation."""
    return match.start() + len(match[0].rstrip(".,;:!?)]"))


def _mail(match: re.Match[str]) -> tuple[int, int]:
    """Without the words that lead up to the address: `my mail is john dot smith at …` begins at `john`."""
    start = match.start()
    for word in re.finditer(r"\S+", match["local"]):
        if word[0] not in _NOT_LOCAL:
            start = match.start() + word.start()
            break
    return start, match.end()


def _iban(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Cut to the country's length. Check digits decide only where it is not written as IBANs are, in fours or solid."""
    start = match.start() - (2 if text[match.start() - 1].isalpha() else 3)
    length = _IBAN_LENGTHS.get(text[start : start + 2])
    count = 0
    for at in range(start, match.end()):
        count += text[at].isalnum()
        if count == length:
            whole = text[start : at + 1]
            written = re.fullmatch(r"[a-z0-9]+|[a-z0-9]{4}(?:[ -][a-z0-9]{4})+(?:[ -][a-z0-9]{1,4})?", whole)
            return (start, at + 1) if written or _checks(whole) else (0, 0)
    return 0, 0


def _checks(iban: str) -> bool:
    letters = "".join(filter(str.isalnum, iban))
    return int("".join(str(int(letter, 36)) for letter in letters[4:] + letters[:4])) % 97 == 1
