"""What a run of digits is: card, social security number, telephone, customer number, secret code, or just a number.

Privacy first: 13 digits or more are always masked, whatever they are; Luhn's check only names them, since one
recognition error makes a card fail it. Shorter runs are judged by their shape and by the words around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from appliance.ports import PersonalSpan
from models.pii.landmarks import Landmarks, encoded_words
from models.pii.number_words import Words, all_words, foreign_words, words
from models.pii.numbers import Item, Run, luhn, restated, runs_of, spoken_runs

CARD_DIGITS: Final = range(13, 20)
_SECRET: Final = re.compile(
    r"\b(?:(?P<PIN>pins?|pin ?codes?|p\.i\.n\.?|personal identification number|secret (?:number|code)|"
    r"geheim(?:zahl|nummer)|"
    r"clave(?: secreta)?|número secreto|code (?:secret|confidentiel))"
    r"|(?P<CVV>cvv2?|cvc2?|cid|csc|c v v|c v c|security (?:code|number)|card verification|three digits|four digits|"
    r"(?:on|at) the back|back of (?:my|the) card|(?:karten)?prüfnummer|sicherheitscode|código de seguridad|"
    r"code de sécurité|cryptogramme)"
    r"|(?P<CODE>otp|one[ -]time (?:code|password|passcode|pin)|passcodes?|passwords?|pass ?phrase|"
    r"(?:verification|confirmation|access|login|sms|text|auth(?:entication)?|authenticator|transaction|2fa|mfa|"
    r"activation|door|alarm|lock|unlock|security) (?:code|number|token)|kennwort|passwort|bestätigungscode|"
    r"contraseña|código de verificación|mot de passe|code de vérification|"
    r"2fa|mfa|tan|the code|my code|(?<!zip )(?<!post )(?<!postal )(?<!area )(?<!country )(?<!sort )(?<!promo )"
    r"code(?: is|:)|"
    r"token))\b"
)
_LABELS: Final = (
    ("CUSTOMER_NUMBER", re.compile(r"\b(?:customer|client|member(?:ship)?|user)(?: (?:number|no\.?|id|#|nr\.?))?\b|"
                                   r"\bkunden(?:nummer|nr)\b|\bnúmero de cliente\b|\bnuméro (?:de )?client\b")),
    ("SSN", re.compile(r"\b(?:social(?: security)?|ssn|s\.s\.n)\b(?! media)")),
    ("ROUTING_NUMBER", re.compile(r"\b(?:routing|aba|transit)\b")),
    ("EXPIRY", re.compile(r"\b(?:expir\w*|exp|valid (?:thru|through|until|till))\b")),
    ("CARD", re.compile(r"\b(?:(?:credit|debit|bank|visa|master|amex)[ -]?card|cards?|visa|mastercard|amex|"
                        r"(?:kredit|ec-?|giro|bank)?karten?(?:nummer)?|tarjetas?|cartes?(?: bancaires?| bleues?)?)\b")),
    ("ACCOUNT", re.compile(r"\b(?:account|acct|a/c|iban|sort code|bsb|konto(?:nummer)?|cuenta|compte)\b")),
    ("PHONE", re.compile(r"\b(?:phone|call|telephone|mobile|cell|tel|fax|whatsapp|text|reach|dial|ring|"
                         r"telefon(?:nummer)?|"
                         r"handy(?:nummer)?|rückruf|teléfono|móvil|llámame|téléphone|portable|appelez|joindre)\b")),
    ("PASSPORT", re.compile(r"\b(?:passport|(?:reise)?pass(?:nummer)?|pasaporte|passeport)\b")),
    ("LICENSE", re.compile(r"\b(?:(?:driver'?s?|driving) licen[sc]e|führerschein|(?:carnet|permiso) de conducir|"
                           r"permis de conduire)\b")),
    ("POSTCODE", re.compile(r"\b(?:zip|postal|post ?code|plz|postleitzahl|código postal|code postal)\b")),
    ("DATE", re.compile(r"\b(?:birth\w*|born|dob|d\.o\.b|geboren|geburts\w+|nacid[oa]|nacimiento|née?|naissance)\b")),
)  # fmt: skip
_MONEY_BEFORE: Final = re.compile(r"(?:[$€£¥]|\b(?:usd|eur|gbp|dollars?|euros?|pounds?))\s*$")
_MONEY_AFTER: Final = re.compile(
    r"\s*(?:[$€£¥%]|(?:usd|eur|gbp|dollars?|euros?|pounds?|bucks|cents?|percent|k|million|billion)\b)"
)
_MONEYS: Final = ("$", "€", "£", "¥", "usd", "eur", "gbp", "dollar", "dollars", "euro", "euros", "pound", "pounds")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?")
_DATE: Final = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:0?[1-9]|[12][0-9]|3[01])([-./])(?:0?[1-9]|[12][0-9]|3[01])\1(?:(?:19|20)[0-9]{2}|[0-9]{2}))(?![0-9])"
)
_LEADS_BACK: Final = re.compile(r"[\s,]*(?:(?:is|was|as|are|that'?s|it'?s|for)(?: (?:my|the|your|a))?)?\s*")
_EXTENSION: Final = re.compile(r"\s?(?:x|ext\.?|extension)\s?[0-9]{1,6}\b")
_OF_SOMETHING: Final = re.compile(
    r"(?: (?:number|code))?(?: (?:that )?(?:i|we) (?:use|have|set|chose))? (?:for|of|on|to|from|with|in|at|behind)"
    r"(?: (?:my|the|our|your|this|that|an?))?(?: (?!(?:my|the|our|your|and|but|so|i|it|is)\b)[\w-]+){0,8}"
    r"(?: (?:is|was|be|are|reads|says)|'s| ?[:=])[ :]*"
)
"""Between a secret's word and its digits: ` for my card ending 4411 is `. What it is for is no other thing's number."""
_BEFORE, _AFTER = 48, 32
_WORD: Final = re.compile(r"[^\W\d_]+")
_SINGLY: Final = re.compile("[0-9]{2}")
_CLOCK: Final = re.compile("(?<![0-9])[0-9]0[0-9](?![0-9])")
_FEW_WORDS, _PIECES = 8, 4
_SHORTEST: Final = 3
"""Digits that may be anything: a card's code."""
_ABROAD, _NUMBER_ABROAD, _CODE_FROM = 3, 7, 4
"""So many words of other languages must a number have that is looked at for their sake (or one among seven), and so
many digits, if it is no secret code."""
_SECRET_STARTS: Final = frozenset(
    word.encode()[:3]
    for word in [
        "pin",
        "pins",
        "p",
        "per",
        "sec",
        "geh",
        "cla",
        "núm",
        "cod",
        "cvv",
        "cvc",
        "cid",
        "csc",
        "c",
        "card",
        "three",
        "four",
        "dig",
        "back",
        "kar",
        "prü",
        "sic",
        "cód",
        "code",
        "cry",
        "otp",
        "time",
        "pas",
        "ver",
        "con",
        "acc",
        "log",
        "sms",
        "tex",
        "aut",
        "tra",
        "fa",
        "mfa",
        "act",
        "doo",
        "ala",
        "loc",
        "unl",
        "ken",
        "bes",
        "mot",
        "tan",
        "tok",
    ]
)
"""How a word begins that `_SECRET` may begin with, three bytes of it."""
_LABEL_STARTS: Final = (
    "cus cli mem use kun núm num", "soc ssn s", "rou aba tra", "exp val",
    "cre deb ban vis mas ame car kre ec eck gir kar tar", "acc c iba sor bsb kon cue com",
    "pho cal tel tél mob cel fax wha tex rea dia rin han rüc móv llá por app joi", "pas rei", "dri füh car per",
    "zip pos plz cód cod", "bir bor dob d geb nac né née nai",
)  # fmt: skip
_LABEL_AT: Final = {
    start: tuple(at for at, begins in enumerate(_LABEL_STARTS) if start in (one.encode()[:3] for one in begins.split()))
    for start in {one.encode()[:3] for begins in _LABEL_STARTS for one in begins.split()}
}
"""The same for each of `_LABELS`: which of them a word may begin."""


