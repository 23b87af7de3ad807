from __future__ import annotations

import json
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest

from models.pii.presidio import Presidio

CARD = "4111111111111111"
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.fixture(scope="module")
def detector() -> Presidio:
    return Presidio()


def found(detector: Presidio, text: str, **options: bool) -> list[tuple[str, str]]:
    spans = detector.detect(text, "en", **options)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(first.end <= second.start for first, second in pairwise(spans))
    return [(text[span.start : span.end], span.kind) for span in spans]


def grouped(digits: str, sizes: tuple[int, ...], between: str) -> str:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(digits[at : at + size])
        at += size
    return between.join([*pieces, digits[at:]] if at < len(digits) else pieces)


BETWEEN = [" ", "-", ".", " - ", ", ", "/", "\n", "\t", "_", " – ", "·"]
SHAPES = [
    CARD,
    *(grouped(CARD, (4, 4, 4, 4), between) for between in BETWEEN),
    grouped("4111111111111", (5, 4, 4), " "),
    grouped(CARD, (2,) * 8, " "),
    grouped(CARD, (1,) * 16, " "),
    grouped(CARD, (1,) * 16, "-"),
    grouped(CARD, (1,) * 16, "."),
    grouped(CARD, (3, 5, 1, 7), " "),
    grouped("378282246310005", (4, 6, 5), " "),
    "".join(chr(ord("０") + int(digit)) for digit in CARD),
    "".join(chr(ord("٠") + int(digit)) for digit in CARD),
    "".join(chr(ord("०") + int(digit)) for digit in CARD),
    "".join(chr(0x1D7CE + int(digit)) for digit in CARD),
    "\u200b".join(CARD),
    "\u200d\u2060".join(grouped(CARD, (4, 4, 4, 4), "\ufeff")),
    "\u00ad".join(CARD),
    "".join(f"{digit}\ufe0f\u20e3" for digit in CARD),
    "\u00a0".join(grouped(CARD, (4, 4, 4, 4), " ").split()),
    " ".join(WORDS[int(digit)] for digit in CARD),
    ", ".join(WORDS[int(digit)] for digit in CARD),
    "four triple one double one double one and then double one double one triple one one",
    "forty one eleven eleven eleven eleven eleven eleven eleven",
    "four one one one um one one one one uh one one one one and then one one one one",
    "four one one one dash one one one one dash one one one one dash one one one one",
    "4111 one one one one 1111 one one one one",
    "four won one one for one one one to one one one one one one one",
    "4 triple 1 double 1 double 1 1111 1111",
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("frame", ["{}", "my card is {} thanks", "it's {}, valid until next year", "😀 {} 😀"])
def test_a_card_is_found_whole_however_it_is_written_or_said(detector: Presidio, shape: str, frame: str) -> None:
    spans = [text for text, kind in found(detector, frame.format(shape)) if kind in ("CARD", "NUMBER")]
    assert len(spans) == 1
    assert spans[0].strip() in shape
    assert shape.strip("\ufe0f\u20e3") in spans[0] + "\ufe0f\u20e3"


def test_luhn_only_names_it(detector: Presidio) -> None:
    assert found(detector, "it is 4111 1111 1111 1112") == [("4111 1111 1111 1112", "NUMBER")]
    assert found(detector, "my card is 4111 1111 1111 1112")[0][1] == "CARD"


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("my social is 078-05-1120", "078-05-1120", "SSN"),
        ("078 05 1120", "078 05 1120", "SSN"),
        ("oh seven eight oh five one one two oh", "oh seven eight oh five one one two oh", "SSN"),
        ("mail john.smith+x@mail.example.co.uk now", "john.smith+x@mail.example.co.uk", "EMAIL"),
        ("my email is john dot smith at example dot com thanks", "john dot smith at example dot com", "EMAIL"),
        ("it's j o h n underscore s at gmail dot com", "j o h n underscore s at gmail dot com", "EMAIL"),
        ("call me on +44 20 7946 0958", "+44 20 7946 0958", "PHONE"),
        ("415-555-2671", "415-555-2671", "PHONE"),
        ("(415)555-2671x818", "(415)555-2671x818", "PHONE"),
        ("it's 001-748-088-2851 ext. 12", "001-748-088-2851 ext. 12", "PHONE"),
        ("+(49) 30 901820", "+(49) 30 901820", "PHONE"),
        ("it is four one five triple five two six seven one", "four one five triple five two six seven one", "PHONE"),
        ("send it to GB82 WEST 1234 5698 7654 32 please", "GB82 WEST 1234 5698 7654 32", "IBAN"),
        ("de89370400440532013000", "de89370400440532013000", "IBAN"),
        ("12345678", "12345678", "CUSTOMER_NUMBER"),
        ("my customer number is 1234 5678", "1234 5678", "CUSTOMER_NUMBER"),
        ("one two three four five six seven eight", "one two three four five six seven eight", "CUSTOMER_NUMBER"),
        ("it's 1234 um 5678 thanks", "1234 um 5678", "CUSTOMER_NUMBER"),
        ("1, 2, 3, 4, 5, 6, 7, 8", "1, 2, 3, 4, 5, 6, 7, 8", "CUSTOMER_NUMBER"),
        ("four one five dash triple five dash 2671", "four one five dash triple five dash 2671", "PHONE"),
        ("account number 000123456789", "000123456789", "ACCOUNT"),
        ("routing number 021000021", "021000021", "ROUTING_NUMBER"),
        ("born on 05/12/1980", "05/12/1980", "DATE"),
        ("from 192.168.10.20 it fails", "192.168.10.20", "IP"),
        ("my passport number is 912803456", "912803456", "PASSPORT"),
    ],
)  # fmt: skip
def test_kinds(detector: Presidio, text: str, value: str, kind: str) -> None:
    assert found(detector, text) == [(value, kind)]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("my pin is 4321", "4321", "PIN"),
        ("PIN: 4321", "4321", "PIN"),
        ("4321 is my pin", "4321", "PIN"),
        ("pin four three two one", "four three two one", "PIN"),
        ("the PIN for that is double four two one", "double four two one", "PIN"),
        ("my pin number is 4 3 2 1", "4 3 2 1", "PIN"),
        ("my p\u200bin is 4\u200b321", "4\u200b321", "PIN"),
        ("cvv 123", "123", "CVV"),
        ("the security code on the back is one two three", "one two three", "CVV"),
        ("the code is 991234", "991234", "CODE"),
        ("my one-time passcode: 12 34 56", "12 34 56", "CODE"),
    ],
)
def test_sensitive_authentication_data_is_secret(detector: Presidio, text: str, value: str, kind: str) -> None:
    spans = detector.detect(text, "en")
    assert [(text[span.start : span.end], span.kind, span.secret) for span in spans] == [(value, kind, True)]


