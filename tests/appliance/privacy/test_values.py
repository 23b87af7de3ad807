from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import Tampered
from appliance.privacy.values import Digits, Money, Text, decode, encode, money, read, read_digits, show


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