def numbered(
    text: str, expecting_secret: bool = False, language: str = "en", marks: Landmarks | None = None
) -> list[PersonalSpan]:
    """Spans in plain lower-case text. `expecting_secret`: a code was asked for, so a bare one is a secret."""
    marks = marks or Landmarks.of(text)
    found = list(_dates(text, marks))
    spoken = words(language)
    every = runs_of(text, spoken, marks)
    for run in every:
        found += _of_run(text, run, expecting_secret, spoken)
    if len(every) > 1:
        found += _scattered(text, every, found)
    if not marks.words.isdisjoint(foreign_words(language)):
        found += _foreign(text, language, marks, expecting_secret)
    return found


def _dates(text: str, marks: Landmarks) -> Iterator[PersonalSpan]:
    past = 0
    for start in marks.digits:
        match = _DATE.match(text, start) if start >= past else None
        if match:
            past = match.end()
            yield _span(start, past, "DATE", 0.88)


def _of_run(text: str, run: Run, expecting_secret: bool, spoken: Words) -> list[PersonalSpan]:
    parts = restated(text, run, spoken)
    if len(parts) < 2:
        return _judged(text, run, expecting_secret, spoken)
    if len(parts[-1].digits) >= max(4, len(parts[0].digits)):
        again = _said_again(text, parts, expecting_secret, spoken)
        if again:
            return again
    return _put_right(text, run, parts[0], expecting_secret)


