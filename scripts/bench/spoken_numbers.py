"""Sentences in which numbers, codes, e-mail addresses and names are said rather than written, with what is personal.

    python scripts/bench/spoken_numbers.py --count 2400 --seed 5 > spoken.jsonl

Digits one by one, in pairs and groups, with `double`, `triple`, `oh`, hesitations, corrections, named separators and
mixed with written ones; in English, German, Spanish and French. A line has `text`, `spans`, `language`, and `held` for
the half that no rule was made after.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator
from typing import Any, Final

from models.pii.number_words import words

LANGUAGES: Final = ("en",) * 7 + ("de", "es", "fr")
FRAMES: Final = {
    "en": {
        "CARD": "my card number is {} thanks|it's {}|the card is {} and it expires soon|{}|yes {} please|sure it's {}",
        "SSN": "my social is {}|my social security number is {} ok|social security {}|the ssn is {} if you need it",
        "PHONE": "call me on {}|my phone number is {} after six|you can reach me at {}|it's {}",
        "ACCOUNT": "my account number is {}|the account is {} i think|account {} please",
        "CUSTOMER_NUMBER": "my customer number is {}|customer number {} please|it's {}",
        "PIN": "my pin is {}|the pin code is {} right|pin {}",
        "EMAIL": "my email is {} thanks|write to {}|it's {}|you can reach me at {} any time",
    },
    "de": {
        "CARD": "meine karte ist {}|die kartennummer ist {} bitte|{}",
        "PHONE": "meine telefonnummer ist {}|sie erreichen mich unter der handynummer {}",
        "ACCOUNT": "meine kontonummer ist {}|das konto {} bitte",
        "PIN": "meine pin ist {}|die geheimzahl ist {}",
    },
    "es": {
        "CARD": "mi tarjeta es {}|el número de la tarjeta es {} gracias|{}",
        "PHONE": "mi teléfono es {}|mi móvil es {} por favor",
        "ACCOUNT": "mi cuenta es {}|el número de cuenta es {}",
        "PIN": "mi pin es {}|mi clave es {}",
    },
    "fr": {
        "CARD": "ma carte est {}|le numéro de ma carte est {} merci|{}",
        "PHONE": "mon téléphone est {}|vous pouvez me joindre au {}",
        "ACCOUNT": "mon compte est {}|le numéro de compte est {}",
        "PIN": "mon pin est {}|mon code secret est {}",
    },
}  # fmt: skip
LENGTHS: Final = {
    "CARD": (16, 16, 16, 15), "SSN": (9,), "PHONE": (10, 11), "ACCOUNT": (8, 10, 12), "CUSTOMER_NUMBER": (8,),
    "PIN": (4, 6),
}  # fmt: skip
PAUSE: Final = {"en": ("um", "uh", "er"), "de": ("äh", "ähm"), "es": ("eh", "este"), "fr": ("euh", "heu")}
SORRY: Final = {
    "en": ("no sorry", "sorry", "no wait", "i mean", "wait no"), "de": ("nein", "entschuldigung", "moment nein"),
    "es": ("no perdón", "perdón", "digo"), "fr": ("non pardon", "pardon", "je veux dire"),
}  # fmt: skip
LOCALS: Final = (
    "maria lopez|j o h n|anna dot berg|k smith|t o m underscore b|peter minus pan|liz ninety nine|d e e|sam"
).split("|")
HOSTS: Final = (
    "example dot com|gmail dot com|mail dot example dot org|outlook dot com|post dot example dot co dot uk|g m x dot de"
).split("|")


class Speaker:
    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311
        self._says: dict[str, dict[str, list[str]]] = {}
        for language in ("en", "de", "es", "fr"):
            known: dict[str, list[str]] = {}
            for phrase, digits in words(language).phrases.items():
                known.setdefault(digits, []).append(" ".join(phrase))
            self._says[language] = known

    def line(self) -> dict[str, Any]:
        language = self._dice.choice(LANGUAGES)
        kind = self._dice.choice(
            [kind for kind in FRAMES[language] for _ in range(3 if kind in ("CARD", "SSN") else 1)]
        )
        frame = self._dice.choice(FRAMES[language][kind].split("|"))
        value = self._mail() if kind == "EMAIL" else self._number(kind, language)
        start = frame.index("{}")
        spans = [{"start": start, "end": start + len(value), "type": kind}]
        return {"text": frame.format(value), "spans": spans, "language": language}

    def _mail(self) -> str:
        return f"{self._dice.choice(LOCALS)} at {self._dice.choice(HOSTS)}"

    def _number(self, kind: str, language: str) -> str:
        length = self._dice.choice(LENGTHS[kind])
        digits = "".join(self._dice.choice("0123456789") for _ in range(length))
        if kind == "CARD":
            digits = "4" + digits[1:]
        ways: tuple[Callable[[str, str], list[str]], ...] = (
            self._singly, self._singly, self._pairs, self._repeated, self._mixed, self._grouped
        )  # fmt: skip
        said = self._dice.choice(ways)(digits, language)
        for _ in range(self._dice.choice((0, 0, 1, 2))):
            said.insert(self._dice.randrange(1, len(said) + 1), self._dice.choice(PAUSE[language]))
        if len(said) > 3 and self._dice.random() < 0.12:
            at = self._dice.randrange(2, len(said))
            said[at:at] = [self._wrong(said[at - 1], language), self._dice.choice(SORRY[language])]
        return " ".join(self._without_ends(said, language))

    def _without_ends(self, said: list[str], language: str) -> list[str]:
        while said[-1] in PAUSE[language]:
            said = said[:-1]
        return said

    def _wrong(self, right: str, language: str) -> str:
        return self._dice.choice(self._says[language][self._dice.choice("23456789")])

    def _one(self, digits: str, language: str) -> str:
        return self._dice.choice(self._says[language][digits])

    def _singly(self, digits: str, language: str) -> list[str]:
        return [self._one(digit, language) for digit in digits]

    def _pairs(self, digits: str, language: str) -> list[str]:
        pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
        said = self._says[language]
        whole = ([self._one(two, language)] if two in said else self._singly(two, language) for two in pairs)
        return [word for words_of_two in whole for word in words_of_two]

    def _repeated(self, digits: str, language: str) -> list[str]:
        times = {2: "double", 3: "triple"} if language != "de" else {2: "doppel", 3: "dreifach"}
        times = {2: "doble", 3: "triple"} if language == "es" else times
        said, at = [], 0
        while at < len(digits):
            count = next((n for n in (3, 2) if digits[at : at + n] == digits[at] * n), 1)
            said += [times[count]] if count > 1 else []
            said.append(self._one(digits[at], language))
            at += count
        return said

    def _mixed(self, digits: str, language: str) -> list[str]:
        return [digit if self._dice.random() < 0.5 else self._one(digit, language) for digit in digits]

    def _grouped(self, digits: str, language: str) -> list[str]:
        between = self._dice.choice(["", {"en": "dash", "de": "strich", "es": "guion", "fr": "tiret"}[language]])
        said: list[str] = []
        for at in range(0, len(digits), 4):
            said += [between] if at and between else []
            group = digits[at : at + 4]
            said += [group] if self._dice.random() < 0.4 else self._singly(group, language)
        return said


def lines(count: int, seed: int) -> Iterator[dict[str, Any]]:
    speaker = Speaker(seed)
    for at in range(count):
        yield {**speaker.line(), "held": at % 2 == 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    for line in lines(given.count, given.seed):
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