def test_card_expiry_and_code_in_one_breath(detector: Presidio) -> None:
    text = "card 4111 1111 1111 1111 expiry 12/27 cvv 123 and my pin is four three two one"
    assert [kind for _, kind in found(detector, text)] == ["CARD", "EXPIRY", "CVV", "PIN"]


def test_the_nearest_word_names_a_number(detector: Presidio) -> None:
    text = "my customer number is 12345678 and my pin is 4321"
    assert found(detector, text) == [("12345678", "CUSTOMER_NUMBER"), ("4321", "PIN")]


def test_a_bare_number_is_secret_where_one_was_asked_for(detector: Presidio) -> None:
    assert found(detector, "it's 4321") == []
    assert found(detector, "it's 4321", expecting_secret=True) == [("4321", "PIN")]


@pytest.mark.parametrize(
    "text",
    [
        "what is my balance",
        "I have two accounts and three cards",
        "transfer $1,234,567.89 to savings",
        "I have 20000 dollars",
        "send one thousand two hundred and fifty dollars",
        "we met in 2019 or 2020",
        "open from 9 to 5, Monday to Friday",
        "at 10:30 or 11:45",
        "rooms 10, 20 and 30, or 101, 102 and 103",
        "from 9:30 to 10:45, 11:00",
        "for two people at seven",
        "it was one of the best",
        "I am at home",
        "look at example dot notation",
        "not at all",
        "to be or not to be",
        "",
        " ",
    ],
)
def test_ordinary_talk_has_nothing_personal(detector: Presidio, text: str) -> None:
    assert found(detector, text) == []


