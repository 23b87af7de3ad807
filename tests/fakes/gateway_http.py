"""The HTTP that the console asks for, from invented records instead of a box. Routes for `FakeGateway`."""

from __future__ import annotations

import asyncio
import io
import math
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery

from appliance.access.rights import ROLES, Right

Answer = dict[str, Any]
PASSWORD = "correct horse battery 1"
SETUP_TOKEN = "setup-token-of-this-start"
INVITATION = "invitation-of-" + "x" * 29
STAGES = {"redacted": 4.1, "understood": 9.6, "decided": 1.2, "recorded": 2.4}
SPOKEN = {"endpoint": 310.0, "recognised": 96.0, **STAGES, "first_audio": 41.0, "heard_until": 3900.0}
SPOKEN["voice_to_voice"] = 464.3
IN_USE = "2e49e7d1c05ba8f63f0c9a2b71d4e8aa"
NEWER = "9b1bdf72a07bac431b3b0b56c4182e8e"
OLDER = "5d0c6f1d2e3a4b5c6d7e8f9a0b1c2d3e"
FRONT_DESK = "c41b7d0a9e2f4c6b8d1e3f5a7b9c0d2e"
"""Of an agent that is published and answers nowhere yet."""
TARGETS: dict[str, Answer] = {
    "agent:banking": {"agent": "banking", "version": IN_USE, "canary": None, "before": []},
    "agent:sales": {"agent": "sales", "version": OLDER, "canary": None, "before": []},
    "number:1000": {"agent": "banking", "version": IN_USE, "canary": None, "before": [OLDER]},
    "number:2000": {"agent": "sales", "version": OLDER, "canary": None, "before": []},
    "widget:demo": {"agent": "banking", "version": IN_USE, "canary": None, "before": [OLDER]},
}
WHY: Answer = {
    "conversation": "c004",
    "turn": "t1",
    "number": 1,
    "sequence": 41,
    "at": "2026-11-21T10:03:07.120Z",
    "modality": "speech",
    "confidence": 0.94,
    "intent": "balance",
    "intent_confidence": 0.913,
    "candidates": [["balance", 0.913], ["card_lost", 0.042], ["none", 0.021]],
    "entities": [{"kind": "account", "value": "checking", "role": None, "confidence": 0.99}],
    "also": [["opening_hours", 0.61]],
    "nearest": [{"text": "how much is in my account", "intent": "balance", "similarity": 0.88}],
    "language": "en",
    "language_confidence": 0.99,
    "sentiment": 0.1,
    "anger": 0.0,
    "rule": "flow_started",
    "about": {"flow": "balance"},
    "then": ["slot_asked"],
    "stack_before": [],
    "stack_after": ["balance/ask_customer"],
    "citations": ["fees.md#1"],
    "understood_by": None,
    "worded": None,
    "happened": ["flow balance started (intent)", "step balance/ask_customer"],
}


PEOPLE: dict[str, tuple[str, str, str]] = {
    "dz37sugnve26xca6geuxpazcc7": ("admin", "administrator", "active"),
    "k3c5w2xq7m4p6r2t5v7y3a6b4d": ("alex.rivera@example.com", "compliance", "active"),
    "m5e7y4zs2n6q3t5v7x2a4c6d3f": ("jordan", "supervisor", "active"),
    "n6f2z5at3p7r4u6w2y3b5d7e4g": ("robin", "designer", "locked"),
    "p7g3a6bu4q2s5v7x3z4c6e2f5h": ("sam", "member", "invited"),
}
"""Name, role and state by id."""


