"""What two definitions take the last days' utterances for: asked of both by `b2t agents diff A B --days 7`.

Texts are opened with the redacted key alone, stay in memory, and each conversation's reading is in the audit log first.
"""

from __future__ import annotations

import logging
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog

from appliance.adapters.vault import REDACTED, KeyRing
from appliance.agents.definition import OUT_OF_SCOPE
from appliance.agents.loading import Version
from appliance.agents.predictions import Change, Predictions, compared
from appliance.cli.box import Box
from appliance.cli.output import Output
from appliance.cli.readers import operators_policy
from appliance.cli.scratch import scratch
from appliance.errors import Unknown
from appliance.events import Modality, TurnHeard
from appliance.insights.queries import ConversationRow
from appliance.privacy.sealing import heard_place

if TYPE_CHECKING:
    from appliance.adapters.inference import InferenceClient

PAGE: Final = 200
UTTERANCES: Final = 5000
TOLD_EVERY: Final = 500


@dataclass(slots=True)
class Said:
    """What was said in so many conversations: redacted text → how often."""

    days: int
    conversations: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    shown: dict[str, str] = field(default_factory=dict)
    """Text → what the operator sees of it, where it was said first."""


async def said_lately(box: Box, agents: set[str], days: int, at_most: int) -> Said:
    """By parties of these agents, in the youngest `at_most` conversations of the last days. Raises Unavailable where
    reading them cannot be put on record."""
    from appliance.cli.conversations import read_batches

    found, keys, policy = Said(days), KeyRing(box.bus, "operator"), operators_policy(box)
    for row in await _conversations(box, agents, days, at_most):
        try:
            batches = await read_batches(box, row.conversation)
            lent = await keys.lease(row.conversation, classes=REDACTED)
        except Unknown:
            continue  # erased
        found.conversations += 1
        for _, batch in batches:
            for event in batch.events:
                if isinstance(event, TurnHeard) and event.modality is not Modality.KEYS and event.text is not None:
                    text = lent.unseal_text(heard_place(event.input_id), event.text).strip()
                    if text:
                        found.texts[text] += 1
                        found.shown.setdefault(text, policy.show(row.conversation, text))
        if found.texts.total() >= UTTERANCES:
            break
    return found


async def _conversations(box: Box, agents: set[str], days: int, at_most: int) -> list[ConversationRow]:
    from appliance.cli.conversations import ask_list

    since = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    found: list[ConversationRow] = []
    before: int | None = None
    while True:
        page = await ask_list(box, PAGE, before)
        young = [row for row in page.conversations if row.started >= since]
        found += [row for row in young if row.agent in agents]
        before = page.next
        if before is None or len(young) < len(page.conversations) or len(found) >= at_most:
            return found[:at_most]


async def predictions(first: Version, second: Version, said: Counter[str]) -> Predictions:
    """By both versions' own heads, in the engines' child process."""
    from appliance.cli.trying.engines import engines
    from appliance.cli.trying.playing import ready

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    moment = datetime.now().astimezone()
    with scratch("b2t-agents-diff-") as folder:
        async with engines(folder, moment) as inference:
            before = await _taken_for(inference, await ready(first, inference), said, moment)
            after = await _taken_for(inference, await ready(second, inference), said, moment)
    return compared(said, before, after)


async def _taken_for(
    inference: InferenceClient, version: Version, said: Counter[str], moment: datetime
) -> dict[str, str]:
    found: dict[str, str] = {}
    language = version.agent.locales[0]
    for number, text in enumerate(said, 1):
        understood = await inference.understand(version.version, text, language, at=moment)
        found[text] = understood.intent or OUT_OF_SCOPE
        if number % TOLD_EVERY == 0:
            sys.stderr.write(f"{version.name}: {number} of {len(said)} utterances\n")
    return found


def document(said: Said, found: Predictions) -> dict[str, Any]:
    return {
        "days": said.days,
        "conversations": said.conversations,
        "utterances": found.utterances,
        "changed": found.changed,
        "share": round(found.share, 4),
        "changes": [asdict(one) | {"examples": _examples(said, one)} for one in found.changes],
    }


def _examples(said: Said, change: Change) -> tuple[str, ...]:
    return tuple(said.shown[text] for text in change.examples)


def tell(out: Output, said: Said, found: Predictions) -> None:
    out.text(
        f"predicted intents: {found.changed} of {found.utterances} utterances of the last {said.days} days "
        f"({said.conversations} conversations) are taken for another"
    )
    rows = [(one.before, one.after, one.times, " | ".join(_examples(said, one))) for one in found.changes]
    if rows:
        out.table(("was", "is", "times", "such as"), rows)
