"""A candidate worse than its budget is taken back soon; one within it hardly ever, however often one looks."""

from __future__ import annotations

import random

import pytest

from appliance.agents.canary import ALPHA, Counts, interval, judge
from appliance.agents.definition import CanaryBudget

BUDGET = CanaryBudget(containment=0.05, errors=0.02, slow=0.05, least=20)
RUNS, LONG, LOOK_EVERY = 120, 200, 5


def taken_back_after(seed: int, stable: float, candidate: float) -> int | None:
    """Conversations of the candidate until it is taken back, a half going to each."""
    chance = random.Random(seed)
    before, now = Counts(), Counts()
    while now.ended < LONG:
        if chance.random() < 0.5:
            before = before.plus(contained=chance.random() < stable, failed=False, slow=False)
        else:
            now = now.plus(contained=chance.random() < candidate, failed=False, slow=False)
        if now.ended % LOOK_EVERY == 0 and judge(before, now, BUDGET).worse is not None:
            return now.ended
    return None


@pytest.mark.parametrize(("stable", "candidate"), [(0.7, 0.7), (0.7, 0.65), (0.95, 0.95)])
def test_a_candidate_within_its_budget_stays(stable: float, candidate: float) -> None:
    alarms = sum(taken_back_after(seed, stable, candidate) is not None for seed in range(RUNS // 3))
    assert alarms / (RUNS // 3) <= ALPHA


def test_a_much_worse_one_goes_soon() -> None:
    after = [taken_back_after(seed, 0.8, 0.3) for seed in range(20)]
    assert None not in after
    assert sorted(one or 0 for one in after)[10] <= 80


def test_the_interval_holds_the_true_share_at_every_moment() -> None:
    """Looked at after each of many tries: Ville's inequality is about all of them at once."""
    missed = 0
    for seed in range(100):
        chance, successes = random.Random(seed), 0
        for tries in range(1, 61):
            successes += chance.random() < 0.3
            low, high = interval(successes, tries, 0.1)
            if not low <= 0.3 <= high:
                missed += 1
                break
    assert missed <= 10


@pytest.mark.parametrize(("successes", "tries"), [(0, 0), (0, 30), (30, 30), (7, 30), (1, 100_000)])
def test_an_interval_is_within_the_scale_and_around_what_was_seen(successes: int, tries: int) -> None:
    low, high = interval(successes, tries, 0.01)
    assert 0 <= low <= (successes / tries if tries else 0.5) <= high <= 1


def test_each_question_is_asked_and_none_before_there_is_enough() -> None:
    good = Counts(200, 180, 0, 0)
    bad = {
        "containment": Counts(200, 20, 0, 0),
        "errors": Counts(200, 180, 150, 0),
        "slow": Counts(200, 180, 0, 150),
    }
    assert {name: judge(good, counts, BUDGET).worse for name, counts in bad.items()} == {name: name for name in bad}
    assert judge(good, good, BUDGET).worse is None
    assert judge(good, Counts(19, 0, 19, 19), BUDGET).worse is None
    assert judge(Counts(19, 19, 0, 0), Counts(200, 0, 200, 200), BUDGET).worse is None
    assert judge(good, bad["errors"], CanaryBudget(errors=1)).worse is None
