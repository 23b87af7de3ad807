from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import Tampered
from appliance.privacy.values import (
    Code,
    Composite,
    Date,
    Digits,
    Duration,
    Moment,
    Money,
    Number,
    Option,
    Place,
    Text,
    Time,
    decode,
    encode,
    from_literal,
    literal,
    money,
    read,
    read_digits,
    show,
)


@pytest.mark.parametrize("value", [Money("1234.56", "USD"), Text("Jane"), Digits("+14155552671")])
def test_a_value_is_the_same_after_its_codec(value):
    assert decode(encode(value)) == value


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"type":"money","amount":"1e9"}', b'{"type":"digits","digits":"12a"}'])
def test_anything_else_is_tampered_with(raw):
    with pytest.raises(Tampered):
        decode(raw)


@pytest.mark.parametrize(
    ("value", "spoken", "written"),
    [
        (money(123456), "1234 dollars and 56 cents", "$1,234.56"),
        (money(100), "1 dollar", "$1.00"),
        (money(101), "1 dollar and 1 cent", "$1.01"),
        (money(7), "7 cents", "$0.07"),
        (money(0), "0 dollars", "$0.00"),
        (money(-250), "minus 2 dollars and 50 cents", "-$2.50"),
        (Money("5", "EUR"), "5 euros", "€5.00"),
        (Money("1.01", "GBP"), "1 pound and 1 penny", "£1.01"),
        (Money("12.3", "CHF"), "12.30 C H F", "12.30 CHF"),
        (Digits("4831"), "4 8 3 1", "4831"),
        (Digits("+4930"), "4 9 3 0", "+4930"),
        (Text("jane@example.org"), "jane@example.org", "jane@example.org"),
    ],
)
def test_how_values_are_said(value, spoken, written):
    assert (show(value, "spoken"), show(value, "written")) == (spoken, written)


@settings(deadline=None)
@given(st.integers(-(10**14), 10**14))
def test_no_cent_is_lost(cents):
    said = show(money(cents), "written").replace("$", "").replace(",", "").replace(".", "")
    assert int(said) == cents


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("4111 1111-1111.1111", "4111111111111111"),
        ("four one double one", "4111"),
        ("one two, three four", "1234"),
        ("triple nine oh zero", "99900"),
        ("(415) 555-2671", "4155552671"),
        ("+1 415 555 2671", "+14155552671"),
        ("Double O seven", "007"),
        ("1234 five", "12345"),
        ("one two um three dash four", "1234"),
        ("double", None),
        ("double double one", None),
        ("oh", None),
        ("one apple", None),
        ("jane", None),
        ("", None),
        ("-", None),
    ],
)
def test_reading_digits(said, digits):
    assert read_digits(said) == digits


def test_kinds_that_are_kept_as_said():
    assert read("DATE_OF_BIRTH", "1980-05-12") == Text("1980-05-12")
    assert read("IP_ADDRESS", "10.0.0.1") == Text("10.0.0.1")
    assert read("CARD", "4111 1111") == Digits("41111111")
    assert read("PERSON", " Jane ") == Text("Jane")


LITERALS = [
    (Date("2026-05-03"), "date:2026-05-03"),
    (Time("15:30"), "time:15:30"),
    (Moment("2026-05-03T15:30"), "moment:2026-05-03T15:30"),
    (Duration("P1Y6M"), "duration:P1Y6M"),
    (Number("-12.5"), "number:-12.5"),
    (Money("12.50", "EUR"), "money:12.50:EUR"),
    (Option("extra_large"), "option:extra_large"),
    (Code("AB-12"), "code:AB-12"),
    (Place("Europe/Berlin"), "place:Europe/Berlin"),
    (Composite({"count": Number("2"), "item": Option("pizza")}), "composite:count=number:2;item=option:pizza"),
]


@pytest.mark.parametrize(("value", "word"), LITERALS, ids=lambda one: str(one)[:30])
def test_harmless_values_are_words(value, word):
    assert literal(value) == word
    assert from_literal(word) == value
    assert decode(encode(value)) == value


@pytest.mark.parametrize("value", [Text("Jane"), Digits("4111"), Composite({"who": Text("Jane")})])
def test_free_text_and_rows_of_digits_are_no_words(value):
    assert literal(value) is None
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    "word",
    ["", "savings", "CARD_1", "date:", "date:2026-02-30", "date:tomorrow", "text:Jane", "digits:4111", "money:1:usd",
     "duration:P", "duration:PT", "time:24:00", "code:a b", "composite:", "composite:a=text:x",
     "composite:a=option:b;"],
)  # fmt: skip
def test_other_words_are_no_values(word):
    assert from_literal(word) is None


@given(st.text(max_size=60))
def test_no_word_is_two_things(word):
    value = from_literal(word)
    assert value is None or literal(value) == word


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"type":"money","amount":"1234.56","currency":"USD"}', Money("1234.56")),
        (b'{"type":"text","text":"Jane"}', Text("Jane")),
        (b'{"type":"digits","digits":"41"}', Digits("41")),
    ],
)
def test_what_the_first_release_wrote_is_read(raw, value):
    assert decode(raw) == value


@pytest.mark.parametrize(
    ("value", "locale", "spoken", "written"),
    [
        (Date("2026-05-03"), "en-US", "May third, 2026", "May 3, 2026"),
        (Date("2026-05-22"), "en-GB", "May twenty second, 2026", "22 May 2026"),
        (Date("2026-05-03"), "de-DE", "dritten Mai 2026", "3. Mai 2026"),
        (Date("2026-05-01"), "es-ES", "primero de mayo de 2026", "1 de mayo de 2026"),
        (Date("2026-05-03"), "fr-FR", "3 mai 2026", "3 mai 2026"),
        (Date("2026-05-03"), "xx-XX", "May third, 2026", "May 3, 2026"),
        (Time("15:30"), "en-US", "three 30 p.m.", "3:30 PM"),
        (Time("12:00"), "en-US", "noon", "12:00 PM"),
        (Time("09:05"), "en-GB", "nine oh 5 a.m.", "09:05"),
        (Time("15:30"), "de-DE", "15 Uhr 30", "15:30"),
        (Moment("2026-05-03T09:00"), "en-US", "May third, 2026 at nine a.m.", "May 3, 2026, 9:00 AM"),
        (Duration("P2W"), "en-US", "2 weeks", "2 weeks"),
        (Duration("P1Y6M"), "de-DE", "1 Jahr 6 Monate", "1 Jahr 6 Monate"),
        (Number("1234.5"), "en-US", "1234.5", "1,234.5"),
        (Number("-3"), "en-US", "minus 3", "-3"),
        (Money("1234.50", "EUR"), "de-DE", "1234 Euro und 50 Cent", "1.234,50 €"),
        (Code("AB-1"), "en-US", "A B - 1", "AB-1"),
        (Place("DE"), "en-US", "Germany", "Germany"),
        (Place("DE"), "es-ES", "Alemania", "Alemania"),
        (Place("America/New_York"), "en-US", "New York", "New York"),
        (Composite({"n": Number("2"), "what": Option("pizza")}), "en-US", "2, pizza", "2, pizza"),
    ],
)
def test_how_values_are_said_by_locale(value, locale, spoken, written):
    assert (show(value, "spoken", locale), show(value, "written", locale)) == (spoken, written)


def test_the_year_that_goes_without_saying_is_not_said():
    assert show(Date("2026-05-03"), "spoken", today=date(2026, 4, 15)) == "May third"
    assert show(Date("1984-05-03"), "spoken", today=date(2026, 4, 15)) == "May third, 1984"
