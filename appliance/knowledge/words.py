"""Words and sentences of a text: what is counted is a word's stem, in the language of the base."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import snowballstemmer

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_END = re.compile(r"(?<=[.!?…])[\"'”»)]*\s+(?=[\"'“«(¿¡]*[^\W_a-zäöüßáéíóúñ])")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|e\.g|i\.e|etc|approx|no|nr|st|dr|mr|mrs|ms|prof|vs|z\.b|d\.h|ca|bzw|usw|sr|sra|p\.ej|art)\.$",
    re.IGNORECASE,
)
STEMMERS: Final = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
    "sv": "swedish",
}
STOP_WORDS: Final = {
    "en": """a about all also am an and any are as at be been but by can could d did do does for from get had has have
        he her his how i if in into is it its just ll m may me much my need of off on one only or our out please re s
        shall she should so some t than that the their them then there these they this those to too up us ve want was
        we were what when where which who why will with would you your i'd i'll i'm i've it's what's that's don't can't
        doesn't tell know say happens happen""",
    "de": """aber alle als am an auch auf aus bei bin bis bitte da das dass dem den der des die du ein eine einem einen
        einer er es für hat habe haben ich ihr ihre im in ist ja kann kein keine können man mein meine meinem meinen
        meiner mich mir mit muss müssen nach nicht noch nur ob oder sein seine sie sind so über um und uns von vor wann
        war warum was welche welcher wenn werden wer wie wieviel wird wir wo zu zum zur""",
    "es": """a al algo como con cuál cuáles cuando cuándo cuánto cuánta de del donde dónde e el ella en es esta está
        este esto hay la las le lo los me mi mis muy más no nos o para pero por porque puede puedo que qué quién se ser
        si sí sin sobre son su sus te tengo tiene tu un una uno y ya yo cómo""",
    "fr": """à au aux avec ce ces cette combien comment dans de des du elle en est et être il ils je la le les leur ma
        mais mes mon ne nous on ou où par pas peut peux pour quand que quel quelle qui quoi sa se ses si son sont sur un
        une vous y""",
}


def stems(text: str, language: str) -> list[str]:
    """The words that say something, each cut down to its stem, in order."""
    stop = _stop_words(language)
    stem = _stemmer(language)
    return [stem(word) for word in _words(text) if word not in stop]


def _words(text: str) -> list[str]:
    return [word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(text.casefold())]


def sentences(text: str) -> list[str]:
    """Word for word: joined by blanks they are the text again."""
    found: list[str] = []
    for part in _END.split(text):
        if found and _ABBREVIATED.search(found[-1]):
            found[-1] += " " + part
        elif part.strip():
            found.append(part.strip())
    return found


@cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(STOP_WORDS.get(language, "").split())


class _Stemmer:
    """A language's stemmer, which remembers what it stemmed."""

    def __init__(self, language: str) -> None:
        self._stemmer = snowballstemmer.stemmer(STEMMERS[language]) if language in STEMMERS else None
        self._known: dict[str, str] = {}

    def __call__(self, word: str) -> str:
        if self._stemmer is None:
            return word
        found = self._known.get(word)
        if found is None:
            if len(self._known) > 50_000:
                self._known.clear()
            found = self._known[word] = str(self._stemmer.stemWord(word))
        return found


@cache
def _stemmer(language: str) -> _Stemmer:
    return _Stemmer(language)
