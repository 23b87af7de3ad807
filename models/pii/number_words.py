"""How digits are said in English, German, Spanish and French: words, phrases below a hundred, what stands between.

`fünfundvierzig`, `treinta y uno` and `quatre-vingt-dix-sept` are one number each; a phrase is looked up as its words.
"""

# ruff: noqa: SIM905
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `phrases` has the digits of every phrase of words that is a number below a hundred."""

    phrases: Mapping[Phrase, str]
    times: Mapping[str, int]
    scales: Mapping[str, str]
    sound_alike: Mapping[str, str] = field(default_factory=dict)
    fillers: frozenset[str] = frozenset()
    """May stand between the digits of a long number."""
    hesitations: frozenset[str] = frozenset()
    """May stand between the digits of any number."""
    corrections: frozenset[str] = frozenset()
    """Words of which `no, sorry` and the like are made: what follows stands for what was said before."""
    longest: int = 2

    sure: frozenset[str] = field(init=False)
    """Every word that a number may begin with."""
    begins: frozenset[str] = field(init=False)
    """These and those that only sound like one."""
    known: frozenset[str] = field(init=False)
    """Every word that may stand in a number or within one."""

    def __post_init__(self) -> None:
        sure = frozenset({phrase[0] for phrase in self.phrases}.union(self.times, self.scales))
        begins = sure.union(self.sound_alike)
        inner = {word for phrase in self.phrases for word in phrase}
        object.__setattr__(self, "sure", sure)
        object.__setattr__(self, "begins", begins)
        object.__setattr__(self, "known", begins.union(inner, self.fillers, self.hesitations, self.corrections))


_PAUSES: Final = "um uh uhm umm erm er ah eh hmm mm mmm"
_EN_ONES: Final = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_EN_TEENS: Final = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_EN_TENS: Final = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
    "eighty": "8", "ninety": "9",
}  # fmt: skip
_DE_ONES: Final = {
    "null": "0", "eins": "1", "ein": "1", "eine": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "fünf": "5",
    "fuenf": "5", "sechs": "6", "sieben": "7", "acht": "8", "neun": "9",
}  # fmt: skip
_DE_TEENS: Final = "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn".split()
_DE_TENS: Final = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_ES_ONES: Final = {
    "cero": "0", "uno": "1", "un": "1", "una": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6",
    "siete": "7", "ocho": "8", "nueve": "9",
}  # fmt: skip
_ES_TEENS: Final = (
    "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós "
    "veintitrés "
    "veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
).split()
_ES_TENS: Final = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_FR_ONES: Final = {
    "zéro": "0", "zero": "0", "un": "1", "une": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6",
    "sept": "7", "huit": "8", "neuf": "9",
}  # fmt: skip
_FR_TEENS: Final = "dix onze douze treize quatorze quinze seize".split()
_FR_TENS: Final = {
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70, "huitante": 80,
    "octante": 80, "nonante": 90,
}  # fmt: skip


@cache
def words(language: str) -> Words:
    """Those of a language tag's first part; English ones where there are none."""
    return _LANGUAGES.get(language[:2].lower(), _LANGUAGES["en"])


@cache
def all_words(language: str) -> Words:
    """Those of every language together: no word is two numbers. What is a filler in this one is no number here."""
    own = words(language)
    every = [own, *(one for one in _LANGUAGES.values() if one is not own)]
    phrases = {phrase: digits for one in reversed(every) for phrase, digits in one.phrases.items()}
    return Words(
        {phrase: digits for phrase, digits in phrases.items() if len(phrase) > 1 or phrase[0] not in own.fillers},
        {word: times for one in reversed(every) for word, times in one.times.items()},
        {word: zeros for one in reversed(every) for word, zeros in one.scales.items()},
        own.sound_alike,
        frozenset().union(*(one.fillers for one in every)),
        frozenset().union(*(one.hesitations for one in every)),
        frozenset().union(*(one.corrections for one in every)),
        max(one.longest for one in every),
    )


@cache
def foreign_words(language: str) -> frozenset[str]:
    """What a number may begin with in another language and not in this one."""
    return all_words(language).sure - words(language).sure


