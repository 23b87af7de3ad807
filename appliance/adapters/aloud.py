"""Having a text said and heard back: what `b2t agents test --speech` asks of the speech engines beside it.

The messages are here, for both sides; the engines' side is `services.inference.trying_aloud`. None is on a bus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Protocol

from pydantic import Field, TypeAdapter, ValidationError

from appliance.errors import Unavailable

ROUND_TRIP: Final = "b2t.inference.round_trip"
WITHIN_S: Final = 120.0


class _Asks(Protocol):
    async def request(self, subject: str, order: bytes, *, timeout_s: float) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody speaks: the voice, and how fast (1.0 is the voice's own pace)."""

    voice: str = "en-us"
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SayAloud:
    text: Annotated[str, Field(max_length=2000)]
    way: Way = Way()
    phrases: tuple[str, ...] = ()
    """What the recogniser is told to expect, as on the phone; with `digits`, rows of digits too, with
    `amounts` amounts of money."""
    digits: bool = False
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class HeardBack:
    heard: str
    """Empty where nothing was recognised."""
    seconds: float
    """Of speech."""


SAY: TypeAdapter[SayAloud] = TypeAdapter(SayAloud)
HEARD: TypeAdapter[HeardBack] = TypeAdapter(HeardBack)


async def said_aloud(engines: _Asks, say: SayAloud) -> HeardBack:
    """Raises Unavailable where the engines have nothing to say to it."""
    try:
        return HEARD.validate_json(await engines.request(ROUND_TRIP, SAY.dump_json(say), timeout_s=WITHIN_S))
    except ValidationError:
        raise Unavailable("The speech engines could not say or hear a text.") from None
