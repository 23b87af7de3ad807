"""A call that is recorded: the party is told, and what is kept holds the agent's words and nothing of a value."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from appliance import events as e
from appliance.adapters.recordings import recording, recordings, wav
from appliance.privacy.recording import SILENCE, wav_header
from appliance.privacy.sealing import heard_place
from tests.fakes.phone_box import MS_A_LETTER, PhoneBox, Reply, Step, end
from tests.services.phone.conftest import NOTICE, StartPhone, spoken

GREETING = "Good morning, what can I do?"
BALANCE = "You have <MONEY_1> left."


class Bank:
    box: PhoneBox

    def __call__(self, given: e.ChannelInput) -> Sequence[Step]:
        match given:
            case e.Start():
                return [Reply(GREETING)]
            case e.Said():
                sealed = self.box.keys(given.conversation).seal_text(heard_place(given.input_id), given.text)
                heard = e.TurnHeard("t1", given.leg, e.Modality.SPEECH, given.input_id, sealed)
                return [heard, Reply(BALANCE), end()]
            case _:
                return []


def files(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file()]


async def test_a_recorded_call_says_so_and_keeps_a_redacted_copy(start_phone: StartPhone, tmp_path: Path) -> None:
    bank, folder = Bank(), tmp_path / "recordings"
    phone = await start_phone(bank, recordings=folder)
    bank.box = phone.box
    phone.box.recogniser.hears.append("my balance")
    async with phone.caller() as caller:
        await caller.dial("1000")
        both = await caller.reply(quiet_ms=700)
        assert len(both.pcm) / 16 > MS_A_LETTER * (len(NOTICE) + len(GREETING)) * 0.9
        await caller.say(spoken("check my balance"))
        assert not (await caller.reply()).is_silent
        assert await caller.ended(5)
    start = phone.box.inputs[0]
    assert isinstance(start, e.Start)
    async with asyncio.timeout(10):
        while not recordings(folder, start.conversation):
            await asyncio.sleep(0.05)
    kept = recording(folder, start.conversation)
    assert kept.leg == start.leg
    raw = b"".join(wav(phone.box.keys(start.conversation), kept))
    sides = np.frombuffer(raw[len(wav_header(0)) :], np.uint8).reshape(-1, 2)
    tone = {0x3E, 0x2B, 0xBE, 0xAB}
    assert set(sides[:, 0]) <= {SILENCE, *tone}, "this recogniser does not say when a word was said"
    agent = np.flatnonzero(sides[:, 1] != SILENCE)
    greeting_ms = MS_A_LETTER * len(GREETING)
    first = sides[agent[0] : agent[0] + 8 * greeting_ms, 1]
    assert np.count_nonzero(first != SILENCE) > 0.8 * len(first)
    last = sides[agent[-1] - 4000 : agent[-1], 1]
    assert set(last) <= tone, "a tone stands over the reply with a value"
    assert files(folder) == [f"{start.leg}.b2ts"]


async def test_calls_are_not_recorded_unless_wanted(start_phone: StartPhone, tmp_path: Path) -> None:
    bank = Bank()
    phone = await start_phone(bank)
    bank.box = phone.box
    async with phone.caller() as caller:
        await caller.dial("1000")
        assert len((await caller.reply(quiet_ms=700)).pcm) / 16 < MS_A_LETTER * (len(GREETING) + len(NOTICE) / 2)
        await caller.hang_up()
    await phone.box.wait_for(e.Leave)
    assert files(tmp_path / "recordings") == []
