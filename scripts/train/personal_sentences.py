"""Sentences with labelled names, places and organisations, made from phrases and lists by chance with a fixed seed.

    python scripts/train/personal_sentences.py --count 20

Styles: as written, as a recogniser of speech gives it (small letters, no punctuation), in capitals, and single words.
"""

# ruff: noqa: E501, SIM905
from __future__ import annotations

import argparse
import json
import random
import re
from dataclasses import dataclass
from typing import Final

from personal_grammar import sentence as put_together
from personal_lists import (
    COINED_BEGINS,
    COINED_ENDS,
    FAMOUS_ORGS,
    FIRM_WORDS,
    ORG_ADJECTIVES,
    ORG_ENDS,
    ORG_KINDS,
    ORG_TRADES,
    TRADES_ABROAD,
    Lists,
    load,
)
from personal_more import ORGS, STREET_SUFFIXES, STREETS_AFTER, STREETS_BEFORE
from personal_more import WITH as MORE_WITH
from personal_more import WITHOUT as MORE_WITHOUT
from personal_phrases import CLOSERS, EVERYDAY, FRENCH, GERMAN, OPENERS, SPANISH, TERMS
from personal_phrases import WITH as FIRST_WITH
from personal_phrases import WITHOUT as FIRST_WITHOUT

WITH: Final = (*FIRST_WITH, *MORE_WITH)
WITHOUT: Final = (*FIRST_WITHOUT, *MORE_WITHOUT)
Piece = tuple[str, str | None]
"""Text and its label."""
_SLOT: Final = re.compile(r"(\{[a-z]\})")
_STREETS: Final = (
    "Street St St. Road Rd Rd. Avenue Ave Ave. Lane Ln Drive Dr Court Ct Way Place Pl Boulevard Blvd Terrace "
    "Close Crescent Square Parkway Pkwy Highway Circle Trail Row Walk Hill Gardens Grove Mews Loop Alley Point "
    "Ridge"
).split()
_ABROAD: Final = [
    ("{}straße {n}"),
    "{}str. {n}",
    "{}weg {n}",
    "{}gasse {n}",
    "Am {} {n}",
    "{}platz {n}",
    "{n} rue {}",
    "{n}, rue de {}",
    "{n} avenue {}",
    "{n} boulevard {}",
    "Calle {} {n}",
    "Calle de {}, {n}",
    "Avenida {} {n}",
    "C/ {} {n}",
    "Via {} {n}",
    "Via {}, {n}",
    "Piazza {} {n}",
    "{}straat {n}",
    "{}laan {n}",
    "{}gatan {n}",
    "{}vägen {n}",
    "{}gade {n}",
    "{}vej {n}",
    "ul. {} {n}",
    "{} utca {n}.",
    "Rua {} {n}",
    "Rua de {}, {n}",
    "{}katu {n}",
    "{}veien {n}",
    "P.O. Box {n}",
    "PO Box {n}",
    "Postfach {n}",
    "Apartado {n}",
]
_TITLES: Final = (
    "Mr. Mr. Mr Mrs. Mrs. Mrs Ms. Ms. Ms Miss Miss Dr. Dr. Dr Prof. Prof Professor Doctor Sir Madam Lady Lord Reverend "
    "Rev. Mister Herr Frau Señor Señora Monsieur Madame"
).split()
SWAPPED: Final = 0.06
"""So many names stand where one of another kind would be looked for: what something is shows in itself, too."""
_SWAPPED: Final = "ppplffcckaooos"
_PARTICLES: Final = ("van", "van der", "de", "de la", "del", "von", "bin", "al", "da", "dos", "Di", "El", "Mac", "O'")
_PHONES: Final = (
    "000-000-0000|+00 000 0000000|(000) 000-0000|0000000000|000.000.0000|+1 000-000-0000|1-000-000-0000|+1 (000) 000 0000|"
    "00000 000000|+44 0000 000000|000 0000 0000|0000 000 0000|00 00 00 00 00|+33 0 00 00 00 00|+49 000 00000000|0000/000000|"
    "0000 000000|(0000) 000000|00 00 00 00|+45 00000000|000-000 00 00|+46 00 000 00 00|000 000 000|+34 000 000 000|"
    "000 0000000|+31 0 00000000|00-0000-0000|+61 0 0000 0000|(00) 0000 0000|(00) 00000-0000|000-0000|000 00 00 00|"
    "(00 0) 000 0000|000/000 00 00|0 (000) 000-00-00|00-000 00 00|+00 (0) 00 0000 0000|000 00 000|(000) 000-000"
).split("|")
_BETWEEN: Final = ("\n", "\n", "\n", "\n", ", ", " | ", " - ", " / ", "; ", " · ", "\n\n", " ")
_MONTHS: Final = (
    "January February March April May June July August September October November December Jan Feb Apr Aug "
    "Sept Oct Nov Dec"
).split()


