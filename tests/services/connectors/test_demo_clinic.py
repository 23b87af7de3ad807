from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from appliance.connectors import Outcome, check_outcome
from appliance.errors import Invalid
from services.connectors.demo import DEMOS
from services.connectors.demo_clinic import DemoClinic

ANNA = {"patient": "4420017", "born": "date:1984-03-09"}
OTTO = {"patient": "4420025", "born": "date:1957-11-22"}
LATE = {"patient": "4420033", "born": "date:1990-06-15"}


@pytest.fixture
async def clinic(tmp_path):
    made = DemoClinic(tmp_path / "clinic.sqlite")
    yield made
    await made.close()


async def done(clinic: DemoClinic, operation: str, key: str, **given: str) -> Outcome:
    outcome = await clinic.call(operation, given, key, 5)
    check_outcome(clinic.operations[operation], outcome)
    return outcome


def weekday(number: int) -> str:
    """A day in two weeks, 0 being Monday."""
    today = datetime.now(UTC).date()
    return f"date:{today + timedelta(days=14 + number - today.weekday())}"


async def test_five_wrong_dates_lock_a_number_and_nobody_learns_whether_it_is_known(clinic):
    assert (await done(clinic, "verify", "1", **ANNA)).name == "ok"
    for patient in ("4420017", "9999999"):
        for number in range(5):
            wrong = {"patient": patient, "born": "date:1999-01-01"}
            assert await done(clinic, "verify", f"{patient}/{number}", **wrong) == Outcome("mismatch")
        assert (await done(clinic, "verify", f"{patient}/6", patient=patient, born=ANNA["born"])).name == "locked"
    assert (await done(clinic, "verify", "2", **OTTO)).name == "ok"


async def test_a_right_date_begins_the_count_anew(clinic):
    for number in range(12):
        given = ANNA if number % 3 == 0 else {**ANNA, "born": "date:1999-01-01"}
        assert (await done(clinic, "verify", str(number), **given)).name == ("mismatch" if number % 3 else "ok")


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("find", {"day": weekday(1), "time": "morning", "kind": "checkup"}),
        ("book", {"day": weekday(1), "time": "morning", "kind": "checkup"}),
        ("next", {}),
        ("move", {"day": weekday(1), "time": "morning"}),
        ("cancel", {}),
        ("refill", {"medicine": "lisinopril"}),
        ("results_call", {}),
    ],
)
async def test_nothing_is_told_or_done_for_who_is_not_verified(clinic, operation, more):
    wrong = {"patient": "4420017", "born": "date:1999-01-01", **more}
    assert await done(clinic, operation, "1", **wrong) == Outcome("not_verified")
    assert (await done(clinic, "next", "2", **ANNA)).name == "one"


async def test_an_appointment_is_found_booked_moved_and_cancelled_once(clinic):
    day = {"day": weekday(1), "time": "morning"}
    found = await done(clinic, "find", "1", **OTTO, **day, kind="checkup")
    assert found.name == "free"
    assert found.values["when"].text.endswith("at 9:00 in the morning")
    for _ in range(2):
        booked = await done(clinic, "book", "2", **OTTO, **day, kind="checkup")
        assert (booked.name, booked.values) == ("ok", found.values)
    second = await done(clinic, "find", "3", **ANNA, **day, kind="checkup")
    assert second.values["when"].text.endswith("at 9:30 in the morning")
    assert (await done(clinic, "next", "4", **OTTO)).values["what"].text == "a yearly check-up"
    moved = await done(clinic, "move", "5", **OTTO, day=weekday(2), time="afternoon")
    assert moved.values["when"].text.endswith("at 1:00 in the afternoon")
    assert (await done(clinic, "next", "6", **OTTO)).values["when"] == moved.values["when"]
    for _ in range(2):
        assert (await done(clinic, "cancel", "7", **OTTO)).name == "ok"
    assert (await done(clinic, "next", "8", **OTTO)).name == "none"
    assert (await done(clinic, "cancel", "9", **OTTO)).name == "none"
    assert (await done(clinic, "move", "10", **OTTO, day=weekday(2), time="afternoon")).name == "none"


async def test_weekends_the_past_and_what_is_full(clinic):
    today = datetime.now(UTC).date()
    for day in (weekday(5), weekday(6), f"date:{today - timedelta(days=30)}", f"date:{today + timedelta(days=400)}"):
        given = {**OTTO, "day": day, "time": "morning"}
        assert (await done(clinic, "find", f"find/{day}", **given, kind="checkup")).name == "closed"
        assert (await done(clinic, "book", f"book/{day}", **given, kind="checkup")).name == "full"
    friday = {**ANNA, "day": weekday(4), "time": "afternoon"}
    assert (await done(clinic, "find", "1", **friday, kind="checkup")).name == "full"
    assert (await done(clinic, "move", "2", **friday)).name == "full"
    for number in range(6):
        given = {**OTTO, "day": weekday(0), "time": "morning", "kind": "sick_visit"}
        assert (await done(clinic, "book", f"many/{number}", **given)).name == "ok"
    assert (await done(clinic, "find", "3", **given)).name == "full"
    with pytest.raises(Invalid):
        await clinic.call("find", {**given, "day": "soon"}, "4", 5)


async def test_what_is_tomorrow_is_cancelled_by_a_person(clinic):
    assert (await done(clinic, "cancel", "1", **LATE)).name == "late"
    assert (await done(clinic, "next", "2", **LATE)).name == "one"


async def test_refills_and_calls_about_results(clinic):
    told = {
        "lisinopril": "ok",
        "metformin": "doctor",
        "atorvastatin": "early",
        "oxycodone": "controlled",
        "albuterol": "not_listed",
    }
    for medicine, outcome in told.items():
        assert (await done(clinic, "refill", medicine, **ANNA, medicine=medicine)).name == outcome
    called = await done(clinic, "results_call", "1", **ANNA)
    day = called.values["until"].text
    assert day.split(",")[0] in {f"{date(2026, 11, 2) + timedelta(days=number):%A}" for number in range(5)}
    with pytest.raises(Invalid):
        await clinic.call("refill", {**ANNA}, "2", 5)


def test_it_is_named_for_the_connector_of_its_template():
    assert DEMOS["clinic"] is DemoClinic
