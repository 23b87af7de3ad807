"""The HTTP that the console asks for, from invented records instead of a box. Routes for `FakeGateway`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery

Answer = dict[str, Any]
PASSWORD = "correct horse battery 1"
SETUP_TOKEN = "setup-token-of-this-start"
STAGES = {"redacted": 4.1, "understood": 9.6, "decided": 1.2, "recorded": 2.4}
SPOKEN = {"endpoint": 310.0, "recognised": 96.0, **STAGES, "first_audio": 41.0, "heard_until": 3900.0}
SPOKEN["voice_to_voice"] = 464.3


def problem(status: int, code: str, title: str) -> Response[Answer]:
    body = {"type": f"urn:b2t:problem:{code}", "title": title, "status": status, "code": code, "retryable": False}
    return Response(body, status_code=status, media_type="application/problem+json")


def conversation(number: int) -> Answer:
    outcome = (None, "contained", "transferred", "abandoned", "continued")[number % 5]
    return {
        "conversation": f"c{number:03d}",
        "agent": "banking",
        "version": "sha256:3f0c9a2b71d4",
        "channels": ["phone"] if number % 3 else ["chat", "phone"],
        "started": f"2026-11-21T{8 + number // 6 % 12:02d}:{number % 6}3:07.120Z",
        "ended": None if outcome is None else f"2026-11-21T{8 + number // 6 % 12:02d}:{number % 6}5:41.000Z",
        "outcome": outcome,
        "reason": None if outcome is None else "goodbye",
        "turns": number % 7 + 1,
    }


def period(day: str, last: str, conversations: int) -> Answer:
    intents = {"balance": 41, "none": 9, "card_lost": 7, "opening_hours": 4}
    waits = {"recognised": (96.0, 180.0), "redacted": (4.1, 9.2), "understood": (9.6, 14.3), "decided": (1.2, 2.0)}
    waits |= {"endpoint": (310.0, 420.0), "first_audio": (41.0, 66.0), "voice_to_voice": (464.0, 1240.0)}
    return {
        "first_day": day,
        "last_day": last,
        "conversations": conversations,
        "channels": {"chat": conversations // 3, "phone": conversations - conversations // 3},
        "outcomes": {"contained": conversations // 2, "transferred": conversations // 5},
        "containment": None if conversations == 0 else 0.714,
        "turns": conversations * 4,
        "top_intents": [{"intent": name, "turns": turns} for name, turns in intents.items()],
        "latency": [
            {"stage": stage, "count": conversations * 4, "p50_ms": p50, "p95_ms": p95}
            for stage, (p50, p95) in waits.items()
        ],
    }


@dataclass(slots=True)
class Console:
    """A box with one account, some conversations and a few keys."""

    signed_in: bool = False
    set_up: bool = False
    conversations: int = 60
    keys: list[Answer] = field(default_factory=list)
    failing: dict[str, Response[Answer]] = field(default_factory=dict)
    """Path to the problem it answers with from now on."""
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rights = ["conversations.take_part", "agents.read"]
        made = {"created_at": "2026-11-02T09:30:00Z", "expires_at": None, "used_at": None}
        self.keys.append({"id": "k1", "name": "Nightly report", "rights": rights, **made})

    def routes(self) -> list[Any]:
        return [*self._entrance(), *self._records(), *self._api_keys()]

    def _refused(self, request: Request[Any, Any, Any]) -> Response[Answer] | None:
        self.asked.append(str(request.url))
        if not self.signed_in:
            return problem(401, "not-signed-in", "Sign in or send an API key first.")
        return self.failing.get(request.url.path)

    def _entrance(self) -> list[Any]:
        me = {"name": "admin", "role": "administrator"}

        @get("/v1/session")
        async def session(request: Request[Any, Any, Any]) -> Response[Answer]:
            return self._refused(request) or Response(me)

        @post("/v1/session", status_code=200)
        async def sign_in(request: Request[Any, Any, Any]) -> Response[Answer]:
            given = await request.json()
            if given != {"name": "admin", "password": PASSWORD}:
                return problem(401, "sign-in-failed", "The name or the password is wrong, or the account is locked.")
            self.signed_in = True
            return Response(me, status_code=200)

        @delete("/v1/session", status_code=204)
        async def sign_out() -> None:
            self.signed_in = False

        @post("/v1/setup", status_code=200)
        async def set_up(request: Request[Any, Any, Any]) -> Response[Any]:
            given = await request.json()
            if given["token"] != SETUP_TOKEN:
                return problem(403, "denied", "This setup link is not valid any more.")
            self.set_up = given["name"] == "admin" and given["password"] == PASSWORD
            return Response(None, status_code=204)

        return [session, sign_in, sign_out, set_up]

    def _records(self) -> list[Any]:
        @get("/v1/conversations")
        async def conversations(
            request: Request[Any, Any, Any], limit: FromQuery[int] = 50, before: FromQuery[int] = 10**6
        ) -> Response[Answer]:
            numbers = [number for number in range(self.conversations, 0, -1) if number < before][:limit]
            page = {"conversations": [conversation(number) for number in numbers]}
            more = numbers[-1] if len(numbers) == limit else None
            return self._refused(request) or Response({**page, "next": more})

        @get("/v1/conversations/{name:str}")
        async def one(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Answer]:
            return self._refused(request) or Response(told(name))

        @get("/v1/insights/summary")
        async def summary(request: Request[Any, Any, Any], days: FromQuery[int] = 7) -> Response[Answer]:
            counts = [11, 34, 0, 27, 41, 19, 8][:days]
            listed = [period(f"2026-11-{22 - n:02d}", f"2026-11-{22 - n:02d}", count) for n, count in enumerate(counts)]
            total = period("2026-11-16", "2026-11-22", sum(counts))
            answer = {"today": listed[0], "total": total, "days": listed, "taken": 900, "kind": "summary"}
            return self._refused(request) or Response(answer)

        @get("/v1/agents")
        async def agents(request: Request[Any, Any, Any]) -> Response[Answer]:
            deployed = {"numbers": ["1000"], "widgets": ["demo"]}
            banking = {"name": "banking", "title": "Example Bank", "version": "sha256:3f0c9a2b71d4"}
            return self._refused(request) or Response({"agents": [{**banking, "deployments": deployed}]})

        return [conversations, one, summary, agents]

    def _api_keys(self) -> list[Any]:
        @get("/v1/api-keys")
        async def keys(request: Request[Any, Any, Any]) -> Response[Answer]:
            return self._refused(request) or Response({"keys": self.keys})

        @post("/v1/api-keys", status_code=201)
        async def make(request: Request[Any, Any, Any]) -> Response[Answer]:
            given = await request.json()
            made = {"created_at": "2026-11-22T10:00:00Z", "expires_at": None, "used_at": None}
            key = {"id": f"k{len(self.keys) + 1}", "name": given["name"], "rights": given["rights"], **made}
            self.keys.insert(0, key)
            secret = {"key": "b2t_k2_9w7Yc0mQ1vXe5nT8rLpZ3sKd6hUf4gJa"}
            return self._refused(request) or Response({**key, **secret}, status_code=201)

        @delete("/v1/api-keys/{name:str}", status_code=200)
        async def revoke(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
            self.keys[:] = [key for key in self.keys if key["id"] != name]
            return self._refused(request) or Response(None, status_code=204)

        return [keys, make, revoke]


def told(name: str) -> Answer:
    def line(kind: str, turn: str | None, text: str, **more: Any) -> Answer:
        empty: Answer = {"modality": None, "intent": None, "stages": {}}
        return {"sequence": 40, "kind": kind, "turn": turn, "text": text, **empty, **more}

    lines = [
        line("reply", None, "Welcome to Example Bank. How can I help you?"),
        line("said", "t1", "what is on my checking account", modality="speech", intent="balance", stages=SPOKEN),
        line("reply", "t1", "Please say or key in your customer number."),
        line("said", "t2", "<CUSTOMER_1>", modality="keys", stages=STAGES),
        line("reply", "t2", "Your checking account holds <MONEY_1>."),
    ]
    return {**conversation(4), "conversation": name, "lines": lines}