def _foreign(text: str, language: str, marks: Landmarks, expecting_secret: bool) -> list[PersonalSpan]:
    """Numbers in words of a language that nobody knew would be spoken: so many in a row as no prose has them."""
    spoken, own = all_words(language), words(language).sure
    found: list[PersonalSpan] = []
    for run in runs_of(text, spoken, marks):
        said = [item for item in run.items if item.sure and not item.written]
        abroad = sum(_WORD.match(text, item.start)[0] not in own for item in said)  # type: ignore[index]
        if not (abroad >= _ABROAD or (abroad and len(said) >= _NUMBER_ABROAD)) or run.sure_digits < _CODE_FROM:
            continue
        spans = _of_run(text, run, expecting_secret, spoken)
        if run.sure_digits >= _NUMBER_ABROAD or any(span.secret for span in spans):
            found += spans
    return found


def _judged(text: str, run: Run, expecting_secret: bool, spoken: Words) -> list[PersonalSpan]:
    count = len(run.digits)
    if count < _SHORTEST:
        return []
    if count >= CARD_DIGITS.start and run.sure_digits >= 10 and not _amounts(text, run):
        lines = _lines(text, run)
        if lines:
            return [_widened(text, span) for line in lines for span in _of_line(text, line)]
        return [_widened(text, _long(text, run))]
    parts = (_short(text, part, expecting_secret) for part in spoken_runs(text, run, spoken))
    return [_widened(text, span) for span in parts if span is not None]


def _lines(text: str, run: Run) -> list[Run]:
    """The parts of a run that are numbers of their own, a line each: `12345` and below it a telephone number.

    None where it is one number after all, in groups of much the same length.
    """
    rows: list[list[Item]] = [[]]
    for at, item in enumerate(run.items):
        if at and "\n" in text[run.items[at - 1].end : item.start]:
            rows.append([])
        rows[-1].append(item)
    parts = [Run(tuple(row)) for row in rows]
    sizes = [len(part.digits) for part in parts]
    return parts if len(parts) > 1 and max(sizes) > max(6, min(sizes) + 1) else []


def _of_line(text: str, part: Run) -> list[PersonalSpan]:
    """Of a number that stood with others: always something."""
    if len(part.digits) >= CARD_DIGITS.start:
        return [_long(text, part)]
    return [_short(text, part, False) or _span(part.start, part.end, "NUMBER", 0.8)]


def _said_again(text: str, parts: list[Run], expecting_secret: bool, spoken: Words) -> list[PersonalSpan]:
    """`my pin is 1234, no sorry, 1235`: whatever one of them is, all are."""
    judged = [_judged(text, part, expecting_secret, spoken) for part in parts]
    whole = next((spans[0] for spans in reversed(judged) if spans), None)
    secret = next((spans[0] for spans in judged if spans and spans[0].secret), None)
    model = secret or whole
    if model is None:
        return []
    return [replace(model, start=part.start, end=part.end) for part in parts]


