"""A call to a box that records: what is kept is found and listened to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.privacy.recording import RATE, SILENCE, wav_header
from tests.box.conftest import Box

pytestmark = [pytest.mark.box, pytest.mark.telephony]

WITHIN_S = 30.0


@pytest.fixture(scope="module")
def recording_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    made = Box.make(tmp_path_factory.mktemp("box") / "data", "[recording]\nenabled = true\n")
    made.start()
    try:
        yield made
    finally:
        made.stop()


def kept(box: Box, to: Path) -> tuple[str, bytes]:
    """The youngest conversation, and its recording once the call is over and it is made."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        found = json.loads(box.cli("conversations", "list", "--limit", "1", "--json").stdout)["conversations"]
        if found:
            name = found[0]["conversation"]
            done = box.cli("conversations", "recording", name, "--out", str(to), "--json")
            if done.returncode == 0:
                return name, to.read_bytes()
        assert time.monotonic() < deadline, "there is no recording"
        time.sleep(0.5)


@pytest.mark.timeout(240)
def test_a_call_is_recorded_and_listened_to(recording_box: Box, tmp_path: Path) -> None:
    box = recording_box
    done = box.cli("call", "what are your opening hours", "--json", timeout_s=90)
    assert done.returncode == 0, done.stderr
    conversation, wav = kept(box, tmp_path / "call.wav")
    assert wav[:4] == b"RIFF"
    sides = np.frombuffer(wav[len(wav_header(0)) :], np.uint8).reshape(-1, 2)
    assert len(sides) > 4 * RATE
    assert np.count_nonzero(sides[:, 1] != SILENCE) > 2 * RATE, "the agent's replies are in it"
    with box.client() as client:
        rows = client.get(f"/v1/conversations/{conversation}/recordings").json()["recordings"]
        assert [round(row["seconds"]) for row in rows] == [round(len(sides) / RATE)]
        heard = client.get(f"/v1/conversations/{conversation}/recordings/{rows[0]['leg']}")
        assert heard.headers["content-type"] == "audio/wav"
        assert heard.content == wav
    again = box.cli("conversations", "recording", conversation, "--out", str(tmp_path / "call.wav"))
    assert again.returncode == 1
    assert "is there already" in again.stderr
