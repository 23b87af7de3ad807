from __future__ import annotations

from appliance.access.limits import Meter, Rate, RateLimit


def test_a_burst_then_the_rate() -> None:
    limit = RateLimit(Rate(burst=3, per_second=0.5))
    assert [limit.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 2]
    assert limit.take("b", 0.0) == 0
    assert limit.take("a", 1.0) == 1
    assert limit.take("a", 2.0) == 0
    assert limit.take("a", 2.0) == 2


def test_it_never_saves_up_more_than_the_burst() -> None:
    limit = RateLimit(Rate(burst=2, per_second=1))
    limit.take("a", 0.0)
    assert [bool(limit.take("a", 1000.0)) for _ in range(3)] == [False, False, True]


def test_it_remembers_a_bounded_number() -> None:
    limit = RateLimit(Rate(burst=1, per_second=0.001), capacity=100)
    for number in range(1000):
        limit.take(str(number), 0.0)
    assert len(limit._buckets) == 100
    assert limit.take("999", 0.0) > 0


def test_a_meter_is_the_same_for_one() -> None:
    meter = Meter(Rate(burst=2, per_second=1), 0.0)
    assert [meter.take(0.0), meter.take(0.0), meter.take(0.0), meter.take(1.0)] == [True, True, False, True]
