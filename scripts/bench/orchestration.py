"""Orchestration alone: turns a second on one core, and whether time and memory stay flat in a conversation's length.

    python scripts/bench/orchestration.py [--turns 20000] [--json]

What is measured is `decide`, and folding the batch of its events as the service does: no bus, no understanding, no
cipher.
Time is the processor's, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance import events as e  # noqa: E402
from appliance.agents.loading import Version  # noqa: E402
from appliance.conversation.deciding import decide  # noqa: E402
from appliance.conversation.drafting import Context, Ids  # noqa: E402
from appliance.conversation.folding import apply_batch  # noqa: E402
from appliance.conversation.state import State  # noqa: E402
from tests.fakes import house_bank, understanding  # noqa: E402
from tests.fakes.talk import BANKING, MONEY, START, OpenSealer  # noqa: E402

WINDOW = 1000
BANKING_SAYS = (
    "balance please",
    "when are you open",
    "savings",
    "what can you do",
    "colourless green ideas",
    "never mind",
)
HOUSE_SAYS = (
    "transfer fifty dollars from savings to checking", "<NUMBER_1>", "when are you open", "no, twenty dollars", "yes",
    "", "", "what is the balance of my savings and when are you open", "", "hm", "balance of my checking", "",
)  # fmt: skip
"""Empty: the connector answers."""


@dataclass
class Party:
    """One conversation that goes round and round in what it says."""

    version: Version
    says: tuple[str, ...]
    state: State = field(default_factory=lambda: State("c1"))
    events: int = 0

    def __post_init__(self) -> None:
        start = e.Start(input_id="start", conversation="c1", leg="leg1", channel=e.Channel.CHAT, widget="demo")
        self._put(e.Stored(input=start), 0, None)
        known = house_bank.understand if self.version.agent.name == "house_bank" else understanding.understand
        self._known = {text: known(self.version.agent, text) for text in self.says}

    def turn(self, number: int) -> None:
        text = self.says[number % len(self.says)]
        if not text:
            for call in self.state.calls:
                values = {"balance": MONEY}
                message = e.Returned(input_id=f"r{number}", conversation="c1", call=call, outcome="ok", values=values)
                return self._put(message, number, None)
        given = e.Said(input_id=f"i{number}", conversation="c1", leg="leg1", modality=e.Modality.TEXT, text="")
        references = (e.Reference("NUMBER_1", "NUMBER", digits=8),) if "NUMBER_1" in text else ()
        stored = e.Stored(input=given, text=e.Sealed("redacted", text), references=references)
        self._put(stored, number, self._known[text])

    def _put(self, message: Any, number: int, understood: e.Understanding | None) -> None:
        ids = Ids("c1", number)
        context = Context(self.version.agent, self.version.version, ids, OpenSealer(), START, understood)
        decision = decide(self.state, message, context)
        self.events += len(decision.events)
        batch = e.Batch(
            conversation="c1",
            agent=self.version.name,
            version=self.version.version,
            number=self.state.number + 1,
            taken=number,
            at=START.isoformat(),
            events=decision.events,
        )
        self.state = apply_batch(self.state, batch)  # as the service does: what is recorded is what is folded


def windows(party: Party, turns: int) -> Iterator[float]:
    """Processor seconds of each window of turns."""
    for first in range(0, turns, WINDOW):
        began = time.process_time()
        for number in range(first, first + WINDOW):
            party.turn(number)
        yield time.process_time() - began


def held(party: Party, turns: int) -> int:
    """Bytes that so many turns more leave behind."""
    gc.collect()
    tracemalloc.start()
    for number in range(WINDOW):
        party.turn(number)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(WINDOW, WINDOW + turns):
        party.turn(number)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return after - before


def measure(name: str, version: Version, says: tuple[str, ...], turns: int) -> dict[str, Any]:
    party = Party(version, says)
    took = list(windows(party, turns))
    best = sorted(took)[len(took) // 2]
    assert party.state.ended is None
    assert party.events > 4 * turns
    return {
        "agent": name,
        "turns": turns,
        "turns_a_second_a_core": round(WINDOW / best),
        "events_a_turn": round(party.events / turns, 1),
        "us_a_turn_first_window": round(min(took[:3]) / WINDOW * 1e6, 1),
        "us_a_turn_last_window": round(min(took[-3:]) / WINDOW * 1e6, 1),
        "bytes_kept_after_as_many_again": held(Party(version, says), min(turns, 10_000)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = [
        measure("banking", BANKING, BANKING_SAYS, asked.turns),
        measure("house_bank", house_bank.HOUSE_BANK, HOUSE_SAYS, asked.turns),
    ]
    if asked.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print("\n".join(f"{key:32} {value}" for key, value in row.items()), end="\n\n")


if __name__ == "__main__":
    main()
