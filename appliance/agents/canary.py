"""Whether a candidate is worse than the version in use by more than its budget: decided while conversations come in.

Each conversation that has ended says yes or no three times: did it need no person, did a connector's call fail, was a
turn slow. For each version and question a confidence sequence (a beta-binomial mixture; Robbins 1970) holds the true
share at every moment at once with probability 1 - ALPHA/6, so that one may look after each conversation: by Ville's
inequality a candidate within its budget is ever taken back with a probability of at most ALPHA.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import lgamma, log
from typing import Final, Literal

from appliance.agents.definition import CanaryBudget

ALPHA: Final = 0.05
BOUNDS: Final = 6
"""Two versions, three questions."""
Question = Literal["containment", "errors", "slow"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one version, conversations that have ended."""

    ended: int = 0
    contained: int = 0
    failed: int = 0
    slow: int = 0

    def plus(self, *, contained: bool, failed: bool, slow: bool) -> Counts:
        return Counts(self.ended + 1, self.contained + contained, self.failed + failed, self.slow + slow)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`worse` names the question that the candidate failed; None: nothing speaks against it so far."""

    worse: Question | None
    bounds: Mapping[Question, tuple[float, float]]
    """By how much the candidate is worse, at least and at most."""


def judge(stable: Counts, candidate: Counts, budget: CanaryBudget) -> Verdict:
    questions: dict[Question, tuple[int, int, float]] = {
        "containment": (stable.ended - stable.contained, candidate.ended - candidate.contained, budget.containment),
        "errors": (stable.failed, candidate.failed, budget.errors),
        "slow": (stable.slow, candidate.slow, budget.slow),
    }
    bounds: dict[Question, tuple[float, float]] = {}
    worse: Question | None = None
    for question, (bad_before, bad_now, allowed) in questions.items():
        low_before, high_before = interval(bad_before, stable.ended, ALPHA / BOUNDS)
        low_now, high_now = interval(bad_now, candidate.ended, ALPHA / BOUNDS)
        bounds[question] = (low_now - high_before, high_now - low_before)
        if worse is None and low_now - high_before > allowed:
            worse = question
    enough = min(stable.ended, candidate.ended) >= budget.least
    return Verdict(worse if enough else None, bounds)


def interval(successes: int, tries: int, alpha: float) -> tuple[float, float]:
    """Where the true share is, whenever one looks, with probability 1 - alpha."""
    if tries == 0:
        return 0.0, 1.0
    share = successes / tries
    return _edge(successes, tries, alpha, share, 0.0), _edge(successes, tries, alpha, share, 1.0)


def _edge(successes: int, tries: int, alpha: float, inside: float, outside: float) -> float:
    """Between a share that is held and an end of the scale: where evidence against it reaches 1/alpha."""
    if _evidence(successes, tries, outside) < -log(alpha):
        return outside
    for _ in range(30):
        middle = (inside + outside) / 2
        if _evidence(successes, tries, middle) < -log(alpha):
            inside = middle
        else:
            outside = middle
    return outside


def _evidence(successes: int, tries: int, share: float) -> float:
    """Log of the mixture's likelihood over that of `share`; a martingale where `share` is the true one."""
    failures = tries - successes
    if (share <= 0 and successes) or (share >= 1 and failures):
        return float("inf")
    prior = lgamma(1.0) - 2 * lgamma(0.5)
    mixed = prior + lgamma(successes + 0.5) + lgamma(failures + 0.5) - lgamma(tries + 1.0)
    likely = (successes * log(share) if successes else 0.0) + (failures * log(1 - share) if failures else 0.0)
    return mixed - likely
