"""Times, durations and amounts of money: what the words of their rules mean. Functions by the name rules use."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from appliance.privacy import values as v
from models.entities.dates import Context, Meaning
from models.entities.rules import Bound

MEANINGS: dict[str, Meaning] = {}
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}
_ORDER: Final = ("year", "month", "week", "day", "hour", "minute", "second")
_HALVES: Final = {"year": (6, "month"), "hour": (30, "minute"), "minute": (30, "second"), "day": (12, "hour")}
FIRST_HOUR, LAST_HOUR = 7, 18
"""An hour without a half of the day is meant between these: `at three` is 15:00, `at nine` 09:00."""


def meaning(function: Meaning) -> Meaning:
    MEANINGS[function.__name__.strip("_")] = function
    return function


# ---- times ---------------------------------------------------------------------------------------------------------


def _time(hour: tuple[int, bool], minute: int, bound: Bound) -> v.Time | None:
    at, sure = hour
    half, part = bound.get("half"), bound.get("part")
    if at == 24:
        at, sure = 0, True
    if half or part:
        if at > 12:
            return v.Time(f"{at:02d}:{minute:02d}")
        at %= 12
        late = half == "pm" or part in ("afternoon", "evening") or (part == "night" and 5 <= at <= 11)
        at += 12 if late else 0
    elif not sure:
        at %= 12
        at += 0 if FIRST_HOUR <= at < 12 else 12
    return v.Time(f"{at % 24:02d}:{minute:02d}")


@meaning
def _clock(bound: Bound, _context: Context) -> v.Value | None:
    return _time(bound["hour"], bound.get("minute", 0), bound)


MEANINGS["clock_after_word"] = MEANINGS["clock"]


@meaning
def _clock_sure(bound: Bound, _context: Context) -> v.Value | None:
    """`drei Uhr` may be 15:00; `acht Uhr` is not 20:00."""
    return _time(bound["hour"], bound.get("minute", 0), bound)


@meaning
def _clock_night(bound: Bound, _context: Context) -> v.Value | None:
    return _time(bound["hour"], bound.get("minute", 0), {"part": "night"})


def _before(bound: Bound, minutes: int) -> v.Time | None:
    whole = _time(bound["hour"], 0, bound)
    if whole is None or not 0 < minutes < 60:
        return None
    at = (int(whole.time[:2]) * 60 - minutes) % 1440
    return v.Time(f"{at // 60:02d}:{at % 60:02d}")


MEANINGS.update(
    half_past=lambda bound, _: _time(bound["hour"], 30, bound),
    quarter_past=lambda bound, _: _time(bound["hour"], 15, bound),
    quarter_to=lambda bound, _: _before(bound, 15),
    half_to=lambda bound, _: _before(bound, 30),
    minutes_to=lambda bound, _: _before(bound, bound["minute"]),
    noon=lambda _bound, _context: v.Time("12:00"),
    midnight=lambda _bound, _context: v.Time("00:00"),
)


@meaning
def _minutes_past(bound: Bound, _context: Context) -> v.Value | None:
    return _time(bound["hour"], bound["minute"], bound) if 0 < bound["minute"] < 60 else None


# ---- moments -------------------------------------------------------------------------------------------------------


def _at(when: datetime) -> v.Moment:
    return v.Moment(when.strftime("%Y-%m-%dT%H:%M"))


def _later(count: Any, unit: str, context: Context) -> v.Value | None:
    seconds = float(count) * _SECONDS[unit]
    return _at(context.now + timedelta(seconds=seconds)) if abs(seconds) < 1e9 else None


MEANINGS.update(
    hours_from_now=lambda bound, context: _later(bound["count"], bound["unit"], context),
    hours_ago=lambda bound, context: _later(-bound["count"], bound["unit"], context),
    ninety_minutes_from_now=lambda _, context: _later(90, "minute", context),
    half_hour_from_now=lambda _, context: _later(30, "minute", context),
    half_hour_ago=lambda _, context: _later(-30, "minute", context),
    now=lambda _, context: _at(context.now),
)

# ---- durations -----------------------------------------------------------------------------------------------------


def _duration(*amounts: tuple[Any, str]) -> v.Duration | None:
    parts: dict[str, int] = {}
    for count, unit in amounts:
        whole = int(count)
        half = Decimal(count) - whole
        name, whole = ("week", 2 * whole) if unit == "fortnight" else (unit, whole)
        if half and (half != Decimal("0.5") or unit not in _HALVES):
            return None
        if whole:
            parts[name] = parts.get(name, 0) + whole
        if half:
            more, smaller = _HALVES[unit]
            parts[smaller] = parts.get(smaller, 0) + more
    if "week" in parts and len(parts) > 1:
        parts["day"] = parts.get("day", 0) + 7 * parts.pop("week")
    days = "".join(f"{parts[unit]}{unit[0].upper()}" for unit in _ORDER[:4] if unit in parts)
    hours = "".join(f"{parts[unit]}{unit[0].upper()}" for unit in _ORDER[4:] if unit in parts)
    if not parts or any(count > 9999 for count in parts.values()):
        return None
    return v.Duration(f"P{days}{'T' if hours else ''}{hours}")


MEANINGS.update(
    amount_of=lambda bound, _: _duration((bound["count"], bound["unit"])),
    amount_of_both=lambda bound, _: (
        _duration((bound["count"], bound["unit"]), (bound["more"], bound["other"]))
        if bound["unit"] != bound["other"]
        else None
    ),
    and_a_half=lambda bound, _: _duration((bound["count"] + Decimal("0.5"), bound["unit"])),
    half_of=lambda bound, _: _duration((Decimal("0.5"), bound["unit"])),
    quarter_hour=lambda _bound, _context: v.Duration("PT15M"),
    three_quarter_hours=lambda _bound, _context: v.Duration("PT45M"),
    half_hour=lambda _bound, _context: v.Duration("PT30M"),
    half_year=lambda _bound, _context: v.Duration("P6M"),
    fortnight=lambda _bound, _context: v.Duration("P2W"),
    an_hour_and_a_half=lambda _bound, _context: v.Duration("PT90M"),
)

# ---- money ---------------------------------------------------------------------------------------------------------


def plain(amount: Decimal) -> str:
    """Without an exponent and needless zeros: `12.5`, `1200`."""
    said = format(amount, "f")
    return said.rstrip("0").rstrip(".") if "." in said else said


def money_of(amount: Decimal, currency: str) -> v.Money | None:
    exact = amount.quantize(Decimal("0.01"))
    if exact != amount or abs(amount) >= Decimal(10) ** 15:
        return None
    return v.Money(format(exact, "f") if exact != int(exact) else str(int(exact)), currency)


def paired(pair: tuple[int, int]) -> Decimal:
    """`two fifty` is 250, `nineteen ninety nine` 19.99."""
    first, second = pair
    return Decimal(100 * first + second) if first < 10 else Decimal(first) + Decimal(second) / 100


@meaning
def _money(bound: Bound, context: Context) -> v.Value | None:
    amount = bound["amount"]
    if isinstance(amount, tuple):
        amount = paired(amount)
    return money_of(amount * bound.get("times", 1), bound.get("currency") or context.currency)


@meaning
def _money_and_cents(bound: Bound, context: Context) -> v.Value | None:
    cents = bound["cents"]
    if cents != int(cents) or not 0 <= cents < 100 or bound["amount"] != int(bound["amount"]):
        return None
    return money_of(bound["amount"] + Decimal(cents) / 100, bound.get("currency") or context.currency)


@meaning
def _cents(bound: Bound, context: Context) -> v.Value | None:
    return money_of(Decimal(bound["cents"]) / 100, bound["currency"] or context.currency)


@meaning
def _half_slang(bound: Bound, context: Context) -> v.Value | None:
    return money_of(Decimal(bound["times"]) / 2, bound.get("currency") or context.currency)
