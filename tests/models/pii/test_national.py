"""Identifiers of four languages' countries, web addresses, what is spelled, and numbers said in other languages."""

from __future__ import annotations

import pytest

from models.pii.number_words import words
from models.pii.numbers import restated, runs
from models.pii.presidio import Presidio


@pytest.fixture(scope="module")
def detector() -> Presidio:
    return Presidio()


@pytest.mark.parametrize(
    ("language", "text", "value", "kind"),
    [
        ("en", "nino ab 12 34 56 c", "ab 12 34 56 c", "NINO"),
        ("en", "my nhs number is 943 476 5919", "943 476 5919", "NHS"),
        ("en", "call 943 476 5919", "943 476 5919", "PHONE"),
        ("de", "meine steuer-id ist 86 095 742 719", "86 095 742 719", "TAXPAYER_NUMBER"),
        ("de", "rentenversicherung 65 170839 j 008", "65 170839 j 008", "NATIONAL_ID"),
        ("es", "mi dni es 12345678z", "12345678z", "NATIONAL_ID"),
        ("es", "nie x1234567l", "x1234567l", "NATIONAL_ID"),
        ("en", "driver's license number a1234567", "a1234567", "LICENSE"),
        ("en", "passport no. c01x00t47", "c01x00t47", "PASSPORT"),
        ("en", "my policy number is ab-12345-x", "ab-12345-x", "ID"),
        ("en", "see https://www.example.com/a?b=c.", "https://www.example.com/a?b=c", "URL"),
        ("en", "see example.co.uk!", "example.co.uk", "URL"),
        ("en", "00:1b:44:11:3a:b7", "00:1b:44:11:3a:b7", "MAC"),
        ("en", "it's sw1a 1aa", "sw1a 1aa", "POSTCODE"),
        ("en", "j o h n s m i t h", "j o h n s m i t h", "SPELLED"),
        ("en", "my name is a n n", "a n n", "SPELLED"),
        ("en", "j as in juliett, o for oscar", "j as in juliett, o for oscar", "SPELLED"),
        ("en", "juliett oscar hotel november", "juliett oscar hotel november", "SPELLED"),
        ("de", "meine pin ist fünfundvierzig siebenundachtzig", "fünfundvierzig siebenundachtzig", "PIN"),
        ("de", "null drei null neun null eins acht zwei", "null drei null neun null eins acht zwei", "CUSTOMER_NUMBER"),
        ("es", "mi pin es cuarenta y cinco sesenta y siete", "cuarenta y cinco sesenta y siete", "PIN"),
        ("fr", "mon pin quatre-vingt-dix-sept quarante-deux", "quatre-vingt-dix-sept quarante-deux", "PIN"),
    ],
)
def test_kinds(detector: Presidio, language: str, text: str, value: str, kind: str) -> None:
    found = [(text[span.start : span.end], span.kind) for span in detector.detect(text, language)]
    assert (value, kind) in found
    assert [pair for pair in found if pair[1] == kind] == [(value, kind)]


@pytest.mark.parametrize(
    ("language", "said", "digits"),
    [
        ("en", "forty one double one oh", "41110"),
        ("de", "einundzwanzig null zwo doppel fünf", "210255"),
        ("es", "treinta y uno veintidós doble cero", "312200"),
        ("fr", "soixante-dix-sept quatre-vingts quatre-vingt-un zéro", "7780810"),
        ("fr", "vingt et un dix-neuf", "2119"),
    ],
)
def test_numbers_said(language: str, said: str, digits: str) -> None:
    assert [run.digits for run in runs(said, language)] == [digits]


def test_every_number_below_a_hundred_is_said_in_every_language() -> None:
    for language in ("en", "de", "es", "fr"):
        said = {int(digits) for digits in words(language).phrases.values()}
        assert said == set(range(100)), language


@pytest.mark.parametrize(
    "text",
    ["i am at a b", "vitamin b and c", "p.s. i want a u.s. account", "plan b or c", "the tax 2023 return", "claim 4",
     "e.g. this one", "ok.thanks", "i'll do it asap", "case closed"],
)  # fmt: skip
def test_ordinary_talk(detector: Presidio, text: str) -> None:
    assert [span for span in detector.detect(text, "en") if span.kind not in ("COUNTRY",)] == []


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("my pin is 1234 no sorry 1235", ["1234", "1235"]),
        ("my customer number is 12345678 no wait i mean 12345679", ["12345678", "12345679"]),
        ("it's 078 05 11 uh no sorry 1120", ["078 05 11 uh no sorry 1120"]),
        ("four one one one no sorry one two", []),
    ],
)
def test_what_was_put_right(detector: Presidio, text: str, taken: list[str]) -> None:
    assert [text[span.start : span.end] for span in detector.detect(text, "en")] == taken or not taken


def test_a_run_is_cut_where_it_was_put_right() -> None:
    [run] = runs("1234 no sorry 1235")
    assert [part.digits for part in restated("1234 no sorry 1235", run)] == ["1234", "1235"]


DIGITS = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "de": ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
    "es": ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
    "fr": ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
}


@pytest.mark.parametrize("spoken", ["en", "de", "es", "fr"])
@pytest.mark.parametrize("conversation", ["en", "de", "es", "fr"])
@pytest.mark.parametrize("number", ["4111111111111111", "0612345678", "5105105105105"])
def test_a_long_number_is_found_in_words_of_any_language(
    detector: Presidio, conversation: str, spoken: str, number: str
) -> None:
    said = " ".join(DIGITS[spoken][int(digit)] for digit in number)
    for text in (said, f"ok {said} ok", f"ok {said}, ok"):
        taken = [text[span.start : span.end] for span in detector.detect(text, conversation)]
        assert taken == [said]


def test_words_of_several_languages_make_one_number(detector: Presidio) -> None:
    text = "it is vier eins uno uno un un one one cinco cinco fünf five seven sept siete sieben"
    assert [text[span.start : span.end] for span in detector.detect(text, "en")] == [text.removeprefix("it is ")]


def test_a_pin_in_words_of_another_language_is_secret(detector: Presidio) -> None:
    text = "mi pin es cuatro tres dos uno"
    assert [(text[span.start : span.end], span.kind) for span in detector.detect(text, "en") if span.secret] == [
        ("cuatro tres dos uno", "PIN")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "once upon a time there were six of us",
        "i once had six once five dollars and fifty cents",
        "elf null mil dos",
        "so 1 or 2 or 3",
        "the once and future king, sept or dos",
    ],
)
def test_words_that_are_numbers_elsewhere_are_left(detector: Presidio, text: str) -> None:
    assert detector.detect(text, "en") == []
