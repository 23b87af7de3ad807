"""What the words around a number say it is: a secret's name, a label, money. All in plain lower case."""

from __future__ import annotations

import re
from typing import Final

from models.pii.landmarks import encoded_words
from models.pii.numbers import Run

CARD_FROM: Final = 13
_BEFORE, _AFTER = 48, 32
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
_LEADS_BACK: Final = re.compile(r"[\s,]*(?:(?:is|was|as|are|that'?s|it'?s|for)(?: (?:my|the|your|a))?)?\s*")
_OF_SOMETHING: Final = re.compile(
    r"(?: (?:number|code))?(?: (?:that )?(?:i|we) (?:use|have|set|chose))? (?:for|of|on|to|from|with|in|at|behind)"
    r"(?: (?:my|the|our|your|this|that|an?))?(?: (?!(?:my|the|our|your|and|but|so|i|it|is)\b)[\w-]+){0,8}"
    r"(?: (?:is|was|be|are|reads|says)|'s| ?[:=])[ :]*"
)
"""Between a secret's word and its digits: ` for my card ending 4411 is `. What it is for is no other thing's number."""
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


def secret_before(text: str, run: Run, labelled_at: int, around: frozenset[bytes]) -> str | None:
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


def label(text: str, run: Run, around: frozenset[bytes]) -> tuple[str | None, int]:
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


def begins_around(text: str, run: Run) -> frozenset[bytes]:
    """How the words around it begin."""
    return frozenset(word[:3] for word in encoded_words(text[max(0, run.start - _BEFORE) : run.end + _AFTER]))


def amount(text: str, run: Run) -> bool:
    """An amount of money, or digits grouped by thousands as amounts are."""
    if len(run.digits) >= CARD_FROM and len(run.items) > 3 and not _THOUSANDS.fullmatch(text[run.start : run.end]):
        return False
    before = text[max(0, run.start - 10) : run.start]
    money = bool(
        (before.rstrip().endswith(_MONEYS) and _MONEY_BEFORE.search(before)) or _MONEY_AFTER.match(text, run.end)
    )
    grouped = "," in text[max(0, run.start - 12) : run.end + 12] and (
        _THOUSANDS.match(text, run.start) or _THOUSANDS.search(text[max(0, run.start - 12) : run.end])
    )
    if len(run.digits) >= CARD_FROM:
        return money and bool(grouped)
    return money or bool(grouped)
