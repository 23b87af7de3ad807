"""The round trip that `b2t agents test --speech` takes: a text is said, goes over the telephone and is heard."""

from __future__ import annotations

import json
import subprocess
import sys

from appliance.adapters.aloud import HEARD, ROUND_TRIP, SAY, SayAloud
from services.inference.trying_aloud import on_the_phone
from tests.conftest import ROOT


def test_what_is_said_is_heard_back_and_nonsense_is_a_problem() -> None:
    say = SayAloud(text="I want to talk to a person", phrases=("I want to talk to a person", "when are you open"))
    line = json.dumps({"subject": ROUND_TRIP, "order": json.loads(SAY.dump_json(say))})
    command = [sys.executable, "-m", "services.inference.trying_aloud"]
    done = subprocess.run(
        command, input=f"{line}\nnonsense\n", cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    first, second = done.stdout.splitlines()
    heard = HEARD.validate_json(first)
    assert heard.heard == "i want to talk to a person"
    assert heard.seconds > 1
    assert "problem" in json.loads(second)


def test_a_call_is_eight_kilohertz_with_silence_on_either_side() -> None:
    pcm = on_the_phone(b"\x00\x10" * 22_050, 22_050)
    assert len(pcm) == 2 * (8000 + 2 * 2400)
    assert set(pcm[:4000]) == {0}