def _english() -> Words:
    phrases: dict[Phrase, str] = {(word,): digit for word, digit in _EN_ONES.items()}
    phrases |= {(word,): str(10 + at) for at, word in enumerate(_EN_TEENS)}
    for ten, digit in _EN_TENS.items():
        phrases[(ten,)] = f"{digit}0"
        phrases |= {(ten, word): f"{digit}{one}" for word, one in _EN_ONES.items() if one != "0"}
    return Words(
        phrases,
        {"double": 2, "triple": 3, "treble": 3, "quadruple": 4},
        {"hundred": "00", "thousand": "000"},
        {"to": "2", "too": "2", "for": "4", "fore": "4", "won": "1", "ate": "8", "tree": "3", "sex": "6"},
        frozenset(
            f"{_PAUSES} and then next followed by dash hyphen minus dot point space comma slash stroke underscore "
            "period so okay ok well like again also".split()
        ),
        frozenset(f"{_PAUSES} dash hyphen dot space".split()),
        frozenset(
            "no not sorry wait actually rather correction oops i mean meant make that it's scratch that's".split()
        ),
    )


def _german() -> Words:
    phrases: dict[Phrase, str] = {(word,): digit for word, digit in _DE_ONES.items()}
    phrases |= {(_plain,): str(10 + at) for at, word in enumerate(_DE_TEENS) for _plain in _both(word)}
    for at, ten in enumerate(_DE_TENS, 2):
        for spelled in _both(ten):
            phrases[(spelled,)] = f"{at}0"
            for word, one in _DE_ONES.items():
                if one != "0" and word != "eins":
                    phrases[(f"{word}und{spelled}",)] = phrases[(word, "und", spelled)] = f"{at}{one}"
    return Words(
        phrases,
        {"doppel": 2, "doppelt": 2, "zweimal": 2, "dreimal": 3, "viermal": 4, "dreifach": 3},
        {"hundert": "00", "tausend": "000"},
        {},
        frozenset(
            f"{_PAUSES} äh ähm öh und dann danach also strich bindestrich minus punkt komma leerzeichen so".split()
        ),
        frozenset(f"{_PAUSES} äh ähm öh strich bindestrich punkt leerzeichen".split()),
        frozenset("nein nicht sorry entschuldigung moment halt ich meine falsch doch korrektur quatsch".split()),
        3,
    )


def _spanish() -> Words:
    phrases: dict[Phrase, str] = {(word,): digit for word, digit in _ES_ONES.items()}
    phrases |= {(_plain,): str(10 + at) for at, word in enumerate(_ES_TEENS) for _plain in _both(word)}
    for at, ten in enumerate(_ES_TENS, 3):
        phrases[(ten,)] = f"{at}0"
        phrases |= {(ten, "y", word): f"{at}{one}" for word, one in _ES_ONES.items() if one != "0"}
    return Words(
        phrases,
        {"doble": 2, "triple": 3},
        {"cien": "00", "ciento": "00", "mil": "000"},
        {},
        frozenset(f"{_PAUSES} este y luego después guion guión punto coma espacio barra pues o sea entonces".split()),
        frozenset(f"{_PAUSES} este guion guión punto espacio".split()),
        frozenset("no perdón perdon espere espera digo mejor dicho quiero decir me equivoqué disculpe".split()),
        3,
    )


def _french() -> Words:
    below: dict[Phrase, int] = {(word,): int(digit) for word, digit in _FR_ONES.items()}
    below |= {(word,): 10 + at for at, word in enumerate(_FR_TEENS)}
    below |= {("dix", word): 10 + int(_FR_ONES[word]) for word in ("sept", "huit", "neuf")}
    phrases: dict[Phrase, str] = {phrase: str(value) for phrase, value in below.items()}
    for ten, value in _FR_TENS.items():
        phrases[(ten,)] = str(value)
        for phrase, more in below.items():
            if 0 < more < (20 if ten == "soixante" else 10):
                phrases[(ten, *phrase)] = phrases[(ten, "et", *phrase)] = str(value + more)
    phrases |= {("quatre", "vingt", *phrase): str(80 + more) for phrase, more in below.items() if 0 < more < 20}
    phrases |= {("quatre", "vingt"): "80", ("quatre", "vingts"): "80"}
    return Words(
        phrases,
        {"double": 2, "triple": 3},
        {"cent": "00", "cents": "00", "mille": "000"},
        {},
        frozenset(f"{_PAUSES} euh heu et puis ensuite alors tiret point virgule espace trait donc".split()),
        frozenset(f"{_PAUSES} euh heu tiret point espace".split()),
        frozenset(
            "non pas pardon désolé désolée attendez attends je veux dire voulais plutôt erreur excusez moi".split()
        ),
        5,
    )


def _both(word: str) -> tuple[str, ...]:
    """With and without its accents, as it is typed."""
    bare = word
    for accented, plain in (("ü", "ue"), ("ö", "oe"), ("ß", "ss"), ("é", "e"), ("ó", "o")):
        bare = bare.replace(accented, plain)
    return (word, bare) if bare != word else (word,)


_LANGUAGES: Final[dict[str, Words]] = {"en": _english(), "de": _german(), "es": _spanish(), "fr": _french()}
