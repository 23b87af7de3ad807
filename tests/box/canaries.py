"""Canaries of every personal kind that the policy knows, each in a sentence as people write and say it.

A canary is what must not be found (`traces`), other in every run. Amounts and plain dates are none: an agent's own
definition says that they are not personal.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from tests.box.planting import PIN_DIGITS, grouped, luhn_card, said, said_double, said_pairs

Language = Literal["en", "de", "es", "fr"]
SPOKEN: dict[str, tuple[str, ...]] = {
    "de": ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    "fr": ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
}
SCHEMES = {
    "visa": ("4", (13, 16, 19)), "mastercard": ("53", (16,)), "mastercard 2": ("2221", (16,)), "amex": ("37", (15,)),
    "discover": ("6011", (16, 19)), "diners": ("36", (14,)), "jcb": ("3530", (16,)),
    "unionpay": ("62", (16, 17, 18, 19)), "maestro": ("50", (13, 14, 15, 16, 18, 19)), "mir": ("2200", (16,)),
}  # fmt: skip
SURNAMES = ("Abernathy", "Brackenridge", "Castellanos", "Featherstone", "Goldschmidt", "Hathaway", "Kowalczyk",
            "Lindqvist", "McAllister", "Nakamura", "Okonkwo", "Petrov", "Quackenbush", "Rosenthal", "Szymanski",
            "Thornbury", "Vandenberg", "Whitfield", "Yamamoto", "Zimmermann")  # fmt: skip
STREETS = ("Birchwood", "Chestnut", "Elmhurst", "Foxglove", "Hawthorne", "Juniper", "Kingfisher", "Larkspur",
           "Magnolia", "Sycamore")  # fmt: skip
MONTHS = ("January", "February", "March", "April", "June", "July", "August", "September", "October", "November")


@dataclass(frozen=True, slots=True)
class Canary:
    """`traces`: what of it may be nowhere; the first is the value, others are how it was said."""

    kind: str
    sentence: str
    traces: tuple[str, ...]
    language: Language = "en"
    secret: bool = False
    """May not even exist under the raw key."""


def canaries(chance: random.Random) -> list[Canary]:
    """One of each kind."""
    made = [canary for make in _MAKERS for canary in make(chance)]
    assert len({canary.kind for canary in made}) == len(made)
    return made


def digits(chance: random.Random, length: int, first: str = "") -> str:
    """Not zero first: it would be a number of another length."""
    first = first or str(chance.randrange(2, 10))
    return first + "".join(str(chance.randrange(10)) for _ in range(length - len(first)))


def said_in(language: str, number: str) -> str:
    return said(number) if language == "en" else " ".join(SPOKEN[language][int(digit)] for digit in number)


def _with_oh(number: str) -> str:
    return said(number).replace("zero", "oh")


def _tripled(number: str) -> str:
    """Its first digit thrice, said so."""
    return f"triple {said(number[0])} {said(number[3:])}"


def _filled(number: str) -> str:
    fillers = (" um ", " uh ", " then ", " and ", " so ")
    parts = [said(number[at : at + 4]) for at in range(0, len(number), 4)]
    return "".join(part + fillers[at % len(fillers)] for at, part in enumerate(parts)).rsplit(" ", 2)[0]


def _cards(chance: random.Random) -> Iterator[Canary]:
    for scheme, (first, lengths) in SCHEMES.items():
        for length in lengths:
            card = luhn_card(chance, first, length)
            yield Canary(f"card {scheme} {length} solid", f"my card number is {card}", (card,))
            card = luhn_card(chance, first, length)
            yield Canary(
                f"card {scheme} {length} spaced", f"charge it to {grouped(card, ' ', 4, 4, 4, 4)}, please", (card,)
            )
            card = luhn_card(chance, first, length)
            words = said(card)
            yield Canary(f"card {scheme} {length} said", f"my card number is {words}", (card, words))
    for length in range(13, 20):
        number = digits(chance, length - 1, "9")
        number += str((int(luhn_card(chance, number, length)[-1]) + 1) % 10)
        yield Canary(f"{length} digits that are no card", f"the number on it is {number}", (number,))
    forms: dict[str, Callable[[str], str]] = {
        "doubled": said_double, "pairs": said_pairs, "oh": _with_oh, "filled": _filled, "tripled": _tripled,
    }  # fmt: skip
    for form, say in forms.items():
        card = luhn_card(chance, "4440" if form == "tripled" else "4", 16)
        yield Canary(f"card {form}", f"my credit card number is {say(card)}", (card, say(card)))
    for separator, name in (("-", "dashed"), (".", "dotted"), ("/", "slashed"), ("\n", "over lines"), ("  ", "wide")):
        card = luhn_card(chance, "52")
        yield Canary(f"card {name}", f"card {grouped(card, separator, 4, 4, 4, 4)}", (card,))
    for language, sentence in (
        ("de", "meine Kartennummer ist"), ("es", "mi número de tarjeta es"), ("fr", "mon numéro de carte est"),
    ):  # fmt: skip
        card = luhn_card(chance)
        yield Canary(f"card said, {language}", f"{sentence} {said_in(language, card)}",
                     (card, said_in(language, card)), language)  # type: ignore[arg-type]  # fmt: skip
        card = luhn_card(chance)
        yield Canary(f"card written, {language}", f"{sentence} {card}", (card,), language)  # type: ignore[arg-type]
        card = luhn_card(chance)
        yield Canary(f"card said, {language}, in English talk", f"it is {said_in(language, card)} ok",
                     (card, said_in(language, card)))  # fmt: skip


def _ids(chance: random.Random) -> Iterator[Canary]:
    def ssn() -> str:
        return f"{chance.randrange(200, 660)}{chance.randrange(12, 99)}{chance.randrange(1200, 9999)}"

    for form, write in (("dashed", lambda n: grouped(n, "-", 3, 2, 4)), ("spaced", lambda n: grouped(n, " ", 3, 2, 4)),
                        ("solid", str), ("said", said), ("doubled", said_double), ("oh", _with_oh)):  # fmt: skip
        number = ssn()
        yield Canary(f"ssn {form}", f"my social security number is {write(number)}", (number, write(number)))
    number = f"9{chance.randrange(10, 99)}{chance.randrange(70, 88)}{chance.randrange(1200, 9999)}"
    yield Canary("itin", f"my itin is {grouped(number, '-', 3, 2, 4)}", (number,))
    for country, bank, length, language in (("DE", "", 18, "de"), ("ES", "", 20, "es"), ("FR", "", 23, "fr"),
                                            ("GB", "WEST", 14, "en"), ("NL", "ABNA", 10, "en")):  # fmt: skip
        for form in ("solid", "spaced", "lower"):
            iban = _iban(country, bank + digits(chance, length))
            shown = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4)) if form == "spaced" else iban
            shown = shown.lower() if form == "lower" else shown
            yield Canary(f"iban {country} {form}", f"IBAN {shown}", (iban, shown, iban[-10:]), language)  # type: ignore[arg-type]
    tax = _tax_de(chance)
    yield Canary("tax id, de", f"meine Steuer-ID ist {tax}", (tax,), "de")
    tax = _tax_de(chance)
    yield Canary("tax id spaced, de", f"meine Steuer-ID ist {grouped(tax, ' ', 2, 3, 3)}", (tax,), "de")
    pension = f"65{chance.randrange(10, 29)}0{chance.randrange(1, 9)}{chance.randrange(50, 99)}M{digits(chance, 3)}"
    yield Canary("pension number, de", f"Rentenversicherungsnummer {pension}", (pension,), "de")
    card_id = f"L{digits(chance, 8)}"
    yield Canary("identity card, de", f"mein Personalausweis {card_id}", (card_id,), "de")
    body = digits(chance, 8)
    dni = body + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]
    yield Canary("dni, es", f"mi DNI es {dni}", (dni, body), "es")
    body = digits(chance, 7)
    nie = f"X{body}" + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]
    yield Canary("nie, es", f"mi NIE es {nie}", (nie,), "es")
    for form in ("solid", "spaced"):
        body = f"2{chance.randrange(50, 99)}0{chance.randrange(1, 9)}75{chance.randrange(100, 999)}{digits(chance, 3)}"
        nir = f"{body}{97 - int(body) % 97:02}"
        shown = nir if form == "solid" else grouped(nir, " ", 1, 2, 2, 2, 3, 3, 2)
        yield Canary(f"nir {form}, fr", f"mon numéro de sécurité sociale est le {shown}", (nir,), "fr")
    nino = f"AB{digits(chance, 6)}C"
    yield Canary("nino", f"my national insurance number is {nino}", (nino,))
    nino = f"CE{digits(chance, 6)}D"
    yield Canary("nino spaced", f"it is {grouped(nino, ' ', 2, 2, 2, 2)}", (nino,))
    nhs = _nhs(chance)
    yield Canary("nhs", f"my NHS number is {grouped(nhs, ' ', 3, 3)}", (nhs,))
    for name, value in (("passport", f"C{digits(chance, 8)}"), ("driving licence", f"D{digits(chance, 7)}"),
                        ("policy", f"PL-{digits(chance, 7)}"), ("member", f"MB{digits(chance, 7)}"),
                        ("employee", f"EM{digits(chance, 6)}"), ("patient", f"PA{digits(chance, 7)}"),
                        ("claim", f"CL-{digits(chance, 7)}"), ("medical record", f"{digits(chance, 8)}")):  # fmt: skip
        yield Canary(f"{name} number", f"my {name} number is {value}", (value,))
    for name, length in (("account", 10), ("customer", 8), ("routing", 9)):
        value = digits(chance, length) if name != "routing" else "0" + digits(chance, 8)
        yield Canary(f"{name} number", f"my {name} number is {value}", (value,))
        value = digits(chance, length)
        yield Canary(f"{name} number said", f"my {name} number is {said(value)}", (value, said(value)))


def _iban(country: str, rest: str) -> str:
    value = int("".join(str(int(sign, 36)) for sign in rest + country + "00"))
    return f"{country}{98 - value % 97:02}{rest}"


def _tax_de(chance: random.Random) -> str:
    """Ten digits, one of the ten twice and one not at all, and their check digit."""
    body = chance.sample("123456789", 9)
    body.insert(chance.randrange(1, 9), body[0])
    product = 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return "".join(body) + str((11 - product) % 10)


def _nhs(chance: random.Random) -> str:
    while True:
        body = digits(chance, 9, "4")
        check = (11 - sum(int(digit) * (10 - at) for at, digit in enumerate(body)) % 11) % 11
        if check < 10:
            return body + str(check)


def _contacts(chance: random.Random) -> Iterator[Canary]:
    def name() -> str:
        return "".join(chance.choices("bcdfghklmnprstvz", k=8))

    for form, number, shown in (
        *((form, n, shape(n)) for form, shape, n in (
            ("us dashed", lambda n: grouped(n, "-", 3, 3), f"41{digits(chance, 8)}"),
            ("us brackets", lambda n: f"({n[:3]}) {n[3:6]}-{n[6:]}", f"31{digits(chance, 8)}"),
            ("us dotted", lambda n: grouped(n, ".", 3, 3), f"21{digits(chance, 8)}"),
            ("us solid", str, f"61{digits(chance, 8)}"),
            ("us said", said, f"51{digits(chance, 8)}"),
            ("us doubled", said_double, f"71{digits(chance, 8)}"),
            ("us oh", _with_oh, f"80{digits(chance, 8)}"),
            ("us plus", lambda n: f"+1 {n[:3]} {n[3:6]} {n[6:]}", f"41{digits(chance, 8)}"),
            ("gb plus", lambda n: f"+44 {n[:4]} {n[4:]}", f"77{digits(chance, 8)}"),
        )),
    ):  # fmt: skip
        yield Canary(f"phone {form}", f"call me back on {shown}", (number, shown))
    for language, prefix, sentence, first in (("de", "+49", "meine Nummer ist", "151"),
                                              ("es", "+34", "mi teléfono es", "61"),
                                              ("fr", "+33", "mon numéro est le", "61")):  # fmt: skip
        number = digits(chance, 9, first)
        yield Canary(f"phone {language}", f"{sentence} {prefix} {grouped(number, ' ', 3, 2, 2)}", (number,), language)  # type: ignore[arg-type]
        number = "0" + digits(chance, 9, first)
        yield Canary(f"phone said, {language}", f"{sentence} {said_in(language, number)}",
                     (number, said_in(language, number)), language)  # type: ignore[arg-type]  # fmt: skip
    one = name()
    yield Canary("mail written", f"write to {one}@example.org", (f"{one}@example.org", one))
    one = name()
    yield Canary("mail capitals", f"write to {one.upper()}@EXAMPLE.ORG", (one,))
    one = name()
    yield Canary("mail plus", f"it is {one}+bank@mail.example.com", (one,))
    one = name()
    yield Canary("mail said", f"my email is {one} at example dot com", (one,))
    one = name()
    yield Canary("mail said with dots", f"my email is jane dot {one} at mail dot example dot org", (one,))
    one = name()
    yield Canary("mail said underscore", f"my email is {one} underscore x at example dot net", (one,))
    one = name()
    yield Canary("mail spelled", f"my email is {' '.join(one)} at example dot com", (one, " ".join(one)))
    one = name()
    yield Canary("name spelled", f"my name is spelled {' '.join(one)}", (one, " ".join(one)))
    one = name().upper()
    yield Canary("name spelled, dashed", f"that is {'-'.join(one)}", (one, "-".join(one)))
    address = ".".join(str(chance.randrange(101, 250)) for _ in range(4))
    yield Canary("ip", f"i come from {address}", (address,))
    mac = ":".join(f"{chance.randrange(17, 255):02x}" for _ in range(6))
    yield Canary("mac", f"the device is {mac}", (mac,))
    one = name()
    yield Canary("url", f"see https://{one}.example.com/profile", (one,))


def _people(chance: random.Random) -> Iterator[Canary]:
    names = list(SURNAMES)
    for form, sentence in (
        ("full", "my name is Jonathan {}"), ("lower", "my name is jonathan {}"), ("title", "this is Mr {} speaking"),
        ("upper", "MY NAME IS MARY {}"), ("middle", "I'm Mary Ann {} and I need help"), ("title dr", "Dr. {} said so"),
        ("ms", "put it under Ms {}"), ("initial", "it is for J. {}"), ("here", "hello, Susan {} here"),
        ("husband", "my husband Robert {} called"), ("first last", "Robert {}"),
    ):  # fmt: skip
        name = names.pop()
        shown = name.upper() if form == "upper" else name.lower() if form == "lower" else name
        yield Canary(f"name {form}", sentence.format(shown), (name,))
    for language, sentence in (
        ("de", "mein Name ist Karl {}"), ("es", "me llamo José {}"), ("fr", "je m'appelle Marie {}"),
    ):  # fmt: skip
        name = names.pop()
        yield Canary(f"name, {language}", sentence.format(name), (name,), language)  # type: ignore[arg-type]
    streets = list(STREETS)
    for form, sentence in (
        ("full", "I live at {} {} Avenue, Springfield, IL 62704"), ("street", "my address is {} {} Street"),
        ("lower", "i live at {} {} lane"), ("flat", "send it to Flat 4, {} {} Road, London"),
        ("moved", "we moved to {} {} Drive"),
    ):  # fmt: skip
        street = streets.pop()
        shown = street.lower() if form == "lower" else street
        yield Canary(f"address {form}", sentence.format(chance.randrange(101, 989), shown), (street,))
    inward = f"{chance.randrange(2, 9)}{chance.choice('ABEL')}{chance.choice('QRST')}"
    code = f"SW{chance.randrange(2, 9)}{chance.choice('AVWX')} {inward}"
    yield Canary("postcode gb", f"my postcode is {code}", (code,))
    day, month, year = chance.randrange(13, 28), chance.randrange(len(MONTHS)), chance.randrange(1941, 1999)
    number = month + 1 + (month > 3)
    for form, shown in (("iso", f"{year}-{number:02}-{day}"), ("slashed", f"{number:02}/{day}/{year}"),
                        ("dotted", f"{day}.{number:02}.{year}"), ("long", f"{MONTHS[month]} {day}, {year}"),
                        ("british", f"{day} {MONTHS[month]} {year}"),
                        ("said", f"{MONTHS[month].lower()} {said_pairs(str(day))} {said_pairs(str(year))}"),
                        ):  # fmt: skip
        yield Canary(f"birth {form}", f"my date of birth is {shown}", (shown,))


def _secrets(chance: random.Random) -> Iterator[Canary]:
    for name in ("pin", "pin code", "pin number", "security code", "cvv", "cvc", "one time code", "verification code",
                 "passcode"):  # fmt: skip
        length = 4 if name in {"security code", "cvv", "cvc"} else PIN_DIGITS
        code = digits(chance, length)
        yield Canary(f"{name} written", f"my {name} is {code}", (code,), secret=True)
        code = digits(chance, length)
        yield Canary(f"{name} said", f"my {name} is {said(code)}", (code, said(code)), secret=True)
        code = digits(chance, length)
        yield Canary(f"{name} singly", f"the {name} is {' '.join(code)}", (code, " ".join(code)), secret=True)
    yield from _passwords(chance)
    yield from _keys(chance)


def _passwords(chance: random.Random) -> Iterator[Canary]:
    letters = string.ascii_letters + string.digits

    def opaque() -> str:
        return "Zq7" + "".join(chance.choices(letters, k=9))

    def word() -> str:
        return "".join(chance.choices("bdfklmnprstvz", k=6)) + "oj"

    def phrase() -> str:
        return " ".join(word() for _ in range(4))

    for name, sentence, value in (
        ("password", "my password is {}", opaque()),
        ("password in letters", "my password is {}", word()),
        ("pass phrase", "password: {}", "".join(chance.choices(string.ascii_lowercase, k=12)) + "7"),
        ("pass phrase said", "the passphrase is {}", phrase()),
        ("seed phrase", "my seed phrase is {}", phrase()),
        ("password short", "pw: {}", opaque()),
        ("password beside", "user bob password {}", opaque()),
        ("password before", "{} is my password", opaque()),
        ("password used", "use {} as my password", opaque()),
        ("password changed", "I changed my password to {}", word()),
        ("password in the middle", "my password is {} but it does not work", word()),
        ("passcode in letters", "my passcode is {}", opaque()),
        ("password, de", "mein Passwort ist {}", opaque()),
        ("password in letters, de", "das Kennwort lautet {}", word()),
        ("password, es", "mi contraseña es {}", opaque()),
        ("password in letters, es", "la contraseña es {}", word()),
        ("password, fr", "mon mot de passe est {}", opaque()),
        ("password in letters, fr", "le mot de passe, c'est {}", word()),
    ):
        language: Language = "de" if name.endswith("de") else "en"
        yield Canary(name, sentence.format(value), (value,), language, secret=True)


def _keys(chance: random.Random) -> Iterator[Canary]:
    letters = string.ascii_letters + string.digits

    def drawn(length: int, among: str = letters) -> str:
        return "".join(chance.choices(among, k=length))

    random_token = next(token for token in iter(lambda: drawn(32), "") if _mixed(token))
    for name, sentence, value in (
        ("api key", "my api key is {}", "sk_live_" + drawn(28)),
        ("api key in hex", "api key: {}", drawn(31, "0123456789abcdef") + "7"),
        ("access key", "access key {}", "AKIA" + drawn(16, string.ascii_uppercase + "234567")),
        ("access key alone", "{}", "AKIA" + drawn(16, string.ascii_uppercase + "234567")),
        ("github token", "the token is {}", "ghp_" + drawn(36)),
        ("gitlab token", "try {}", "glpat-" + drawn(20)),
        ("slack token", "it is {}", "xoxb-" + drawn(12, string.digits) + "-" + drawn(24)),
        ("google key", "it says {} is invalid", "AIza" + drawn(35)),
        ("bearer", "Authorization: Bearer {}", drawn(39) + "7"),
        ("jwt", "token {}", "eyJ" + ".".join(drawn(30) for _ in range(3))),
        ("jwt alone", "{}", "eyJ" + ".".join(drawn(30) for _ in range(3))),
        ("token in a link", "https://example.com/reset?token={}", drawn(24)),
        ("token that nothing names", "here: {}", random_token),
        ("recovery key", "my recovery key is {}", "-".join(digits(chance, 6) for _ in range(8))),
        ("private key", "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", drawn(64)),
        ("connection string", "postgres://app:{}@db.internal/prod", drawn(12)),
        ("connection string in parts", "Server=db;Uid=sa;Pwd={};Database=x", drawn(11) + "7"),
    ):
        yield Canary(name, sentence.format(value), (value,), secret=True)
    value = "Zq7" + drawn(9)
    yield Canary("password that nothing names", f"it's {value}", (value,), secret=True)
    value = drawn(12)
    yield Canary("token that nothing names, short", f"it is {value}, thanks", (value,), secret=True)
    value = drawn(32, "0123456789abcdef")
    yield Canary("token in hex that nothing names", f"here: {value}", (value,), secret=True)


def _mixed(token: str) -> bool:
    """As nearly all are: the detector tells a token by its letters and digits taking turns."""
    turns = sum(one.isdigit() != other.isdigit() or one.isupper() != other.isupper() for one, other in pairwise(token))
    return turns >= len(token) / 2 and sum(map(str.isdigit, token)) > 3


_MAKERS = (_cards, _ids, _contacts, _people, _secrets)


class Miss(NamedTuple):
    """What the detector leaves in a text, at least at times, and why it does."""

    kind: str
    reason: str


_UNNAMED = "nothing says what it is, and it looks like an order's number or a file's"
KNOWN_MISSES = tuple(
    Miss(kind, _UNNAMED)
    for kind in (
        "password that nothing names", "token that nothing names, short", "token in hex that nothing names",
    )
)  # fmt: skip
"""Planted in no box; `test_what_the_detector_is_known_to_miss_it_still_misses` fails where one is missed no more."""
