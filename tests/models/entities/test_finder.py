from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from appliance.agents.definition import Entity
from appliance.privacy import values as v
from models.entities.finder import Finder, Setting
from tests.models.entities.utterance_sets import ENTITIES, Utterance, utterances, values_found

SET = list(utterances())
AT = Setting(datetime(2026, 4, 15, 10, tzinfo=UTC), "en-US")
EVERY = Finder(ENTITIES)


def test_the_set_is_large_and_half_of_it_is_kept_out() -> None:
    assert len(SET) >= 500
    assert 0.4 < sum(one.kept_out for one in SET) / len(SET) < 0.6


@pytest.mark.parametrize(
    "utterance", [one for one in SET if not one.kept_out], ids=lambda one: f"{one.locale[:2]}-{one.of}-{one.text[:40]}"
)
def test_what_was_tuned_on_stays_right(utterance: Utterance) -> None:
    assert values_found(utterance) == utterance.gold


@pytest.mark.parametrize(("language", "locale"), [("en", "en-US"), ("de", "de-DE"), ("es", "es-ES")])
def test_every_number_is_read_as_num2words_says_it(language: str, locale: str) -> None:
    finder = Finder({"number": Entity(type="number")})
    pick = random.Random(7)
    some = [*range(130), *(pick.randrange(10 ** pick.randint(3, 8)) for _ in range(400))]
    wrong = []
    for number in some:
        said = num2words(number, lang=language)
        found = [one.value for one in finder.find(said, Setting(AT.now, locale), ["number"])]
        if found != [v.Number(str(number))]:
            wrong.append(said)
    assert wrong == []


def test_every_day_of_a_year_is_read_as_it_is_spoken_and_written() -> None:
    finder = Finder({"date": Entity(type="date")})
    for locale in ("en-US", "en-GB", "de-DE", "es-ES"):
        for day in range(0, 365, 3):
            value = v.Date((date(2027, 1, 1) + timedelta(days=day)).isoformat())
            for style in ("spoken", "written"):
                found = finder.find(v.show(value, style, locale), Setting(AT.now, locale))
                assert [one.value for one in found] == [value], (v.show(value, style, locale), found)


def test_amounts_are_read_back_as_they_are_spoken_and_written() -> None:
    finder = Finder({"money": Entity(type="money")})
    pick = random.Random(3)
    for locale, currency in (("en-US", "USD"), ("de-DE", "EUR"), ("es-ES", "EUR")):
        for _ in range(60):
            value = v.money(pick.randrange(100, 10**7), currency)
            for style in ("spoken", "written"):
                found = [one.value for one in finder.find(v.show(value, style, locale), Setting(AT.now, locale))]
                assert len(found) == 1
                assert v.show(found[0], "written", locale) == v.show(value, "written", locale)


@settings(deadline=None, max_examples=200)
@given(
    st.text(max_size=120)
    | st.lists(st.sampled_from(sorted({w for one in SET for w in one.text.split()}))).map(" ".join)
)
def test_no_text_breaks_it_and_what_it_finds_is_apart(text: str) -> None:
    found = EVERY.find(text, AT, ["date", "money", "person", "phone"])
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        if one.value is not None and not one.sealed and v.literal(one.value) is not None:
            assert v.from_literal(v.literal(one.value) or "") == one.value
    for name in ENTITIES:
        mine = [one for one in found if one.entity == name]
        assert all(before.end <= after.start for before, after in pairwise(mine))


def test_a_value_goes_to_the_entity_it_fits() -> None:
    finder = Finder(
        {"visit": Entity(type="date"), "birthday": Entity(type="date", prefer="past", personal=True)},
    )

    def found(text: str, *asked: str) -> list[tuple[str, v.Value | None, bool]]:
        return [(one.entity, one.value, one.sealed) for one in finder.find(text, AT, asked)]

    assert found("may third nineteen eighty four") == [("birthday", v.Date("1984-05-03"), True)]
    assert found("on june first") == [("visit", v.Date("2026-06-01"), False), ("birthday", v.Date("2025-06-01"), True)]
    assert found("on june first", "visit") == [("visit", v.Date("2026-06-01"), False)]


def test_limits() -> None:
    finder = Finder({"amount": Entity(type="money", min=1, max=5000)})
    assert [one.value for one in finder.find("not $9000 but $50", AT)] == [v.Money("50")]


def test_references_stand_for_the_entity_of_their_type() -> None:
    finder = Finder({"callback": Entity(type="phone"), "born": Entity(type="date", personal=True)})
    found = finder.find("call <PHONE_1>, born <BORN_1>, card <CARD_2>", AT)
    assert [(one.entity, one.reference) for one in found] == [
        ("callback", "PHONE_1"),
        ("born", "BORN_1"),
        ("CARD", "CARD_2"),
    ]


def test_an_expression_that_takes_for_ever_finds_nothing() -> None:
    finder = Finder({"code": Entity(pattern=r"(a|aa)+$", personal=False)})
    assert finder.find("a" * 60 + "!", AT) == []


def test_the_clock_and_the_locale_are_arguments() -> None:
    finder = Finder({"date": Entity(type="date"), "money": Entity(type="money")})
    british = Setting(datetime(2027, 1, 1, tzinfo=UTC), "en-GB")
    assert [one.value for one in finder.find("4/3 and tomorrow, 20 k", british)] == [
        v.Date("2027-03-04"),
        v.Date("2027-01-02"),
        v.Money("20000", "GBP"),
    ]
    assert [one.value for one in finder.find("4/3", AT)] == [v.Date("2027-04-03")]


@pytest.mark.parametrize(
    "said", ["minus ", "- ", "a half and ", "double ", "፩ ", "² ", "one two ", "next friday at three ", "5/", "' "]
)
def test_any_length_of_the_same_is_read(said: str) -> None:
    assert EVERY.find(said * 300, AT) == EVERY.find(said * 300, AT)