_TITLE: Final = re.compile(
    r"\b(?:mr|mrs|ms|miss|mister|missus|dr|doctor|prof|professor|sir|madam|lady|lord|rev|reverend|herr|frau|señora?|"
    r"monsieur|madame|mademoiselle)\b\.?(?= $)",
    re.IGNORECASE,
)
_SOMEBODY: Final = (
    "he|she|they|somebody|someone|nobody|my wife|my husband|my son|my daughter|my mother|my father|my boss|my brother|"
    "my sister|my landlord|my lawyer|my doctor|the doctor|the nurse|the teacher|the driver|the manager|the seller|"
    "the lady|the gentleman|the customer|the man next door|a friend|a friend of mine|a colleague|your colleague|"
    "the technician|an agent|the clerk|our neighbour|the boy|the girl|mum|dad|mom|grandma|the kids|everyone|a person|"
    "the recipient|the sender|the owner|the cardholder|the new guy|whoever"
).split("|")
_SOMEWHERE: Final = (
    "the city|the village|town|the country|abroad|the coast|the mountains|the north|the south|the airport|the station|"
    "the capital|another country|the suburbs|downtown|the island|the countryside|the centre|the border|overseas|the area"
).split("|")
_SOME_FIRM: Final = (
    "the bank|a bank|my bank|the shop|a shop|the company|a company|the hospital|the school|the supermarket|the airline|"
    "the hotel|the gym|the insurer|the landlord|the restaurant|the pharmacy|the garage|the university|the council|"
    "the post office|the merchant|the seller|the website|the police|the government|the tax office|the court|work|"
    "the club|the band|customer service|the branch|an online store|the store|the employer|the agency|the provider"
).split("|")
_NOBODY: Final = {
    **dict.fromkeys(("{p}", "{f}", "{l}", "{t}"), _SOMEBODY), **dict.fromkeys(("{c}", "{k}"), _SOMEWHERE),
    "{o}": _SOME_FIRM, "{q}": ("the", "that", "this"),
    **dict.fromkeys(("{a}", "{s}"), "the same address|my home|the main road|the office|the corner|home|my street|the flat".split("|")),
    "{n}": "foreign|local|strange|young|old|new|cheap|nice".split("|"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    labels: tuple[tuple[int, int, str], ...]


class Generator:
    """The same seed and lists give the same sentences."""

    def __init__(self, lists: Lists, seed: int) -> None:
        self._lists, self._dice = lists, random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._common = frozenset(lists.common)
        self._slots = {
            "p": self._person, "f": self._first_alone, "l": self._last_alone, "t": self._titled, "c": self._place,
            "k": self._country, "a": self._address, "s": self._street_line, "o": self._organisation,
            "n": lambda: [(self._one(lists.nationalities), "NATIONALITY")],
            "q": lambda: [(self._one(_TITLES), "TITLE")],
            "d": lambda: [(self._date(), None)], "i": lambda: [(self._digits(self._dice.randint(3, 16)), None)],
            "m": lambda: [(self._money(), None)], "e": lambda: [(self._mail(), None)],
            "u": lambda: [(self._url(), None)], "h": lambda: [(self._phone(), None)],
            "w": lambda: [(self._word(), None)], "z": lambda: [(self._one(TERMS), None)],
            "y": lambda: [(self._heading(), None)],
            "g": lambda: [(self._age(), None)],
            "j": lambda: [(self._one(lists.jobs) if self._chance(0.3) else self._one(lists.jobs).lower(), None)],
        }  # fmt: skip

    def sentence(self) -> Sentence:
        kind = self._dice.random()
        if kind < 0.28:
            pieces = self._filled(self._one(WITH))
        elif kind < 0.52:
            pieces = self._filled(put_together(self._dice))
        elif kind < 0.59:
            pieces = self._filled(self._nobody(put_together(self._dice)))
        elif kind < 0.62:
            pieces = self._block()
        elif kind < 0.66:
            pieces = self._filled(self._one((*GERMAN, *SPANISH, *FRENCH)))
        elif kind < 0.75:
            pieces = self._among_words()
        elif kind < 0.79:
            pieces = self._spliced()
        else:
            pieces = self._filled(self._one(WITHOUT))
        if self._chance(0.25):
            pieces = [(self._one(OPENERS), None), *pieces]
        if self._chance(0.25):
            pieces = [*pieces, (self._one(CLOSERS), None)]
        if self._chance(0.18):
            pieces = [*pieces, (self._one((". ", "\n", "; ", ", and ", " because ")), None), *self._filled(self._any())]
        return self._styled(_joined(pieces))

    def _any(self) -> str:
        return self._one((*WITH, *WITHOUT))

    def _filled(self, phrase: str) -> list[Piece]:
        pieces: list[Piece] = []
        for part in _SLOT.split(phrase.replace("\\n", "\n")):
            if _SLOT.fullmatch(part):
                if part[1] in "pfl" and pieces and pieces[-1][1] is None:
                    pieces[-1:] = _with_title(pieces[-1][0])
                swapped = part[1] in _SWAPPED and self._chance(SWAPPED)
                pieces += self._slots[self._one(_SWAPPED) if swapped else part[1]]()
            else:
                pieces.append((part, None))
        return pieces

    def _block(self) -> list[Piece]:
        """A signature, a card, a label or an entry: some of what is known of somebody, in some order."""
        slots = self._one(("po", "pho", "pjoah", "oa", "oah", "pa", "pah", "ph", "pe", "poc", "ojp", "toa", "tjoh", "pjo",
                           "ohu", "pc", "pch", "fh", "lc", "pd", "pdc", "idp", "pok", "osch", "psc", "phe", "opah", "tah",
                           "oc", "och", "ck", "pck", "foh", "lfh", "ofh", "hp", "ahp", "cop", "dcp", "kpo"))  # fmt: skip
        between = self._one(_BETWEEN)
        head = self._one(("", "", "", "--\n", "Regards,\n", "To:\n", "From: ", "Contact: ", "* ", "1. "))
        pieces: list[Piece] = [(head, None)] if head else []
        for at, slot in enumerate(slots):
            named = {
                "h": ("Tel ", "tel. ", "Phone: ", "T: ", "Mobile "),
                "e": ("Email: ",),
                "d": ("born ",),
                "a": ("Address: ",),
            }
            before = self._one(named[slot]) if slot in named and self._chance(0.3) else ""
            pieces += [(between if at else "", None), (before, None), *self._slots[slot]()]
        return pieces

    def _nobody(self, phrase: str) -> str:
        """The same said of somebody, some place or some firm without a name."""
        for slot, others in _NOBODY.items():
            while slot in phrase:
                phrase = phrase.replace(slot, self._one(others), 1)
        return phrase

    def _among_words(self) -> list[Piece]:
        """Where nothing around helps: what something is must show in itself."""

        def some() -> str:
            return " ".join(self._word() for _ in range(self._dice.randint(1, 5)))

        slot = self._one("ppplllfffccckaooooosst")
        verbs = ("is", "was", "has", "and", "with", "for", "of", "to", "the", "by", "or", "from", "in", "at", "that")
        return [
            (f"{some()} {self._one(verbs)} ", None), *self._slots[slot](), (f" {self._one(verbs)} {some()}", None)
        ]  # fmt: skip

    def _spliced(self) -> list[Piece]:
        """The beginning of one and the end of another that have nothing in them: word order that is anybody's."""
        one, other = self._one(WITHOUT).split(), self._one(WITHOUT).split()
        begun, ended = one[: self._dice.randint(0, len(one))], other[self._dice.randint(0, len(other)) :]
        middle = [self._word() for _ in range(self._dice.randint(0, 3))]
        return self._filled(" ".join([*begun, *middle, *ended]) or "yes")

    def _word(self) -> str:
        return self._one(EVERYDAY) if self._chance(0.6) else self._one(self._lists.common)

    def _heading(self) -> str:
        words = [self._word() for _ in range(self._dice.randint(1, 4))]
        small = ("of", "and", "for", "in", "the", "to")
        return " ".join(word if word in small else word.capitalize() for word in words)

    def _styled(self, sentence: Sentence) -> Sentence:
        kind = self._dice.random()
        if self._chance(0.2):
            sentence = self._mistyped(sentence)
        text = sentence.text
        if kind < 0.30 and self._clear(sentence):
            changed = text.lower()
        elif kind < 0.35 and self._clear(sentence):
            changed = text.upper()
        elif kind < 0.37 and not sentence.labels:
            changed = text.title().replace("'S", "'s").replace("'M", "'m").replace("'T", "'t")
        elif kind < 0.75:
            changed = text[:1].upper() + text[1:]
        else:
            changed = text
        text = changed if len(changed) == len(text) else text
        if kind < 0.22 and text == text.lower() and not re.search(r"@|//|www", text):
            return _spoken(Sentence(text, sentence.labels))
        if 0.34 <= kind < 0.65 and text[-1:].isalnum():
            text += self._one(".!?..") if kind < 0.6 else "."
        return Sentence(text, sentence.labels)

    def _mistyped(self, sentence: Sentence) -> Sentence:
        """A word or two of no name with a letter too many, too few, or in another's place: nobody is called that."""
        text, labels = sentence.text, list(sentence.labels)
        words = [found for found in re.finditer(r"[a-z]{4,}", text)
                 if not any(start < found.end() and found.start() < end for start, end, _ in labels)]  # fmt: skip
        for found in sorted(
            self._dice.sample(words, min(len(words), self._dice.choice((1, 1, 2)))), key=lambda one: -one.start()
        ):
            wrong = self._typo(found[0])
            by = len(wrong) - len(found[0])
            text = text[: found.start()] + wrong + text[found.end() :]
            labels = [(s + by, e + by, label) if s >= found.end() else (s, e, label) for s, e, label in labels]
        return Sentence(text, tuple(labels))

    def _typo(self, word: str) -> str:
        at = self._dice.randrange(1, len(word) - 1)
        letter = self._dice.choice("abcdefghijklmnopqrstuvwxyz")
        before, here, after = word[:at], word[at], word[at + 1 :]
        return self._one(
            (before + after, before + here * 2 + after, before + letter + after, before + letter + here + after,
             before + after[0] + here + after[1:])
        )  # fmt: skip

    def _clear(self, sentence: Sentence) -> bool:
        """Whether no name in it is a word like any other once its capital is gone."""
        return all(
            label in ("NATIONALITY", "TITLE")
            or not self._common.issuperset(re.findall(r"\w+", sentence.text[start:end].lower()))
            for start, end, label in sentence.labels
        )

    def _person(self) -> list[Piece]:
        form = self._dice.random()
        first, last = self._first(), self._last()
        if form < 0.55:
            name = f"{first} {last}"
        elif form < 0.63:
            name = f"{first} {self._one('ABCDEFGHJKLMNPRSTW')}. {last}"
        elif form < 0.67:
            name = f"{first} {self._one('ABCDEFGHJKLMNPRSTW')} {last}"
        elif form < 0.72:
            name = f"{first} {self._first()} {last}"
        elif form < 0.75:
            name = f"{first}-{self._first()} {last}"
        elif form < 0.78:
            name = f"{first} {last}-{self._last()}"
        elif form < 0.82:
            particle = self._one(_PARTICLES)
            name = f"{first} {particle}{'' if particle.endswith(chr(39)) else ' '}{last}"
        elif form < 0.84:
            name = f"{first[0]}. {last}"
        elif form < 0.86:
            name = f"{first} {last} {self._one(('Jr.', 'Sr.', 'III', 'Jr', 'II'))}"
        elif form < 0.89:
            name = f"{first} {last} {self._last()}"
        elif form < 0.94:
            name = first
        else:
            return self._titled()
        return [(name, "PERSON")]

    def _titled(self) -> list[Piece]:
        name = self._last() if self._chance(0.6) else f"{self._first()} {self._last()}"
        return [(self._one(_TITLES), "TITLE"), (" ", None), (name, "PERSON")]

    def _first_alone(self) -> list[Piece]:
        return [(self._first(), "PERSON")]

    def _last_alone(self) -> list[Piece]:
        return [(self._last(), "PERSON")]

    def _first(self) -> str:
        return self._ranked(self._lists.first) if self._chance(0.9) else self._strange()

    def _last(self) -> str:
        if self._chance(0.12):
            return self._strange()
        return self._ranked(self._lists.last) if self._chance(0.8) else self._one(self._lists.census_last)

    def _strange(self) -> str:
        """A name that nobody has, of the sounds of two that somebody has."""
        one, other = self._one(self._lists.last), self._one(self._lists.first)
        return (one[: max(2, len(one) // 2)] + other[len(other) // 2 :].lower()).replace(" ", "")

    def _place(self) -> list[Piece]:
        lists, form = self._lists, self._dice.random()
        if form < 0.62:
            return [(self._town(), "LOCATION")]
        if form < 0.76:
            return [(self._one(lists.regions), "LOCATION")]
        if form < 0.86:
            return [(f"{self._ranked(lists.cities)}, {self._one(lists.state_codes)}", "LOCATION")]
        if form < 0.94:
            named = self._one(("{} City", "New {}", "Port {}", "{}ville", "{} Falls", "North {}", "South {}", "East {}",
                               "West {}", "Lake {}", "{}ton", "{}bury", "{} Beach", "Mount {}", "{} Springs", "Fort {}",
                               "{}burg", "{}shire", "{} County", "Upper {}", "Saint {}", "San {}"))  # fmt: skip
            return [(named.format(self._one((self._last(), self._first()))), "LOCATION")]
        return [(self._ranked(lists.cities), "LOCATION"), (", ", None), *self._country()]

    def _town(self) -> str:
        """Mostly one that many live in, often one that few have heard of, sometimes one that is nowhere."""
        form = self._dice.random()
        if form < 0.06:
            return self._strange()
        return self._one(self._lists.towns) if form < 0.4 else self._ranked(self._lists.cities)

    def _country(self) -> list[Piece]:
        name = self._one(self._lists.countries[:260]) if self._chance(0.8) else self._one(self._lists.countries)
        bare = name.removeprefix("the ")
        return [("the ", None), (bare, "COUNTRY")] if bare != name else [(name, "COUNTRY")]

    def _street_line(self) -> list[Piece]:
        return [(self._street(number=self._chance(0.5)), "ADDRESS")]

    def _street(self, *, number: bool = True) -> str:
        lists, house = self._lists, self._house()
        name = self._one(
            (self._one(lists.streets), self._last(), self._first(), self._one(lists.common).title(),
             self._one(("1st", "2nd", "3rd", "5th", "42nd", "Main", "High", "Church", "Station", "Park", "Mill", "Oak",
                        "Elm", "Victoria", "Queen", "King", "Bridge", "Broad", "School", "London")))
        )  # fmt: skip
        if self._chance(0.12):
            return self._street_abroad(house if number else "")
        if self._chance(0.2):
            form = self._one(_ABROAD)
            return form.format(name, n=house if number or "Box" in form or "fach" in form else "").strip(" ,.")
        line = f"{name} {self._one(_STREETS)}"
        if self._chance(0.15):
            line = f"{self._one(('N', 'S', 'E', 'W', 'North', 'South', 'East', 'West', 'NW', 'SE'))} {line}"
        line = f"{house} {line}" if number else line
        if number and self._chance(0.25):
            line += self._one(
                (" Apt {}", ", Apt. {}", " Suite {}", ", Suite {}", " Unit {}", " Flat {}", " #{}", ", Floor {}")
            )
            line = line.format(self._dice.randint(1, 999))
        elif number and self._chance(0.1):
            inner = self._one(
                ("Unit {}, ", "Flat {}, ", "Apt {}, ", "Suite {} ", "Apartment {}, ", "Unit {}/", "Floor {}, ")
            )
            line = inner.format(self._dice.randint(1, 999)) + line
        return line

    def _street_abroad(self, house: str) -> str:
        """By how streets are made elsewhere, with a name that may be anybody's."""
        name = self._one(
            (self._last(), self._first(), self._ranked(self._lists.cities), self._one(self._lists.streets))
        )
        form = self._dice.random()
        if form < 0.4:
            joint = "" if self._chance(0.8) else self._one(("-", "s", "er "))
            street = f"{name}{joint}{self._one(STREET_SUFFIXES)}"
        elif form < 0.8:
            street = f"{self._one(STREETS_BEFORE)} {name}"
        else:
            street = f"{name} {self._one(STREETS_AFTER)}"
        if not house:
            return street
        return self._one((f"{street} {house}", f"{street} {house}", f"{street}, {house}", f"{house} {street}",
                          f"{house}, {street}", f"{street} nº {house}", f"{street} {house}/{self._dice.randint(1, 40)}",
                          f"{street} {house}, {self._dice.randint(1, 9)}º", f"{street} {house} bis"))  # fmt: skip

    def _house(self) -> str:
        number = str(
            self._dice.choice((self._dice.randint(1, 99), self._dice.randint(100, 9999), self._dice.randint(1, 99999)))
        )
        return number + (self._one(("a", "B", "-3", "/2")) if self._chance(0.07) else "")

    def _address(self) -> list[Piece]:
        lists, form = self._lists, self._dice.random()
        street, city = self._street(), self._town()
        gap = self._one((", ", "\n", ", ", " "))
        if form < 0.25:
            text = f"{street}{gap}{city}, {self._one(lists.state_codes)} {self._zip()}"
        elif form < 0.35:
            text = f"{street}{gap}{city}, {self._one(lists.regions[:51])} {self._zip()}"
        elif form < 0.50:
            text = f"{street}{gap}{city}"
        elif form < 0.62:
            text = f"{street}{gap}{self._zip()} {city}"
        elif form < 0.72:
            text = f"{street}{gap}{city}{gap}{self._zip()}"
        elif form < 0.80:
            text = f"{street}{gap}{self._zip()} {city}{gap}{self._one(lists.countries[:250])}"
        elif form < 0.86:
            text = f"{street}{gap}{city}{gap}{self._one(lists.countries[:250])}{gap}{self._zip()}"
        elif form < 0.92:
            text = f"{street}{gap}{city}, {self._one(lists.regions)}{gap}{self._one(lists.countries[:250])}"
        elif form < 0.96:
            text = street
        else:
            text = f"{self._zip()} {city}"
        return [(text, "ADDRESS")]

    def _zip(self) -> str:
        digit, letter = self._digits, lambda: self._one("ABCDEFGHJKLMNPRSTUVWXYZ")
        forms = (
            digit(5), digit(5), digit(5), digit(4), f"{digit(5)}-{digit(4)}", f"{digit(3)} {digit(2)}",
            f"{letter()}{letter()}{digit(1)} {digit(1)}{letter()}{letter()}",
            f"{letter()}{digit(2)} {digit(1)}{letter()}{letter()}",
            f"{letter()}{digit(1)}{letter()} {digit(1)}{letter()}{digit(1)}", f"{digit(4)} {letter()}{letter()}",
            f"{digit(2)}-{digit(3)}", f"{letter()}-{digit(4)}", digit(6),
        )  # fmt: skip
        return self._one(forms)

    def _organisation(self) -> list[Piece]:
        lists, form = self._lists, self._dice.random()
        last, trade, end = self._last(), self._one(ORG_TRADES), self._one(ORG_ENDS)
        if form < 0.14:
            name = self._one(lists.companies)
        elif form < 0.26:
            name = self._one((*FAMOUS_ORGS, *ORGS))
            if name.startswith("the "):
                return [("the ", None), (name.removeprefix("the "), "ORGANIZATION")]
        elif form < 0.30:
            name = self._one(lists.universities)
        elif form < 0.36:
            name = self._one((f"University of {self._ranked(lists.cities)}", f"{self._ranked(lists.cities)} University",
                              f"{self._ranked(lists.cities)} General Hospital", f"St. {self._first()}'s Hospital",
                              f"{last} High School", f"{last} College", f"{last} Elementary School",
                              f"Ministry of {self._title_word()}", f"Department of {self._title_word()}",
                              f"{self._ranked(lists.cities)} City Council", f"Bank of {self._ranked(lists.cities)}",
                              f"{self._ranked(lists.cities)} FC", f"{self._ranked(lists.cities)} United",
                              f"Museum of {self._title_word()}", f"{last} Museum", f"{self._title_word()} Museum",
                              f"Institute of {self._title_word()}", f"{last} Foundation",
                              f"{self._one(lists.nationalities)} {trade}", f"{last} Public Library",
                              f"Society of {self._title_word()}", f"{self._title_word()} Association"))  # fmt: skip
        elif form < 0.45:
            name = f"{last} {end}"
        elif form < 0.53:
            name = self._one((f"{last} & {self._last()}", f"{last} and {self._last()}", f"{last}-{self._last()}",
                              f"{last}, {self._last()} and {self._last()}", f"{last}, {self._last()} & {self._last()}",
                              f"{last} {self._last()} {end}", f"{last} & {self._last()} {end}", f"{last} and Sons",
                              f"{last} Brothers", f"{self._first()} {last} {end}"))  # fmt: skip
        elif form < 0.61:
            name = self._one((f"{last}'s", f"{self._first()}'s", f"{last}'s {trade}", f"{self._first()}'s {trade}",
                              f"{last} {trade}", f"{self._first()} & {self._first()}", f"{last} {trade} {end}",
                              f"{self._one(ORG_KINDS)} {last}", f"{last} {self._one(ORG_KINDS)}",
                              f"{last} {self._one(TRADES_ABROAD)}", f"{self._title_word()} {self._one(TRADES_ABROAD)}",
                              f"{self._one(TRADES_ABROAD)} {last} {end}"))  # fmt: skip
        elif form < 0.67:
            name = f"{self._one((last, self._one(ORG_ADJECTIVES), self._ranked(lists.cities)))} {trade}"
        elif form < 0.72:
            name = f"{self._one(ORG_ADJECTIVES)} {trade} {end}"
        elif form < 0.82:
            word, other = self._title_word(), self._title_word()
            name = self._one((f"{word} {trade}", f"{word} {other}", f"{word} {other} {trade}", f"{word} {end}",
                              f"{word} & {other}", f"{word} and {other}", f"The {word} {other}", f"The {word}",
                              f"{self._one(ORG_ADJECTIVES)} {word}", f"{word} {self._one(ORG_ADJECTIVES)}",
                              f"{self._one(ORG_ADJECTIVES)} {word} {trade}", f"{word} {trade} {self._one(ORG_TRADES)}",
                              f"{word} {other} {end}", f"{word} Plus", f"{word} 4 {other}",
                              f"{word} of {self._ranked(lists.cities)}", f"{word} World", f"{word} House"))  # fmt: skip
        elif form < 0.86:
            name = "".join(self._dice.choice("ABCDEFGHIKLMNOPRSTUVW") for _ in range(self._dice.randint(2, 5)))
        elif form < 0.90:
            name = f"{self._title_word()}{self._one((self._title_word(), self._title_word().lower()))}"
        elif form < 0.97:
            name = self._coined()
            if self._chance(0.4):
                name += f" {self._one((trade, end))}"
        else:
            name = f"{self._one(lists.common).title()} {trade}"
        return [(name, "ORGANIZATION")]

    def _title_word(self) -> str:
        return self._one(FIRM_WORDS if self._chance(0.5) else self._lists.common).title()

    def _coined(self) -> str:
        """A brand: beginning and end of words that sound of something."""
        return self._one(COINED_BEGINS) + self._one(COINED_ENDS)

    def _date(self) -> str:
        day, month, year = self._dice.randint(1, 28), self._dice.randint(1, 12), self._dice.randint(1930, 2029)
        name = self._one(_MONTHS)
        return self._one((f"{year}-{month:02d}-{day:02d}", f"{day}/{month}/{year}", f"{name} {day}, {year}", f"{year}",
                          f"{day} {name} {year}", f"{name} {year}", f"{day}.{month}.{year}",
                          f"{name} {day}"))  # fmt: skip

    def _age(self) -> str:
        years = self._dice.randint(1, 99)
        return self._one((f"{years}", f"{years} years old", f"{years}-year-old", f"aged {years}", f"age {years}"))

    def _money(self) -> str:
        amount = self._dice.randint(1, 9999)
        return self._one(
            (
                f"${amount}",
                f"€{amount}",
                f"{amount} dollars",
                f"{amount},{self._digits(2)} EUR",
                f"£{amount}.{self._digits(2)}",
            )
        )

    def _mail(self) -> str:
        local = f"{self._first()}{self._one('._-')}{self._last()}".lower().replace(" ", "")
        return f"{local}@{self._one(self._lists.common)}.{self._one(('com', 'org', 'net', 'de'))}"

    def _url(self) -> str:
        begin = self._one(("https://", "www.", "http://www.", ""))
        words = self._one(self._lists.common) + self._one(self._lists.common)
        return f"{begin}{words}.{self._one(('com', 'org', 'net', 'io'))}"

    def _phone(self) -> str:
        form = self._one(_PHONES)
        return re.sub("0", lambda _: self._digits(1), form)

    def _digits(self, count: int) -> str:
        return "".join(self._dice.choice("0123456789") for _ in range(count))

    def _ranked(self, names: tuple[str, ...]) -> str:
        """Common ones oftener, every one sometimes."""
        return names[int(len(names) * self._dice.random() ** 3)]

    def _one(self, among: tuple[str, ...] | list[str] | str) -> str:
        return self._dice.choice(among)

    def _chance(self, share: float) -> bool:
        return self._dice.random() < share


def _with_title(text: str) -> list[Piece]:
    found = _TITLE.search(text)
    if not found:
        return [(text, None)]
    return [(text[: found.start()], None), (found[0], "TITLE"), (text[found.end() :], None)]


def _joined(pieces: list[Piece]) -> Sentence:
    text, labels = "", []
    for piece, label in pieces:
        if label is not None and piece:
            labels.append((len(text), len(text) + len(piece), label))
        text += piece
    return Sentence(text, tuple(labels))


def _spoken(sentence: Sentence) -> Sentence:
    """Without punctuation, as recognisers write; digits stay."""
    kept: list[int] = []
    text = ""
    for at, character in enumerate(sentence.text):
        kept.append(len(text))
        apostrophe = character in "'’" and 0 < at < len(sentence.text) - 1
        if character.isalnum() or apostrophe:
            text += character
        elif not text.endswith(" "):
            text += " "
    kept.append(len(text))
    labels = []
    for start, end, label in sentence.labels:
        inside = text[kept[start] : kept[end]]
        begin = kept[start] + len(inside) - len(inside.lstrip())
        if inside.strip():
            labels.append((begin, begin + len(inside.strip()), label))
    return Sentence(text, tuple(labels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    generator = Generator(load(), given.seed)
    for _ in range(given.count):
        sentence = generator.sentence()
        spans = [{"start": start, "end": end, "type": label} for start, end, label in sentence.labels]
        print(json.dumps({"text": sentence.text, "spans": spans}, ensure_ascii=False))


if __name__ == "__main__":
    main()
