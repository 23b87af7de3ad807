"""Numbers that a state or an institution gives to a person, by their letters, lengths and check digits.

British NINO and NHS number, German tax and pension numbers, Spanish DNI and NIE, French NIR, Italian codice fiscale,
Irish PPS, Dutch BSN by its label; and whatever a text itself calls somebody's licence, policy, member or case number.
Patterns over plain lower-case text.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from appliance.ports import PersonalSpan
from models.pii.landmarks import Landmarks, finds

_Right = Callable[[str, str], bool]
_DNI_LETTERS: Final = "trwagmyfpdxbnjzsqvhlcke"
_GAP: Final = r"[ .-]?"
_NINO: Final = re.compile(
    r"(?<![\w])(?!bg|gb|kn|nk|nt|tn|zz)[a-ceghj-prstw-z][a-ceghj-nprstw-z] ?(?:[0-9]{2} ?){3}[a-d](?![\w])"
)
_NHS: Final = re.compile(r"(?<![\w+-])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![\w-])")
_TAX_DE: Final = re.compile(r"(?<![\w+])[1-9][0-9] ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}(?![\w])")
_PENSION_DE: Final = re.compile(r"(?<![\w])[0-9]{2} ?[0-3][0-9][01][0-9][0-9]{2} ?[a-z] ?[0-9]{3}(?![\w])")
_DNI: Final = re.compile(rf"(?<![\w])(?:[0-9]{{2}}\.?[0-9]{{3}}\.?[0-9]{{3}}|[xyz]{_GAP}[0-9]{{7}}){_GAP}[a-z](?![\w])")
_NIR: Final = re.compile(
    r"(?<![\w])[12378] ?[0-9]{2} ?(?:0[1-9]|1[0-2]|[2-9][0-9]) ?(?:[0-9]{2}|2[ab]) ?"
    r"[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?![\w])"
)
_FISCALE: Final = re.compile(r"(?<![\w])[a-z]{6} ?[0-9]{2}[abcdehlmprst][0-9]{2} ?[a-z][0-9]{3}[a-z](?![\w])")
_PPS: Final = re.compile(r"(?<![\w])[0-9]{7}[a-w][a-iw]?(?![\w])")
_ETHER: Final = re.compile(r"(?<![\w])0x[0-9a-f]{40}(?![\w])")
_POSTCODE_GB: Final = re.compile(r"(?<![\w])[a-z]{1,2}[0-9][0-9a-z]? [0-9][abd-hjlnp-uw-z]{2}(?![\w])")
_DIGITS_ON: Final = re.compile("[0-9][0-9 .-]{4}")
_FOREIGNER: Final = re.compile(r"[xyz][ .-]?[0-9]{7}")
_LABELLED: Final = re.compile(
    r"\b(?P<LICENSE>(?:driv(?:er|ing)['’]?s? ?)licen[sc]e|\bdl|führerschein|permis de conduire|carnet de conducir)?"
    r"(?P<PASSPORT>passport|reisepass|pasaporte|passeport)?"
    r"(?P<ID>(?:licen[sc]e plate|number plate|policy|member(?:ship)?|employee|staff|student|patient|medical record|mrn|"
    r"case|claim|national id|identity card|id card|personalausweis|ausweis|tax|steuer-?id|steuernummer|nie|dni|nif|vat|"
    r"social insurance|versichertennummer|ppsn?|bsn))?"
    r"(?: (?:id|card))?(?:[ -]?(?:number|no\.?|nr\.?|#|nummer|número|numéro|code))?(?: (?:is|was|ist|es|est|:)|:)? ?"
    r"(?P<value>(?=[a-z0-9-]*[0-9])(?=[a-z0-9-]*[0-9][a-z0-9-]*[0-9])[a-z0-9](?:[a-z0-9-]{3,18})[a-z0-9])(?![\w])"
)


_LABELS: Final = frozenset(
    "driver drivers driving dl führerschein permis carnet passport reisepass pasaporte passeport license licence "
    "number policy member membership employee staff student patient medical mrn case claim national id identity "
    "personalausweis ausweis tax steuer steuerid steuernummer nie dni nif vat social versichertennummer pps ppsn "
    "bsn".split()
)
"""What `_LABELLED` may begin with."""


def national(text: str, language: str = "en", marks: Landmarks | None = None) -> list[PersonalSpan]:
    marks = marks or Landmarks.of(text)
    if not marks.digits:
        return []
    found: list[PersonalSpan] = []
    for kind, pattern, right, score, places in _where(text, marks):
        past = 0
        for place in places:
            match = pattern.match(text, place) if place >= past else None
            if match is None:
                continue
            past = match.end()
            if right(re.sub(r"[ .-]", "", match[0]), text[max(0, place - 40) : place]):
                found.append(PersonalSpan(place, past, kind, score))
    past = 0
    for place in marks.places(_LABELS):
        labelled = _LABELLED.match(text, place) if place >= past else None
        if labelled and (spans := _labelled(labelled)):
            past = labelled.end()
            found += spans
    return found


def _where(text: str, marks: Landmarks) -> Iterator[tuple[str, re.Pattern[str], _Right, float, Sequence[int]]]:
    """The patterns and where each may begin: where a word is, where digits are, or letters right before digits."""
    alone, led, apart = [], [], []
    for at in marks.digits:
        before = text[at - 1] if at else " "
        if before.isalpha():
            led.append(at)
        elif before == " " and text[at - 2 : at - 1].isalpha() and text[at + 1 : at + 2].isdecimal():
            apart.append(at)
        if not before.isalnum() and before != "_" and _DIGITS_ON.match(text, at):
            alone.append(at)
    for kind, pattern, right, score in _OF_DIGITS if alone else ():
        yield kind, pattern, right, score, alone
    for kind, pattern, right, score, letters, spaced in _OF_LETTERS if led or apart else ():
        places = [at - less for at in led for less in letters] + [at - letters[0] - 1 for at in apart if spaced]
        yield kind, pattern, right, score, sorted(place for place in places if place >= 0)
    if "0x" in text:
        yield "WALLET", _ETHER, _always, 0.97, [at for at in marks.digits if text[at] == "0"]
    foreign = [at for at in finds(text, "x", "y", "z") if _FOREIGNER.match(text, at)]
    if foreign:
        yield "NATIONAL_ID", _DNI, _is_dni, 0.97, sorted(foreign)


def _labelled(match: re.Match[str]) -> list[PersonalSpan]:
    kind = next((name for name in ("LICENSE", "PASSPORT", "ID") if match[name]), None)
    return [PersonalSpan(match.start("value"), match.end("value"), kind, 0.8)] if kind else []


def _always(number: str, before: str) -> bool:
    return True


def _named(*words: str) -> Callable[[str, str], bool]:
    pattern = re.compile(rf"\b(?:{'|'.join(words)})")
    return lambda number, before: bool(pattern.search(before))


def _is_nhs(number: str, before: str) -> bool:
    """Modulus 11; like telephone numbers in shape, so that the label decides."""
    total = sum(int(digit) * (10 - at) for at, digit in enumerate(number[:9]))
    return (11 - total % 11) % 11 == int(number[9]) and bool(re.search(r"\bnhs\b|national health", before))


def _is_tax_de(number: str, before: str) -> bool:
    """ISO 7064 modulus 11,10, and one digit of the first ten twice or thrice."""
    product = 10
    for digit in number[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    repeated = sorted(number[:10].count(digit) for digit in set(number[:10]))
    return (11 - product) % 10 == int(number[10]) and repeated[-1] in (2, 3)


def _is_dni(number: str, before: str) -> bool:
    digits = number[:-1].replace("x", "0").replace("y", "1").replace("z", "2")
    return digits.isdigit() and _DNI_LETTERS[int(digits) % 23] == number[-1]


def _is_nir(number: str, before: str) -> bool:
    body = number[:13].replace("2a", "19").replace("2b", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(number[13:])


_OF_DIGITS: Final = (
    ("NHS", _NHS, _is_nhs, 0.97),
    ("TAXPAYER_NUMBER", _TAX_DE, _is_tax_de, 0.92),
    ("NATIONAL_ID", _PENSION_DE, _always, 0.92),
    ("NATIONAL_ID", _DNI, _is_dni, 0.97),
    ("NATIONAL_ID", _NIR, _is_nir, 0.99),
    ("NATIONAL_ID", _PPS, _named("pps", "personal public"), 0.9),
)
"""What begins with digits, what makes it right, and how sure it is then."""
_OF_LETTERS: Final = (
    ("NINO", _NINO, _always, 0.97, (2,), True),
    ("NATIONAL_ID", _FISCALE, _always, 0.97, (6,), True),
    ("POSTCODE", _POSTCODE_GB, _always, 0.6, (2, 1), False),
)
"""What begins with so many letters; whether a space may follow them."""