def _put_right(text: str, run: Run, first: Run, expecting_secret: bool) -> list[PersonalSpan]:
    """`078 05 11, no, 1120`: only a piece was said again, so that all of it together is one number."""
    around = _begins(text, first)
    label, labelled_at = _label(text, first, around)
    secret = _secret(text, first, labelled_at, around) or ("PIN" if expecting_secret else None)
    if secret and len(run.digits) <= 2 * 8:
        return [PersonalSpan(run.start, run.end, secret, 1.0, secret=True)]
    if len(run.digits) < 7 or _amounts(text, run):
        return []
    if len(run.digits) >= CARD_DIGITS.start:
        return [_long(text, run)]
    return [_span(run.start, run.end, label or "NUMBER", 0.8)]


def _widened(text: str, span: PersonalSpan) -> PersonalSpan:
    """A telephone number with its bracket, its plus and its extension."""
    if span.kind not in ("PHONE", "NUMBER"):
        return span
    start = span.start
    while start > 0 and text[start - 1] in "(+":
        start -= 1
    extension = _EXTENSION.match(text, span.end)
    return replace(span, start=start, end=extension.end() if extension else span.end)


def _long(text: str, run: Run) -> PersonalSpan:
    digits = run.digits
    if len(digits) in CARD_DIGITS and luhn(digits):
        return _span(run.start, run.end, "CARD", 1.0)
    dialled = digits.startswith("00") or text[max(0, run.start - 2) : run.start].rstrip("(").endswith("+")
    if dialled and len(digits) <= 15:
        return _span(run.start, run.end, "PHONE", 0.9)
    kind = "CARD" if _label(text, run, _begins(text, run))[0] == "CARD" else "NUMBER"
    return _span(run.start, run.end, kind, 0.9)


def _short(text: str, run: Run, expecting_secret: bool) -> PersonalSpan | None:
    digits, groups = run.digits, run.groups()
    around = _begins(text, run)
    label, labelled_at = _label(text, run, around)
    secret = _secret(text, run, labelled_at, around)
    if secret is None and expecting_secret and _alone(text, run):
        secret = "PIN"  # noqa: S105 - a kind
    if secret and 3 <= len(digits) <= 8:
        return PersonalSpan(run.start, run.end, secret, 1.0, secret=True)
    if len(digits) < 4 or _amounts(text, run):
        return None
    if text[: run.start].endswith("+"):
        return _span(run.start, run.end, "PHONE", 0.9) if len(digits) >= 7 else None
    kind = _kind(len(digits), groups, label)
    if kind is None and _digit_by_digit(run):
        return _span(run.start, run.end, "NUMBER", 0.7)
    if label is None and (_years(run) or any(item.scale for item in run.items)):
        return None
    return _span(run.start, run.end, kind, 0.85) if kind else None


def _digit_by_digit(run: Run) -> bool:
    """Four digits or more said one by one: nobody says a quantity or a year so."""
    return all(not item.written and len(set(item.digits)) == 1 and not item.scale for item in run.items)


def _scattered(text: str, every: Sequence[Run], found: Sequence[PersonalSpan]) -> list[PersonalSpan]:
    """Pieces of a number among words that nobody said, as a recogniser leaves them that mishears: all of them go.

    Four pieces that were said, few words apart, two digits at least of which follow one another.
    """
    spans: list[PersonalSpan] = []
    row: list[Run] = []
    for run in (*every, None):
        near = run is not None and row and len(_WORD.findall(text, row[-1].end, run.start)) <= _FEW_WORDS
        if row and not near:
            pieces = [item for part in row for item in part.items if item.sure]
            if len(pieces) >= _PIECES and len(row) > 1 and any(map(_read_out, row)):
                spans += [_span(part.start, part.end, "NUMBER", 0.5) for part in row]
            row = []
        if run is not None and not any(item.written or item.scale for item in run.items):
            row.append(run)
    return [one for one in spans if not any(other.start < one.end and one.start < other.end for other in found)]


def _read_out(run: Run) -> bool:
    """Two digits in a row, as nobody says them of people, hours (`seven thirty`, `nine oh five`) or pounds."""
    rows: list[str] = [""]
    for item in run.items:
        if item.sure and not item.scale:
            rows[-1] += item.digits if len(item.digits) == 1 else "--"
        else:
            rows.append("")
    return any(_SINGLY.search(_CLOCK.sub("-", row)) for row in rows)


