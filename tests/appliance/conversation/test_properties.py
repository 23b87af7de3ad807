"""Whatever comes, in whatever order: nothing is raised, the state is the fold, and the party is left with something."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from appliance import events as e
from appliance.conversation.upcast import read_batch
from tests.fakes.talk import BANKING, MONEY, Talk

PHRASES = [
    "balance please", "what is the balance of my savings", "checking", "savings", "checking or savings", "<NUMBER_1>",
    "<NUMBER_2>", "when are you open", "can I get a loan", "say that again", "never mind", "what can you do", "hello",
    "yes", "thank you", "colourless green ideas", "",
]  # fmt: skip
LEAVING = ["goodbye", "operator", "my card was stolen"]
OUTCOMES = ["ok", "wrong_pin", "locked", "unknown_customer", "failed", "unknown", "capture_lost", "never_heard_of"]
INTENTS = [*BANKING.agent.intents, "no_such_intent", None]
WORDS = re.compile(r"[A-Za-z0-9_.:+/=-]{0,64}")


class Party(RuleBasedStateMachine):
    @initialize(channel=st.sampled_from([e.Channel.CHAT, e.Channel.PHONE]))
    def start(self, channel: e.Channel) -> None:
        self.talk = Talk(channel=channel)
        self.talk.start()
        self.captures = ["capture_nowhere"]
        self.calls = ["call_nowhere"]

    @property
    def not_heard_here(self) -> bool:
        """The conversation is over, or the leg has gone on in another one."""
        return self.talk.state.ended is not None or "leg1" in self.talk.state.moved

    @rule(text=st.sampled_from(PHRASES))
    def say(self, text: str) -> None:
        heard = self.talk.say(text)
        assert heard or self.not_heard_here

    @rule(text=st.sampled_from(LEAVING))
    def ask_to_leave(self, text: str) -> None:
        assert self.talk.say(text) or self.not_heard_here

    @rule(
        intent=st.sampled_from(INTENTS),
        confidence=st.floats(0, 1),
        option=st.sampled_from(["checking", "savings", "gold", "NUMBER_1"]),
    )
    def say_with_any_understanding(self, intent: str | None, confidence: float, option: str) -> None:
        entities = (e.Entity("account", option), e.Entity("customer_number", option))
        heard = self.talk.say("hm", understanding=e.Understanding(intent, confidence, (), entities))
        assert heard or self.not_heard_here

    @rule(digits=st.sampled_from([1, 5, 8, 9]))
    def key(self, digits: int) -> None:
        assert self.talk.key(f"NUMBER_{digits + 10}", digits) or self.not_heard_here

    @rule(outcome=st.sampled_from(["valid", "invalid", "cancelled", "timeout"]), data=st.data())
    def capture(self, outcome: str, data: Any) -> None:
        self.talk.capture(outcome, data.draw(st.sampled_from(self.captures)))

    @rule(outcome=st.sampled_from(OUTCOMES), data=st.data())
    def connector_returns(self, outcome: str, data: Any) -> None:
        values = {"balance": MONEY} if outcome == "ok" else {}
        self.talk.returns(outcome, data.draw(st.sampled_from(self.calls)), **values)

    @rule()
    def wait(self) -> None:
        self.talk.waits()

    @rule(minutes=st.sampled_from([1, 31]))
    def idle(self, minutes: int) -> None:
        self.talk.idles(minutes)

    @rule(leg=st.sampled_from(["leg1", "leg2", "leg3"]), ends=st.booleans())
    @precondition(lambda self: len(self.talk.batches) > 12)
    def leave(self, leg: str, ends: bool) -> None:
        self.talk.leaves(leg, ends=ends)

    @rule(leg=st.sampled_from(["leg2", "leg3"]))
    def arrive(self, leg: str) -> None:
        self.talk.arrives(leg)

    @rule(to=st.sampled_from([None, "c9", "c1"]))
    def key_code(self, to: str | None) -> None:
        self.talk.keys_code(to)

    @rule(interrupted=st.booleans())
    def hear(self, interrupted: bool) -> None:
        of = self.talk._of("leg1")
        reply = self.talk.state.reply.reply
        self.talk.put(e.Played(**of, reply=reply, heard_ms=99999, total_ms=2000, interrupted=interrupted))

    @invariant()
    def what_is_awaited_can_come(self) -> None:
        if not hasattr(self, "talk"):
            return
        state = self.talk.state
        for frame in state.stack:
            if frame.capture is not None and frame.capture.capture not in self.captures:
                self.captures.append(frame.capture.capture)
        self.calls += [call for call in state.calls if call not in self.calls]
        assert len(state.stack) <= 5
        top = state.top
        if top is not None and not state.ended and not state.transferred:
            assert top.call is None or top.call in state.calls
            assert top.call or state.reply.expectation.hints == f"{top.flow}/{top.step}"

    @invariant()
    def nothing_moves_after_the_end(self) -> None:
        if hasattr(self, "talk") and self.talk.state.ended is not None:
            ends = [
                event for batch in self.talk.batches for event in batch.events if event.kind == "conversation_ended"
            ]
            assert len(ends) == 1

    @invariant()
    def the_public_part_has_no_free_text(self) -> None:
        if hasattr(self, "talk"):
            for event in self.talk.last:
                for text in public_texts(event):
                    assert WORDS.fullmatch(text), text


def public_texts(value: Any) -> list[str]:
    """Every text of an event outside a sealed box."""
    if isinstance(value, e.Sealed):
        return []
    if isinstance(value, str):
        return [value]
    if dataclasses.is_dataclass(value):
        return [text for field in dataclasses.fields(value) for text in public_texts(getattr(value, field.name))]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in public_texts(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in public_texts(part)]
    return []


Party.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestParty = Party.TestCase

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_stored_bytes_are_read_or_said_to_be_damaged(raw: bytes) -> None:
    assert read_batch(raw).unreadable is not None


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["conversation", "agent", "version", "number", "taken", "at", "events", "schema"]),
    _JSON,
    st.booleans(),
)
def test_any_change_to_a_stored_batch_is_survived(key: str, value: Any, drop: bool) -> None:
    talk = Talk()
    talk.start()
    plain = json.loads(e.BATCH.dump_json(talk.batches[0]))
    if drop:
        del plain[key]
    else:
        plain[key] = value
    read_batch(json.dumps(plain).encode())
