"""`b2t.inference.detect`, `.understand`, `.train`, `.measure`: text in, what is personal or meant in it out. Nothing is
kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any, Protocol

import structlog
from prometheus_client import Counter, Histogram
from pydantic import ValidationError

from appliance.adapters.inference import (
    DETECT,
    DETECTING,
    MEASURE,
    MEASURING,
    QUEUE,
    RESULT,
    TRAIN,
    TRAINING,
    UNDERSTAND,
    UNDERSTANDING,
    Detected,
    Measured,
    Problem,
    Result,
    Trained,
    Understood,
)
from appliance.adapters.nats import Bus
from appliance.agents.understood import Understood as Figures
from appliance.errors import B2TError
from appliance.events import Understanding
from appliance.ports import PersonalSpan
from services import faults

log = structlog.get_logger(__name__)

TOOK = Histogram(
    "b2t_inference_seconds",
    "Time an answer took",
    ["subject"],
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30),
)
FAILED = Counter("b2t_inference_failures", "Answers that were problems", ["subject", "code"])


class Detector(Protocol):
    def detect(self, text: str, language: str, *, expecting_secret: bool) -> list[PersonalSpan]: ...


class Versions(Protocol):
    def warm(self) -> None: ...

    def train(self, version: str, intents: Any, options: Any, typed: Any, engine: str, language: str) -> bool: ...

    def measure(self, draft: Any, published: Any, language: str) -> Figures: ...

    def personal(self, version: str, text: str, expects: Any, at: Any, locale: str) -> list[PersonalSpan]: ...

    def understand(self, version: str, text: str, expects: Any, at: Any, locale: str, among: Any) -> Understanding: ...


class Language:
    """The requests, each run off the loop. Training and measuring have threads of their own, so that they hold nothing
    up."""

    def __init__(self, detector: Detector, versions: Versions) -> None:
        self._detector, self._versions = detector, versions
        self._quick = ThreadPoolExecutor(2, "language")
        self._slow = ThreadPoolExecutor(1, "training")
        self._measuring = ThreadPoolExecutor(1, "measuring")

    @property
    def requests(self) -> dict[str, Callable[[bytes], Awaitable[Result]]]:
        return {DETECT: self.detect, UNDERSTAND: self.understand, TRAIN: self.train, MEASURE: self.measure}

    async def run(self, bus: Bus, serving: Callable[[], None]) -> None:
        """Serve until cancelled; `serving` is called once every subject is."""
        async with AsyncExitStack() as stack:
            for subject, work in self.requests.items():
                stop = await bus.serve(subject, answering(subject, work), queue=QUEUE)
                stack.push_async_callback(stop)
            stack.callback(self._quick.shutdown, wait=False, cancel_futures=True)
            stack.callback(self._slow.shutdown, wait=False, cancel_futures=True)
            stack.callback(self._measuring.shutdown, wait=False, cancel_futures=True)
            serving()
            await asyncio.get_running_loop().run_in_executor(self._slow, self._versions.warm)
            await asyncio.Event().wait()

    async def detect(self, request: bytes) -> Detected:
        order = DETECTING.validate_json(request)
        started = time.perf_counter()

        def work() -> list[PersonalSpan]:
            found = self._detector.detect(order.text, order.language, expecting_secret=order.expecting_secret)
            if order.version is None:
                return found
            named = self._versions.personal(order.version, order.text, order.expects, order.at, order.language)
            return with_named(found, named)

        spans = await asyncio.get_running_loop().run_in_executor(self._quick, work)
        faults.point("inference.detected")
        return Detected(tuple(spans), _ms_since(started))

    async def understand(self, request: bytes) -> Understood:
        order = UNDERSTANDING.validate_json(request)
        started = time.perf_counter()
        understanding = await asyncio.get_running_loop().run_in_executor(
            self._quick,
            self._versions.understand,
            order.version,
            order.text,
            order.expects,
            order.at,
            order.language,
            order.languages,
        )
        faults.point("inference.understood")
        return Understood(understanding, _ms_since(started))

    async def train(self, request: bytes) -> Trained:
        order = TRAINING.validate_json(request)
        started = time.perf_counter()
        learnt = (order.version, order.intents, order.entities, order.typed, order.engine, order.language)
        new = await asyncio.get_running_loop().run_in_executor(self._slow, self._versions.train, *learnt)
        log.info("version_trained", version=order.version, cached=not new)
        return Trained(order.version, _ms_since(started), cached=not new)

    async def measure(self, request: bytes) -> Measured:
        order = MEASURING.validate_json(request)
        started = time.perf_counter()
        asked = (order.draft, order.published, order.language)
        figures = await asyncio.get_running_loop().run_in_executor(self._measuring, self._versions.measure, *asked)
        log.info("version_measured", examples=figures.examples)
        return Measured(figures, _ms_since(started))


def with_named(found: list[PersonalSpan], named: list[PersonalSpan]) -> list[PersonalSpan]:
    """The detector's spans and those that the agent's entities name, which win where they hold all that a detector's
    span does; a secret stays one."""

    def within(one: PersonalSpan, other: PersonalSpan) -> bool:
        return other.start <= one.start and one.end <= other.end

    def meet(one: PersonalSpan, other: PersonalSpan) -> bool:
        return one.start < other.end and other.start < one.end

    taken = [
        one for one in named if all(within(other, one) and not other.secret for other in found if meet(one, other))
    ]
    kept = [one for one in found if not any(meet(one, other) for other in taken)]
    return sorted([*kept, *taken], key=lambda span: span.start)


def answering(subject: str, work: Callable[[bytes], Awaitable[Result]]) -> Callable[[bytes], Awaitable[bytes]]:
    async def answer(request: bytes) -> bytes:
        problem: Problem
        with TOOK.labels(subject).time():
            try:
                return RESULT.dump_json(await work(request))
            except ValidationError:
                problem = Problem("invalid", "The request is not understood.")
            except B2TError as error:
                problem = Problem(error.code, error.title, error.retryable)
            except Exception:
                log.exception("inference_failed", subject=subject)
                problem = Problem("unavailable", "The engine failed.", retryable=True)
        FAILED.labels(subject, problem.code).inc()
        return RESULT.dump_json(problem)

    return answer


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