def account(id: str, name: str, role: str, state: str) -> Answer:
    waits = state in ("invited", "lapsed")
    return {
        "id": id,
        "name": name,
        "role": role,
        "state": state,
        "yours": name == "admin",
        "created_at": "2026-11-02T09:30:00+00:00",
        "signed_in_at": None if waits else "2026-11-21T16:04:00+00:00",
        "invited_until": "2026-11-24T09:30:00+00:00" if waits else None,
        "tries_until": None,
    }


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
    """Path, or method and path, to the problem it answers with from now on."""
    asked: list[str] = field(default_factory=list)
    rights: list[str] = field(default_factory=lambda: [str(right) for right in Right])
    targets: dict[str, Answer] = field(default_factory=lambda: {name: dict(at) for name, at in TARGETS.items()})
    changes: list[Answer] = field(default_factory=list)
    ordered: list[Answer] = field(default_factory=list)
    """What was deployed and rolled back, as it was asked."""
    counted: list[str] = field(default_factory=list)
    """Where a share has been: as on a box, that it has ended is heard of later."""
    asked_accesses: list[tuple[str | None, str | None]] = field(default_factory=list)
    accesses_a_page: int = 50
    emergencies: Answer | None = field(default_factory=lambda: {"open": 1, "unreviewed": 2})
    recorded: bool = True
    people: dict[str, Answer] = field(default_factory=lambda: {id: account(id, *about) for id, about in PEOPLE.items()})
    accepted: list[str] = field(default_factory=list)
    """Passwords set with the invitation, or changed to."""
    busy: threading.Event | None = None
    """Changes wait for it."""

    def __post_init__(self) -> None:
        rights = ["conversations.take_part", "agents.read"]
        made = {"created_at": "2026-11-02T09:30:00Z", "expires_at": None, "used_at": None}
        self.keys.append({"id": "k1", "name": "Nightly report", "rights": rights, **made})

    def routes(self) -> list[Any]:
        records = [*self._records(), *self._explained(), *self._versions()]
        return [*self._entrance(), *self._invitation(), *records, *self._api_keys(), *self._accounts()]

    def _refused(self, request: Request[Any, Any, Any]) -> Response[Answer] | None:
        self.asked.append(str(request.url))
        if not self.signed_in:
            return problem(401, "not-signed-in", "Sign in or send an API key first.")
        path = request.url.path
        return self.failing.get(path) or self.failing.get(f"{request.method} {path}")

    def _entrance(self) -> list[Any]:
        me = {"name": "admin", "role": "administrator", "rights": self.rights}

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

    def _invitation(self) -> list[Any]:
        @post("/v1/invitation", status_code=200)
        async def look(request: Request[Any, Any, Any]) -> Response[Answer]:
            if (await request.json()) != {"token": INVITATION}:
                return problem(403, "denied", "This invitation is not valid any more.")
            return Response({"name": "admin", "role": "supervisor"}, status_code=200)

        @post("/v1/invitation/password", status_code=200)
        async def accept(request: Request[Any, Any, Any]) -> Response[Answer]:
            given = await request.json()
            if given["token"] != INVITATION:
                return problem(403, "denied", "This invitation is not valid any more.")
            self.accepted.append(given["password"])
            return Response({"name": "admin", "role": "supervisor"}, status_code=200)

        @post("/v1/session/password", status_code=200)
        async def change(request: Request[Any, Any, Any]) -> Response[Any]:
            given = await request.json()
            if given["current"] != PASSWORD:
                return problem(403, "wrong-password", "The current password is wrong.")
            self.accepted.append(given["new"])
            return self._refused(request) or Response(None, status_code=204)

        return [look, accept, change]

    def _accounts(self) -> list[Any]:
        roles = [{"role": str(role), "rights": sorted(rights)} for role, rights in ROLES.items()]

        @get("/v1/accounts")
        async def listed(request: Request[Any, Any, Any]) -> Response[Answer]:
            people = sorted(self.people.values(), key=lambda one: str(one["name"]))
            return self._refused(request) or Response({"accounts": people, "removed": [], "roles": roles})

        @post("/v1/accounts", status_code=201)
        async def invite(request: Request[Any, Any, Any]) -> Response[Answer]:
            given = await request.json()
            if any(one["name"] == given["name"] for one in self.people.values()):
                return problem(409, "name-taken", "There is an account of this name already.")
            id = f"q{len(self.people)}" + "a" * 24
            self.people[id] = account(id, given["name"], given["role"], "invited")
            return self._refused(request) or Response(self._linked(request, id), status_code=201)

        @post("/v1/accounts/{id:str}/{verb:str}", status_code=200)
        async def change(request: Request[Any, Any, Any], id: FromPath[str], verb: FromPath[str]) -> Response[Answer]:
            refused, one = self._refused(request), self.people[id]
            if refused is not None:
                return refused
            if verb == "role":
                one["role"] = (await request.json())["role"]
            elif verb == "reset":
                self.people[id] = account(id, one["name"], one["role"], "invited")
                return Response(self._linked(request, id))
            else:
                one["state"] = {"lock": "locked", "unlock": "active"}[verb]
            return Response(one)

        @delete("/v1/accounts/{id:str}", status_code=200)
        async def remove(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[Any]:
            refused = self._refused(request)
            if refused is None:
                del self.people[id]
            return refused or Response(None, status_code=204)

        return [listed, invite, change, remove]

    def _linked(self, request: Request[Any, Any, Any], id: str) -> Answer:
        link = f"{request.url.scheme}://{request.url.netloc}/invitation#{INVITATION}"
        return {"account": self.people[id], "link": link, "expires_at": "2026-11-24T09:30:00+00:00"}

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
            answer = {"today": listed[0], "total": total, "days": listed, "break_glass": self.emergencies}
            return self._refused(request) or Response(answer)

        @get("/v1/agents")
        async def agents(request: Request[Any, Any, Any]) -> Response[Answer]:
            deployed = {"numbers": ["1000"], "widgets": ["demo"]}
            banking = {"name": "banking", "title": "Example Bank", "version": "sha256:3f0c9a2b71d4", "state": "answers"}
            front = any(one["agent"] == "front_desk" for one in self.targets.values())
            waiting = {"name": "front_desk", "title": "Front Desk", "version": FRONT_DESK}
            waiting |= {"state": "answers" if front else "published", "deployments": {"numbers": [], "widgets": []}}
            return self._refused(request) or Response({"agents": [{**banking, "deployments": deployed}, waiting]})

        return [conversations, one, summary, agents]

    def _explained(self) -> list[Any]:
        @get("/v1/conversations/{name:str}/turns/{turn:str}/why")
        async def why(request: Request[Any, Any, Any], name: FromPath[str], turn: FromPath[str]) -> Response[Answer]:
            modelled = {"understood_by": "model", "worded": "phrased", "candidates": []} if turn == "t2" else {}
            return self._refused(request) or Response({**WHY, "conversation": name, "turn": turn, **modelled})

        @get("/v1/conversations/{name:str}/recordings")
        async def recordings(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Answer]:
            found = [{"leg": "l1", "seconds": 84.3}] if self.recorded else []
            return self._refused(request) or Response({"recordings": found})

        @get("/v1/conversations/{name:str}/recordings/{leg:str}")
        async def recording(request: Request[Any, Any, Any], name: FromPath[str], leg: FromPath[str]) -> Response[Any]:
            return self._refused(request) or Response(tone(), media_type="audio/wav")

        @get("/v1/conversations/{name:str}/unredactions")
        async def unredactions(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Answer]:
            states = {"two-person": "waiting", "break-glass": "unreviewed"}
            found = [unredaction(name, kind, state) for kind, state in states.items()]
            return self._refused(request) or Response({"requests": found})

        @get("/v1/unredactions")
        async def all_unredactions(request: Request[Any, Any, Any]) -> Response[Answer]:
            group, before = request.query_params.get("group"), request.query_params.get("before")
            self.asked_accesses.append((group, before))
            found = [one for one in accesses() if group in (None, ACCESS_GROUPS[one["state"]])]
            first = next((at + 1 for at, one in enumerate(found) if one["id"] == before), 0)
            page = found[first : first + self.accesses_a_page]
            more = len(found) > first + len(page)
            return self._refused(request) or Response({"requests": page, "next": page[-1]["id"] if more else None})

        return [why, recordings, recording, unredactions, all_unredactions]

    def _versions(self) -> list[Any]:
        @get("/v1/agents/{name:str}/versions")
        async def versions(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Answer]:
            if name == "front_desk":
                first = {**version(FRONT_DESK, 22, 31), "agent": name}
                return self._refused(request) or Response({"agent": name, "versions": [first]})
            if name != "banking":
                return problem(404, "unknown", "There is no such agent.")
            listed = [version(NEWER, 22, 116), version(IN_USE, 14, 112), {**version(OLDER, 2, 0), **UNTRIED}]
            for one in listed:
                one["deployed"] = list(self._where(one["version"]))
            return self._refused(request) or Response({"agent": name, "versions": listed})

        @get("/v1/deployments")
        async def deployments(request: Request[Any, Any, Any]) -> Response[Answer]:
            return self._refused(request) or Response(self._deployments())

        @post("/v1/deployments", status_code=201)
        async def deploy(request: Request[Any, Any, Any]) -> Response[Answer]:
            given = await self._ordered(request)
            refused = self._refused(request)
            if refused is None:
                self._deploy(given)
            return refused or Response(self._deployments(), status_code=201)

        @post("/v1/deployments/rollback", status_code=201)
        async def roll_back(request: Request[Any, Any, Any]) -> Response[Answer]:
            given = await self._ordered(request)
            refused = self._refused(request)
            if refused is None:
                for at in (self.targets[name] for name in given["to"]):
                    if at["canary"] is not None:
                        at["canary"] = None
                    else:
                        at["version"], *at["before"] = at["before"]
            return refused or Response(self._deployments(), status_code=201)

        return [versions, deployments, deploy, roll_back]

    async def _ordered(self, request: Request[Any, Any, Any]) -> Answer:
        given: Answer = await request.json()
        self.ordered.append(given)
        if self.busy is not None:
            await asyncio.to_thread(self.busy.wait, 30)
        return given

    def _deploy(self, given: Answer) -> None:
        named, share = {"agent": given["agent"], "version": given["version"]}, given.get("share")
        made = {"by": "account:0f1e2d3c4b5a", "at": "2026-11-22T10:00:00+00:00", "reason": None, "to": given["to"]}
        what = "deployed" if share is None else "canary_started"
        self.changes.insert(0, {"id": given["id"], "what": what, **made, **named})
        for name in given["to"]:
            at = self.targets.setdefault(name, {"version": None, "before": []})
            if share is None:
                before = [at["version"], *at["before"]] if at["version"] else []
                at.update(named, canary=None, before=before)
            else:
                at["canary"] = {"version": given["version"], "share": share}
                self.counted = sorted({*self.counted, name})

    def _where(self, version: str) -> Iterator[str]:
        for name, at in sorted(self.targets.items()):
            if at["agent"] == "banking" and at["version"] == version:
                yield name
            elif at["canary"] is not None and at["canary"]["version"] == version:
                yield f"{name} ({at['canary']['share']} %)"

    def _deployments(self) -> Answer:
        compared = {
            "agent": "banking",
            "to": self.counted,
            "stable": {"version": IN_USE, "ended": 180, "contained": 131, "failed": 2, "slow": 0},
            "candidate": {"version": NEWER, "ended": 21, "contained": 16, "failed": 0, "slow": 1},
            "worse_by": {"containment": [-0.31, 0.22], "errors": [-0.05, 0.19], "slow": [-0.02, 0.28]},
            "least": 20,
        }
        canaries = [compared] if self.counted else []
        return {"revision": 7, "targets": self.targets, "changes": self.changes, "canaries": canaries}

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


UNTRIED: Answer = {"tests": None, "reason": "an urgent repair", "by": "account:0f1e2d3c4b5a"}


def version(name: str, day: int, passed: int) -> Answer:
    tests = {"version": name, "passed": passed, "failed": 0, "written": passed, "steps": 40, "steps_reached": 40}
    made = {"by": "operator", "at": f"2026-11-{day:02d}T09:00:00+00:00", "reason": None, "deployed": []}
    signed = {"content": name * 2, "key": "4f" * 8, "signature": "c2lnbmVk"}
    return {"agent": "banking", "version": name, **made, **signed, "tests": {**tests, "ways": 9, "ways_gone": 9}}


def unredaction(conversation: str, kind: str, state: str) -> Answer:
    asked = {"asked_by": "4f0c2ab91d33e871", "asked_at": "2026-11-21T11:00:00Z", "reason": "T-1", "minutes": 60}
    nobody = {"decided_by": None, "decided_at": None, "withdrawn_by": None, "acknowledged_by": None}
    ends = {"readable_until": None if state == "waiting" else "2026-11-21T11:15:00Z"}
    known = {"id": f"5b0c6f1d2e3a4b5c{len(kind)}", "conversation": conversation, "kind": kind, "state": state}
    return {**known, **asked, **nobody, **ends}


ACCESS_GROUPS = {
    **dict.fromkeys(("waiting", "unreviewed"), "pending"),
    **dict.fromkeys(("approved", "open"), "active"),
    **dict.fromkeys(("over", "reviewed", "denied"), "past"),
}


def accesses() -> list[Answer]:
    """One in each state, of conversations of its own; what is open ends in 42 minutes."""
    ends = (datetime.now(UTC) + timedelta(minutes=41, seconds=30)).isoformat(timespec="seconds").replace("+00:00", "Z")
    found = []
    for number, state in enumerate(ACCESS_GROUPS):
        kind = "break-glass" if state in ("open", "unreviewed", "reviewed") else "two-person"
        one = unredaction(f"7f3c0d9a52b84a0f9c1d6e2b7a5f4e3{number}", kind, state)
        one |= {"id": f"5b0c6f1d2e3a4b5c0{number}", "reason": f"T-{4711 + number}"}
        if state in ("approved", "over", "denied"):
            one |= {"decided_by": "91d33e8714f0c2ab", "decided_at": "2026-11-21T11:05:00Z"}
        if state == "reviewed":
            one |= {"acknowledged_by": "91d33e8714f0c2ab"}
        if state in ("approved", "open"):
            one |= {"readable_until": ends}
        found.append(one)
    return found


def tone() -> bytes:
    """A second of 440 Hz, WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        samples = (int(4000 * math.sin(2 * math.pi * 440 * n / 8000)) for n in range(8000))
        sound.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
    return file.getvalue()


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
