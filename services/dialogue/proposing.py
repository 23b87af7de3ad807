"""Asks the language model, where there is one: about a turn, for other words of a reply, for an answer from passages.

What it says is a proposal, read and judged by `appliance.conversation.proposing` and its two neighbours. Whatever goes
wrong is as if there were no model: a model that does not answer in time is left alone for a while. What it proposed is
recorded in events, so that no replay and no second delivery that finds them asks it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol, TypeVar

import structlog
from prometheus_client import Counter

from appliance import events as e
from appliance.adapters.nats import Bus, inbox_subject
from appliance.agents.definition import Agent
from appliance.agents.loading import Version
from appliance.conversation import proposing as p
from appliance.conversation import proposing_answers as answers
from appliance.conversation import proposing_wording as wording
from appliance.conversation.calling import MODEL
from appliance.conversation.folding import apply_batch
from appliance.conversation.following import AskModel
from appliance.conversation.state import State
from appliance.errors import B2TError, Full, Invalid
from appliance.ports import Bounds, Prompt, Shape
from appliance.privacy.sealing import ConversationKeys, heard_place, reply_place

log = structlog.get_logger(__name__)

LEFT_ALONE_S: Final = 15.0
"""After it did not answer in time: so many seconds no turn waits for it."""
WORDED_WITHIN_S: Final = 1.5
PROPOSAL_TOKENS: Final = 200
WORDING_TOKENS: Final = 300
ANSWER_TOKENS: Final = 400
VOCABULARIES: Final = 32
ASKED: Final = Counter("b2t_dialogue_model", "Questions to the language model by what came of them", ["use", "outcome"])

Use = Literal["proposal", "wording", "answer"]
Outcome = Literal["taken", "none", "garbage", "late", "not_asked"]
Found = TypeVar("Found")


class Model(Protocol):
    """`appliance.adapters.language_model.LanguageModelClient`."""

    async def answer(self, prompt: Prompt, shape: Shape = ..., bounds: Bounds = ...) -> str: ...


class Keys(Protocol):
    async def lease(self, conversation: str) -> ConversationKeys: ...


@dataclass(frozen=True, slots=True)
class _Said:
    """What the model said; None and why, where it said nothing."""

    text: str | None
    outcome: Outcome = "taken"


class Proposing:
    def __init__(
        self,
        bus: Bus,
        keys: Keys,
        model: Model | None,
        within_s: float = 4.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus, self._keys, self._model, self._within_s, self._clock = bus, keys, model, within_s, clock
        self._alone_until = float("-inf")
        self._vocabularies: dict[tuple[str, str], frozenset[str]] = {}

    @property
    def ports(self) -> frozenset[str]:
        """What there is to be asked about a turn now."""
        return frozenset({MODEL}) if self._there() else frozenset()

    async def ask(self, asked: AskModel, state: State, agent: Agent) -> None:
        """Ask about a turn, and put what comes of it into the inbox under the call's id: asked twice, it is there
        once. `state` is the conversation's since it was asked."""
        started = time.perf_counter()
        keys = await self._keys.lease(asked.conversation)
        text = keys.unseal_text(heard_place(asked.input_id), asked.question)
        outcome, understanding = await self._proposal(text, state, agent, asked.timeout_ms / 1000)
        ASKED.labels("proposal", outcome).inc()
        answered = e.ModelAnswered(
            input_id=asked.call,
            conversation=asked.conversation,
            call=asked.call,
            outcome="answered" if understanding else "failed" if outcome == "late" else "nothing",
            understanding=understanding,
            took_ms=round((time.perf_counter() - started) * 1000, 3),
            reason=None if outcome == "taken" else outcome,
        )
        await self._bus.append(
            inbox_subject(asked.conversation), e.INBOX.dump_json(answered), message_id=f"model/{asked.call}"
        )

    async def _proposal(
        self, text: str, state: State, agent: Agent, within_s: float
    ) -> tuple[Outcome, e.Understanding | None]:
        offered = p.choices(agent, state)
        if not p.askable(text) or not (offered.flows or offered.here):
            return "not_asked", None
        bounds = Bounds(PROPOSAL_TOKENS, min(self._within_s, within_s))
        said = await self._say(p.prompt(text, offered, state), p.shape(offered), bounds)
        if said.text is None:
            return said.outcome, None
        proposal = p.read(said.text, offered)
        if proposal is None:
            return "garbage", None
        found = p.understanding(proposal, agent)
        return ("taken", found) if found is not None else ("none", None)

    async def worded(self, batch: e.Batch, state: State, version: Version, keys: ConversationKeys) -> e.Batch:
        """The batch with its reply in other words, where the agent allows it and they say the same. `state` is before
        the batch."""
        if not version.agent.policies.model.phrases or not self._there():
            return batch
        place = next((number for number, event in enumerate(batch.events) if isinstance(event, e.ReplyMade)), None)
        made = batch.events[place] if place is not None else None
        if place is None or not isinstance(made, e.ReplyMade):
            return batch
        after = apply_batch(state, batch)
        if not wording.may_word(made, version.agent, after):
            return batch
        own = keys.unseal_text(reply_place(made.reply), made.text)
        worded = await self._wording(own, version, (after.locale or version.agent.locales[0])[:2])
        if worded is None:
            return batch
        said = replace(made, text=keys.seal_text(reply_place(made.reply), worded), worded="phrased")
        return replace(batch, events=(*batch.events[:place], said, *batch.events[place + 1 :]))

    async def _wording(self, own: str, version: Version, language: str) -> str | None:
        if len(own) > wording.LONGEST or not p.askable(own):
            return None
        bounds = Bounds(WORDING_TOKENS, min(self._within_s, WORDED_WITHIN_S))
        said = await self._say(wording.prompt(own), wording.SHAPE, bounds)
        vocabulary = self._vocabulary(version, language)
        worded = wording.read(said.text, own, vocabulary, language) if said.text is not None else None
        return self._counted("wording", said, worded)

    def _vocabulary(self, version: Version, language: str) -> frozenset[str]:
        key = (version.version, language)
        if key not in self._vocabularies:
            if len(self._vocabularies) >= VOCABULARIES:
                self._vocabularies.clear()
            self._vocabularies[key] = wording.vocabulary(version.agent, language)
        return self._vocabularies[key]

    async def composed(
        self, question: str, passages: Sequence[answers.Source], agent: Agent, within_s: float
    ) -> answers.Composed | None:
        """An answer of which the passages carry every sentence; None where they are to be quoted."""
        if not agent.policies.model.answers or not passages or not p.askable(question):
            return None
        bounds = Bounds(ANSWER_TOKENS, min(self._within_s, within_s))
        said = await self._say(answers.prompt(question, passages), answers.shape(passages), bounds)
        language = agent.locales[0][:2]
        found = answers.read(said.text, passages, language) if said.text is not None else None
        return self._counted("answer", said, found)

    def _counted(self, use: Use, said: _Said, found: Found | None) -> Found | None:
        ASKED.labels(use, "taken" if found is not None else "garbage" if said.text is not None else said.outcome).inc()
        return found

    def _there(self) -> bool:
        return self._model is not None and self._clock() >= self._alone_until

    async def _say(self, prompt: Prompt, shape: Shape, bounds: Bounds) -> _Said:
        if self._model is None or not self._there():
            return _Said(None, "not_asked")
        try:
            return _Said(await self._model.answer(prompt, shape, bounds))
        except Full:
            return _Said(None, "not_asked")
        except Invalid:  # it is longer than the model can read, or the answer is longer than it may be
            return _Said(None, "garbage")
        except B2TError as error:
            self._alone_until = self._clock() + LEFT_ALONE_S
            log.warning("language_model_left_alone", code=error.code, title=error.title)
            return _Said(None, "late")