def _years(run: Run) -> bool:
    return run.groups() == (4, 4) and all(item.digits[:2] in ("19", "20") for item in run.items)


def _kind(count: int, groups: tuple[int, ...], label: str | None) -> str | None:
    """By length, shape and label; None where it is of no concern (a year, a house number, a quantity)."""
    if groups == (3, 2, 4) or (label == "SSN" and count in (4, 9)):
        return "SSN"
    if count == 9 and label is None:
        return "SSN" if len(groups) in (1, 9) or max(groups) < 3 or groups == (3, 3, 3) else "PHONE"
    if label in ("EXPIRY", "POSTCODE", "DATE"):
        return label if count >= 4 else None
    if label == "ROUTING_NUMBER" and count == 9:
        return "ROUTING_NUMBER"
    if count == 8 and label in (None, "CUSTOMER_NUMBER"):
        return "CUSTOMER_NUMBER"
    if label is not None and count >= (7 if label == "PHONE" else 4):
        return label
    if 10 <= count <= 12 or groups == (3, 4):
        return "PHONE"
    return "NUMBER" if count >= 6 else None


def _secret(text: str, run: Run, labelled_at: int, around: set[bytes]) -> str | None:
    """The kind of secret word this run answers to: before it and nearer than any label, else closely after it."""
    if _SECRET_STARTS.isdisjoint(around):
        return None
    begin = max(0, run.start - _BEFORE)
    found = max(_SECRET.finditer(text, begin, run.start), key=lambda match: match.end(), default=None)
    if found is not None and _OF_SOMETHING.fullmatch(text, found.end(), run.start):
        return found.lastgroup
    if (
        found is not None
        and found.end() >= labelled_at
        and not re.search(r"[0-9]{3}|[.!?] ", text[found.end() : run.start])
    ):
        return found.lastgroup
    following = _SECRET.search(text, run.end, run.end + _AFTER)
    if following is not None and labelled_at < 0 and _LEADS_BACK.fullmatch(text, run.end, following.start()):
        return following.lastgroup
    return None


def _label(text: str, run: Run, around: set[bytes]) -> tuple[str | None, int]:
    """What the words shortly before say it is, the nearest of them, and where they end."""
    nearest, best = None, -1
    if _LABEL_AT.keys().isdisjoint(around):
        return nearest, best
    begin = max(0, run.start - _BEFORE)
    begin = max(begin, *(text.rfind(mark, begin, run.start) + 1 for mark in "!?;\n"))
    for at in sorted({at for start in around for at in _LABEL_AT.get(start, ())}):
        name, pattern = _LABELS[at]
        for match in pattern.finditer(text, begin, run.start):
            if match.end() > best:
                nearest, best = name, match.end()
    return nearest, best


def _begins(text: str, run: Run) -> set[bytes]:
    """How the words around it begin."""
    return {word[:3] for word in encoded_words(text[max(0, run.start - _BEFORE) : run.end + _AFTER])}


def _alone(text: str, run: Run) -> bool:
    """Nothing of weight beside it: `it's 4321`, `4321 please`."""
    around = text[: run.start] + " " + text[run.end :]
    return len(re.findall(r"[a-z]+", around)) <= 6


def _amounts(text: str, run: Run) -> bool:
    """An amount of money, or digits grouped by thousands as amounts are."""
    if (
        len(run.digits) >= CARD_DIGITS.start
        and len(run.items) > 3
        and not _THOUSANDS.fullmatch(text[run.start : run.end])
    ):
        return False
    before = text[max(0, run.start - 10) : run.start]
    money = bool(
        (before.rstrip().endswith(_MONEYS) and _MONEY_BEFORE.search(before)) or _MONEY_AFTER.match(text, run.end)
    )
    grouped = "," in text[max(0, run.start - 12) : run.end + 12] and (
        _THOUSANDS.match(text, run.start) or _THOUSANDS.search(text[max(0, run.start - 12) : run.end])
    )
    if len(run.digits) >= CARD_DIGITS.start:
        return money and bool(grouped)
    return money or bool(grouped)


def _span(start: int, end: int, kind: str, score: float) -> PersonalSpan:
    return PersonalSpan(start, end, kind, score)
