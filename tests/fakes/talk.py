"""A party that talks to `decide` directly: what it says goes in, what it hears comes out, and every step is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from appliance import events as e
from appliance.agents.definition import Agent
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.conversation.deciding import decide
from appliance.conversation.drafting import Context, Decision, Ids
from appliance.conversation.folding import apply_batch, fold
from appliance.conversation.following import CallConnector, SendOn, follows
from appliance.conversation.state import State
from tests.fakes.understanding import understand

BANKING = load_agent(TEMPLATES / "banking")
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class OpenSealer:
    """Seals nothing, so that tests read what is said."""

    def seal_text(self, place: str, text: str) -> e.Sealed:
        return e.Sealed("redacted", f"{place}|{text}")

    def unseal_text(self, place: str, sealed: e.Sealed) -> str:
        assert sealed.box.startswith(f"{place}|")
        return sealed.box.removeprefix(f"{place}|")


@dataclass
class Talk:
    agent: Agent = BANKING.agent
    channel: e.Channel = e.Channel.CHAT
    conversation: str = "c1"
    now: datetime = START
    batches: list[e.Batch] = field(default_factory=list)
    ports: frozenset[str] = frozenset()
    """What there is to be asked about a turn."""
    orders: list[CallConnector | SendOn] = field(default_factory=list)
    _inputs: int = 0

    def __post_init__(self) -> None:
        self.state = State(self.conversation)

    # -- what the party does, each giving what it hears ---------------------------------------------------------------

    def start(self) -> str:
        return self.put(e.Start(**self._of("leg1"), channel=self.channel, widget="demo"))

    def say(self, text: str, *, leg: str = "leg1", understanding: e.Understanding | None = None) -> str:
        given = e.Said(**self._of(leg), modality=e.Modality.TEXT, text="")
        references = tuple(
            e.Reference(name, name.rpartition("_")[0], digits=self.digits.get(name))
            for name in re.findall(r"<([A-Z_]+_[0-9]+)>", text)
        )
        sealed = e.Sealed("redacted", text)
        stored = e.Stored(input=given, text=sealed, references=references)
        return self.put(stored, understanding or understand(self.agent, text))

    digits: dict[str, int] = field(default_factory=lambda: {"NUMBER_1": 8, "NUMBER_2": 5, "NUMBER_3": 8})

    def key(self, name: str, digits: int, leg: str = "leg1") -> str:
        reference = e.Reference(name, "NUMBER", digits=digits)
        return self.put(e.Stored(input=e.Keyed(**self._of(leg), digits=""), references=(reference,)))

    def capture(self, outcome: Any = "valid", capture: str | None = None) -> str:
        return self.put(e.Captured(**self._of("leg1"), capture=capture or self.capturing(), outcome=outcome))

    def returns(self, outcome: str, call: str | None = None, **values: e.Reference) -> str:
        call = call or self.calling().call
        made = e.Returned(
            input_id=self._id(), conversation=self.conversation, call=call, outcome=outcome, values=values
        )
        return self.put(made)

    def waits(self) -> str:
        return self.put(e.Waited(**self._of("leg1"), waited_ms=8000))

    def leaves(self, leg: str = "leg1", reason: Any = "hangup", ends: bool = False) -> str:
        return self.put(e.Leave(**self._of(leg), reason=reason, ends=ends))

    def idles(self, minutes: float) -> str:
        self.now += timedelta(minutes=minutes)
        return self.put(e.IdleTimeReached(input_id=self._id(), conversation=self.conversation))

    def arrives(self, leg: str = "leg2") -> str:
        identity = e.Identity(e.Assurance.VERIFIED)
        given = {"leg": leg, "channel": e.Channel.PHONE, "from_conversation": "c0", "identity": identity}
        return self.put(e.LegArrived(input_id=self._id(), conversation=self.conversation, **given))

    def keys_code(self, to: str | None) -> str:
        return self.put(e.CodeKeyed(**self._of("leg1"), to_conversation=to))

    # -- what there is ------------------------------------------------------------------------------------------------

    def put(self, given: Any, understanding: e.Understanding | None = None) -> str:
        """Decide on an input, store the batch, and give what is said."""
        message = (
            given
            if isinstance(
                given,
                e.Stored
                | e.Returned
                | e.LegArrived
                | e.IdleTimeReached
                | e.CodeKeyed
                | e.KnowledgeAnswered
                | e.ModelAnswered,
            )
            else e.Stored(input=given)
        )
        sequence = len(self.batches) + self._inputs
        before = self.state
        decision = decide(before, message, self.context(sequence, understanding))
        assert decide(before, message, self.context(sequence, understanding)) == decision, "a decision is repeatable"
        self._store(decision, sequence)
        return self.heard(decision)

    def put_unfolded(self, text: str) -> str:
        """Say something in a state that no batches stand for."""
        given = e.Stored(
            input=e.Said(**self._of("leg1"), modality=e.Modality.TEXT, text=""), text=e.Sealed("redacted", text)
        )
        decision = decide(self.state, given, self.context(99, understand(self.agent, text)))
        self.state, self.last = decision.state, decision.events
        return self.heard(decision)

    def context(self, sequence: int, understanding: e.Understanding | None) -> Context:
        ids = Ids(self.conversation, sequence)
        return Context(self.agent, BANKING.version, ids, OpenSealer(), self.now, understanding, ports=self.ports)

    def _store(self, decision: Decision, sequence: int) -> None:
        self.last = decision.events
        if not decision.events:
            assert decision.state == self.state
            return
        number = self.state.number + 1
        batch = e.Batch(
            conversation=self.conversation,
            agent=self.agent.name,
            version=BANKING.version,
            number=number,
            taken=sequence,
            at=self.now.isoformat(),
            events=decision.events,
        )
        assert e.BATCH.validate_json(e.BATCH.dump_json(batch)) == batch
        after = apply_batch(self.state, batch)
        self.batches.append(batch)
        assert after == fold(self.conversation, self.batches), "the state is the fold of its events"
        self.state = after
        self.orders.extend(follows(batch, after))

    def heard(self, decision: Decision) -> str:
        return " ".join(event.text.box.partition("|")[2] for event in decision.events if event.kind == "reply_made")

    def kinds(self) -> list[str]:
        return [event.kind for event in self.last]

    def event(self, kind: str) -> Any:
        found = [event for event in self.last if event.kind == kind]
        assert found, f"no {kind} in {self.kinds()}"
        return found[-1]

    def capturing(self) -> str:
        assert self.state.reply is not None
        assert self.state.reply.expectation.secure is not None
        return self.state.reply.expectation.secure.capture

    def calling(self) -> e.ConnectorCall:
        return next(order.call for order in reversed(self.orders) if isinstance(order, CallConnector))

    def _id(self) -> str:
        self._inputs += 1
        return f"i{self._inputs}"

    def _of(self, leg: str) -> dict[str, Any]:
        return {"input_id": self._id(), "conversation": self.conversation, "leg": leg}


MONEY = e.Reference("MONEY_r0123456789", "MONEY", e.Sealed("raw", "x"))