def test_every_long_number_is_found_under_random_disguise(detector: Presidio) -> None:
    random.seed(11)
    separators = ["", " ", "-", ".", "  ", " - ", ", ", "\u200b", "\u00a0", " um ", " and then ", "_", "/"]
    for _ in range(400):
        digits = "".join(random.choice("0123456789") for _ in range(random.randint(13, 19)))
        said = "".join(
            random.choice(separators) + (digit if random.random() < 0.6 else f" {WORDS[int(digit)]} ")
            for digit in digits
        )
        text = f"please take {said} for it"
        spans = detector.detect(text, "en")
        outside = "".join(
            character for at, character in enumerate(text) if not any(s.start <= at < s.end for s in spans)
        )
        assert not any(character.isdigit() for character in outside), text
        assert not set(outside.split()) & set(WORDS), text


def test_labelled_sentences_of_the_kinds_it_is_for(detector: Presidio, real_data: Path) -> None:
    kinds = {"CREDIT_CARD", "US_SSN", "IBAN_CODE", "EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS"}
    hit: dict[str, list[bool]] = {kind: [] for kind in kinds}
    for sample in json.loads((real_data / "pii" / "generated_large.json").read_text("utf-8")):
        spans = detector.detect(sample["full_text"], "en")
        for wanted in sample["spans"]:
            if wanted["entity_type"] in kinds:
                covered = [s for s in spans if s.start < wanted["end_position"] and wanted["start_position"] < s.end]
                hit[wanted["entity_type"]].append(bool(covered))
    recall = {kind: sum(hits) / len(hits) for kind, hits in hit.items()}
    assert recall["CREDIT_CARD"] >= 0.995
    assert min(recall[kind] for kind in ("US_SSN", "IBAN_CODE", "EMAIL_ADDRESS")) >= 0.95, recall
    assert recall["PHONE_NUMBER"] >= 0.95, recall


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("the pin for my card is 4321", "4321", "PIN"),
        ("the pin for my card is ninety three forty six ninety two", "ninety three forty six ninety two", "PIN"),
        ("the pin to my visa card ending 4411 is 9876", "9876", "PIN"),
        ("the pin for card 4111 1111 1111 1111 is 1234", "1234", "PIN"),
        ("the PIN I use for my account is 123456", "123456", "PIN"),
        ("the pin code for my phone: 5566", "5566", "PIN"),
        ("the cvv on my card is 123", "123", "CVV"),
        ("the security code of my visa is 1234", "1234", "CVV"),
        ("my password for the customer portal is 12345678", "12345678", "CODE"),
    ],
)
def test_a_secret_for_something_is_no_number_of_that_thing(
    detector: Presidio, text: str, value: str, kind: str
) -> None:
    secrets = [span for span in detector.detect(text, "en") if span.secret]
    assert [(text[span.start : span.end], span.kind) for span in secrets] == [(value, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "I forgot the pin for my card, my customer number is 12345678",
        "I have trouble with my pin on the app my account number is 12345678",
        "the pin for my account 12345678 is wrong",
    ],
)
def test_a_number_after_talk_of_a_secret_is_kept(detector: Presidio, text: str) -> None:
    assert [span.secret for span in detector.detect(text, "en")] == [False]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("i was born on the third of may nineteen eighty", "the third of may nineteen eighty", "DATE"),
        ("born May third nineteen oh five in a village", "May third nineteen oh five", "DATE"),
        ("born twenty first of June two thousand and one", "twenty first of June two thousand and one", "DATE"),
        ("due on the 2nd of March", "the 2nd of March", "DATE_TIME"),
        ("call 08-123 49 46", "08-123 49 46", "PHONE"),
        ("seven three three eight please", "seven three three eight", "NUMBER"),
    ],
)
def test_dates_and_numbers_as_they_are_said(detector: Presidio, text: str, value: str, kind: str) -> None:
    assert found(detector, text) == [(value, kind)]


