"""Calls from other people's software: baresip playing a WAV, sipp playing its shipped captures."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from appliance import events as e
from appliance.telephony.addresses import Address
from tests.conftest import free_port
from tests.fakes.phone_box import MS_A_LETTER, Reply, Step, end
from tests.services.phone.conftest import StartProcess, spoken

pytestmark = pytest.mark.telephony

GREETING, ANSWER, GOODBYE = "Welcome to the bank.", "Your balance is ten dollars.", "Goodbye."
CAPTURES = Path("/usr/share/sip-tester")


def bank(given: e.ChannelInput) -> Sequence[Step]:
    match given:
        case e.Start():
            return [Reply(GREETING)]
        case e.Said():
            return [Reply(ANSWER)]
        case e.Keyed(digits="9"):
            return [Reply(GOODBYE), end()]
        case e.Keyed():
            return [Reply(ANSWER)]
        case _:
            return []


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


async def finish(*command: str, timeout_s: float, cwd: Path) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), timeout_s)
    except TimeoutError:
        process.kill()
        out, _ = await process.communicate()
        raise AssertionError(out.decode(errors="replace")[-4000:]) from None
    return process.returncode, out.decode(errors="replace")


def write_wav(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(pcm)


def sounding_ms(path: Path) -> int:
    """How much of a recording is sound."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int32)
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    return 20 * int((np.abs(frames).max(axis=1) > 500).sum())


def configure_baresip(folder: Path, played: Path, codec: str) -> None:
    port, rtp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    modules = "".join(f"module {name}.so\n" for name in ("stdio", "g711", "aufile", "aubridge", "sndfile"))
    (folder / "config").write_text(
        f"sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\n"
        f"audio_source aufile,{played}\naudio_player aubridge,sink\naudio_alert aubridge,alert\n"
        "ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\naudio_txmode thread\n"
        f"rtp_ports {rtp}-{rtp + 20}\njitter_buffer_delay 1-5\nmodule_path /usr/lib/baresip/modules\n"
        f"{modules}module_tmp account.so\nmodule_app menu.so\nmodule_app debug_cmd.so\nsnd_path {folder}\n"
    )
    (folder / "accounts").write_text(
        f"<sip:caller@127.0.0.1>;regint=0;audio_codecs={codec}/8000/1;audio_player=aubridge,sink\n"
    )
    (folder / "contacts").write_text("")


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
async def test_baresip_talks_and_is_answered(start_process: StartProcess, tmp_path: Path, codec: str) -> None:
    baresip = tool("baresip")
    phone = await start_process(bank)
    phone.box.recogniser.hears.append("check my balance")
    folder = tmp_path / "baresip"
    folder.mkdir()
    write_wav(folder / "turn.wav", bytes(16000 * 2) + spoken("check my balance please") + bytes(16000 * 4))
    configure_baresip(folder, folder / "turn.wav", codec)
    dial = f"/dial sip:1000@{phone.address.host}:{phone.address.port}"
    await finish(baresip, "-f", str(folder), "-e", dial, "-t", "10", timeout_s=20, cwd=folder)
    assert [given.text for given in phone.box.of(e.Said)] == ["check my balance"]
    played = await phone.box.wait_for(e.Played, 2)
    assert [given.interrupted for given in played] == [False, False]
    left = await phone.box.wait_for(e.Leave)
    assert left[0].reason == "hangup"
    (heard,) = folder.glob("*-dec.wav")
    expected = MS_A_LETTER * (len(GREETING) + len(ANSWER))
    assert abs(sounding_ms(heard) - expected) < 150


def scenario(steps: str, payload_type: int) -> str:
    """A sipp caller: INVITE, ACK, `steps`, BYE (or the BYE is ours, where the steps end in one)."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]x[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP {payload_type} 101
a=rtpmap:{payload_type} {"PCMA" if payload_type == 8 else "PCMU"}/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]x[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
{steps}
</scenario>
"""


OUR_BYE = """<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]x[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>"""
THEIR_BYE = """<recv request="BYE" timeout="15000"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>"""


def play(capture: str, pause_ms: int) -> str:
    playing = f'<nop><action><exec play_pcap_audio="{CAPTURES / capture}"/></action></nop>'
    return f'{playing}\n<pause milliseconds="{pause_ms}"/>'


async def sipp(folder: Path, address: Address, text: str, *options: str) -> None:
    program = tool("sipp")
    if os.geteuid() != 0:
        pytest.skip("sipp plays captures through a raw socket, which needs root")
    (folder / "scenario.xml").write_text(text)
    command = [program, f"{address.host}:{address.port}", "-sf", "scenario.xml", "-i", "127.0.0.1", "-mi", "127.0.0.1"]
    command += ["-p", str(free_port(socket.SOCK_DGRAM)), "-mp", str(free_port(socket.SOCK_DGRAM)), "-s", "1000"]
    command += ["-m", "1", "-nostdin", "-timeout", "30", *options]
    code, out = await finish(*command, timeout_s=40, cwd=folder)
    assert code == 0, out[-3000:]


async def test_sipp_plays_its_recording(start_process: StartProcess, tmp_path: Path) -> None:
    """`g711a.pcap` is speech in 30 ms packets."""
    phone = await start_process(bank)
    await sipp(tmp_path, phone.address, scenario(f'<pause milliseconds="1500"/>{play("g711a.pcap", 9000)}{OUR_BYE}', 8))
    assert phone.box.recogniser.heard_bytes, "speech was found in it"
    assert sum(phone.box.recogniser.heard_bytes) > 16000
    left = await phone.box.wait_for(e.Leave)
    assert left[0].reason == "hangup"


async def test_sipp_presses_keys_and_we_hang_up(start_process: StartProcess, tmp_path: Path) -> None:
    phone = await start_process(bank)
    keys = "".join(play(f"dtmf_2833_{key}.pcap", 600) for key in ("4", "7", "1", "1", "star", "pound"))
    last = play("dtmf_2833_9.pcap", 500) + play("dtmf_2833_pound.pcap", 300)
    steps = f'<pause milliseconds="800"/>{keys}<pause milliseconds="1500"/>{last}{THEIR_BYE}'
    await sipp(tmp_path, phone.address, scenario(steps, 0))
    keyed = await phone.box.wait_for(e.Keyed, 2)
    assert [given.digits for given in keyed] == ["4711*", "9"]
    assert phone.box.of(e.Leave) == []


async def test_sipp_calls_five_at_a_time(start_process: StartProcess, tmp_path: Path) -> None:
    phone = await start_process(bank)
    steps = f'<pause milliseconds="1200"/>{OUR_BYE}'
    await sipp(tmp_path, phone.address, scenario(steps, 0), "-m", "20", "-r", "5", "-l", "10")
    assert len(await phone.box.wait_for(e.Leave, 20)) == 20
    assert len(phone.box.of(e.Start)) == 20
