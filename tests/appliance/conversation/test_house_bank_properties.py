"""Whatever is said and answered, in whatever order, with every kind of step: nothing is raised, the state is the fold,
nothing personal is in the public part, and the party is left with something to hear or somebody who works for it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance import events as e
from tests.appliance.conversation.test_properties import WORDS, public_texts
from tests.fakes.house_bank import HOUSE_BANK, HouseTalk
from tests.fakes.talk import MONEY

SAID = [
    "transfer fifty dollars from savings to checking",
    "transfer money",
    "what is the balance of my savings and block my card",
    "<NUMBER_1>",
    "<PHONE_1>",
    "savings",
    "to checking",
    "nine thousand dollars",
    "two thousand dollars",
    "credit",
    "yes",
    "no",
    "no, twenty dollars",
    "call me back",
    "tomorrow at three",
    "what are the fees",
    "when are you open",
    "go back",
    "slower please",
    "say that again",
    "what can you do",
    "never mind",
    "hm",
    "",
    "goodbye",
    "I want to talk to a person",
]
OUTCOMES = ["ok", "failed", "unknown", "too_little", "unknown_customer", "full", "never_heard_of"]
INTENTS = [None, *HOUSE_BANK.agent.intents]
ENTITIES = st.builds(
    e.Entity,
    st.sampled_from([*HOUSE_BANK.agent.entities, "nothing"]),
    st.sampled_from(
        ["savings", "yes", "no", "money:50.00:USD", "money:x", "NUMBER_1", "a secret", "moment:2026-11-03T15:00"]
    ),
    st.sampled_from([None, "from_account", "to_account", "no_slot"]),
)
UNDERSTANDINGS = st.builds(
    e.Understanding,
    st.sampled_from(INTENTS),
    st.floats(0, 1),
    st.just(()),
    st.lists(ENTITIES, max_size=3).map(tuple),
    also=st.lists(st.builds(e.Wish, st.sampled_from(["hours", "block", "nothing"]), st.floats(0, 1)), max_size=4).map(
        tuple
    ),
)
STEPS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(SAID)),
    st.tuples(st.just("say"), st.sampled_from(SAID)),
    st.tuples(st.just("mean"), UNDERSTANDINGS),
    st.tuples(st.just("return"), st.sampled_from(OUTCOMES)),
    st.tuples(st.just("return"), st.just("ok")),
    st.tuples(st.just("know"), st.sampled_from([None, "It is so."])),
    st.tuples(st.just("model"), st.none() | UNDERSTANDINGS),
    st.tuples(st.just("wait"), st.none()),
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, max_size=25), st.sampled_from([(), ("knowledge",), ("knowledge", "model")]))
def test_whatever_comes(steps: list[tuple[str, Any]], ports: tuple[str, ...]) -> None:
    talk = HouseTalk(ports=frozenset(ports))
    talk.start()
    for kind, given_ in steps:
        heard = _step(talk, kind, given_)
        state = talk.state
        working = bool(state.calls) or state.asking is not None
        late = all(isinstance(event, e.ConnectorCallReturned) for event in talk.last)  # of what was called off
        assert heard is None or heard or working or state.ended is not None or late
        assert sum(not frame.part for frame in state.stack) <= 5
        assert len(state.queue) <= 3
        for event in talk.last:
            assert all(WORDS.fullmatch(text) for text in public_texts(event)), event
        if state.top is not None and state.top.call:
            assert state.top.call in state.calls


def _step(talk: HouseTalk, kind: str, given_: Any) -> str | None:
    asked = [call for call, one in talk.state.calls.items() if one.connector in ("knowledge", "model")]
    match kind:
        case "say":
            return talk.say(given_)
        case "mean":
            return talk.say("hm", understanding=given_)
        case "wait":
            return talk.waits()
        case "return" if set(talk.state.calls) - set(asked):
            call = next(one for one in talk.state.calls if one not in asked)
            return talk.returns(given_, call, **({"balance": MONEY} if given_ == "ok" else {}))
        case "know" if asked and talk.state.calls[asked[-1]].connector == "knowledge":
            return talk.put(_known(talk, asked[-1], given_))
        case "model" if asked and talk.state.calls[asked[-1]].connector == "model":
            outcome: Any = "answered" if given_ else "nothing"
            of = {"input_id": f"m{len(talk.batches)}", "conversation": "c1", "call": asked[-1]}
            return talk.put(e.ModelAnswered(**of, outcome=outcome, understanding=given_))
    return None


def _known(talk: HouseTalk, call: str, text: str | None) -> e.KnowledgeAnswered:
    of = {"input_id": f"k{len(talk.batches)}", "conversation": "c1", "call": call}
    if text is None:
        return e.KnowledgeAnswered(**of, outcome="nothing")
    answer, source = (e.Sealed("redacted", f"{place}/{call}|{text}") for place in ("answer", "source"))
    return e.KnowledgeAnswered(**of, outcome="answered", text=answer, source=source, citations=("p1",))