def test_pieces_of_a_number_among_misheard_words_all_go(detector: Presidio) -> None:
    text = "yes paul or six three seven three five behind fried eight far or nine two"
    left = text
    for span in reversed(detector.detect(text, "en")):
        left = left[: span.start] + left[span.end :]
    assert not set(left.split()) & set(WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "a table for two people at seven thirty for one hour or two",
        "at nine oh five for two people or three",
        "order staus please",
        "please retrun my adress",
        "is the ballance right",
        "auf wiederhören",
    ],
)
def test_words_mistyped_and_hours_are_nobodys(detector: Presidio, text: str) -> None:
    assert found(detector, text) == []


def test_a_post_code_and_a_telephone_number_below_it_are_two(detector: Presidio) -> None:
    values = [value for value, _ in found(detector, "Sunrise Credit Union\nGdynia, OH 23623\n+45 53 63 77 33")]
    assert "+45 53 63 77 33" in values


@pytest.mark.parametrize("text", ["four o'clock", "o’clock", "around eight o'clock", "yes ma'am", "YES MA’AM"])
def test_an_hour_and_a_politeness_are_nobodys_names(detector: Presidio, text: str) -> None:
    assert detector.detect(text, "en") == []


@pytest.mark.parametrize(
    "text",
    [
        "4111, next 1111, next 1111, last 1111",
        "it's 4111 first, then the next is 1111, the third is 1111 and the last four 1111",
        "4111? 1111? 1111? last 1111!",
        "3782, then 822463 and ending 10005",
        "forty one eleven, next eleven eleven, after that eleven eleven, last eleven eleven",
    ],
)
def test_a_number_in_parts_is_taken_out_of_one_sentence(detector: Presidio, text: str) -> None:
    left = text
    for span in reversed(detector.detect(text)):
        left = left[: span.start] + left[span.end :]
    assert not re.search("[0-9]|one|eleven", left), left


@pytest.mark.parametrize(
    "text",
    [
        "I paid 1200 first, then 1350, then it was 1415 and last 1500",
        "in 2019 first, then 2020, then again 2021 and last 2022",
        "first $412, then $413, then $414, then $415, last $416",
        "flight 412 first, then the 413 bus, room 4111 after",
        "the first is 250 and the second is 300",
    ],
)
def test_amounts_and_years_one_after_the_other_are_no_number_in_parts(detector: Presidio, text: str) -> None:
    assert not [text[span.start : span.end] for span in detector.detect(text) if span.kind in ("NUMBER", "CARD")]


@pytest.mark.parametrize(
    "text",
    [
        "fünfundfünfzig null eins siebzehn",
        "viertausendeinhundertelf eintausendeinhundertelf",
        "s u n s h i n e 1",
    ],
)
def test_what_is_said_in_german_or_spelled_is_taken_out_of_english_whole(detector: Presidio, text: str) -> None:
    assert [(span.start, span.end) for span in detector.detect(text)] == [(0, len(text))]


@pytest.mark.parametrize("text", ["viertausend fünftausend Euro", "zweihundertelf Euro", "eins zwei drei Test"])
def test_german_quantities_stay(detector: Presidio, text: str) -> None:
    assert not [span for span in detector.detect(text) if span.kind == "NUMBER"]


@pytest.mark.parametrize("text", ["vom Tagesgeld", "das Tagesgeldkonto bitte"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_an_account_is_no_place(detector: Presidio, text: str, language: str) -> None:
    assert not detector.detect(text, language)
