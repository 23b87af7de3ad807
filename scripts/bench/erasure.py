"""Erasing a person from a box with many conversations: finding them, and removing all that is theirs.

The real bus, vault, scribe and insights; of dialogue and connectors what removes. Half of the conversations are the
person's, found by the party's hash; the other half are looked through for a number that was named. Prints rates, and
what they come to for 100,000 conversations.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from appliance.adapters.nats import Bus
from appliance.adapters.vault import KeyRing
from appliance.cli.box import Box, quiet
from appliance.cli.rights_erasing import certify, erase
from appliance.cli.rights_finding import find
from appliance.config import Config
from appliance.privacy.identifiers import Identifier
from tests.conftest import NatsServer, free_port
from tests.fakes.keeping_box import whole

ALL = 100_000
SETTLED_EACH = 2_000


async def measure(count: int, folder: Path) -> dict[str, float]:
    server = NatsServer(folder / "nats", free_port())
    server.start()
    bus = await Bus.connect(server.url, "bench")
    try:
        await bus.ensure_streams()
        async with whole(bus, folder) as box:
            party = (await KeyRing(bus, "dialogue").lease("box")).digest("caller/+15550100")
            names = [f"conversation-{number:06d}" for number in range(count)]
            for number, name in enumerate(names):
                who = party if number % 2 else "cd" * 16
                await box.talk(name, days_ago=1, party=who, number=f"{10_000_000 + number}")
                if number % SETTLED_EACH == SETTLED_EACH - 1 or name == names[-1]:  # no backlog in the archive
                    await box.settled(*names[number // SETTLED_EACH * SETTLED_EACH : number + 1], within_s=300)
            mine = Box(box.paths, Config.model_validate({"audit": {"reserve_mib": 0}}), bus)
            start = time.perf_counter()
            found = await find(mine, (Identifier("phone", "+15550100"), Identifier("customer", "10000000")))
            found_at = time.perf_counter()
            erased = await erase(mine, found.persons, tuple(found.conversations), "bench")
            erased_at = time.perf_counter()
            await certify(mine, found, erased, "bench", folder / "certificate.zip")
            looked, removed = found.looked_at, erased.removed["archive"]
            finding, erasing = found_at - start, erased_at - found_at
    finally:
        await bus.close()
        server.kill()
    return {
        "conversations": looked,
        "erased": removed,
        "find_s": round(finding, 2),
        "find_per_s": round(looked / finding, 1),
        "erase_s": round(erasing, 2),
        "erase_per_s": round(removed / erasing, 1),
        "certificate_s": round(time.perf_counter() - erased_at, 2),
        "minutes_for_100000_all_theirs": round((ALL * finding / looked + ALL * erasing / removed) / 60, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(options.conversations, Path(folder)))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{name:<32}{value}")


if __name__ == "__main__":
    main()
