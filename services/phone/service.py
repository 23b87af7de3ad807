"""Puts the phone together and runs it until it is told to stop."""

from __future__ import annotations

import asyncio
import socket

import structlog

from appliance.adapters.nats import Bus
from appliance.adapters.speech import SpeechClient
from appliance.adapters.vault import KeyRing
from appliance.config import PhoneConfig
from appliance.errors import Unavailable
from appliance.events import Leave
from models.voice_activity.silero import Silero
from services.phone import priority
from services.phone.attention import Attention
from services.phone.captures import CaptureSender
from services.phone.clock import SendClock
from services.phone.desk import Desk
from services.phone.ledger import Ledger
from services.phone.line import Line, Refusal
from services.phone.phrases import Phrases
from services.phone.ports import PortPairs
from services.phone.recorder import remove_unfinished
from services.phone.switchboard import Switchboard
from services.unit import Unit

log = structlog.get_logger(__name__)

LOOK_S = 1.0
LOST_S = 1.0
"""So long may dialogue take to hear of lost calls before new ones are taken all the same."""


async def run(unit: Unit) -> None:
    config, recording = unit.config.phone, unit.config.recording
    recordings = unit.paths.folder("recordings")
    remove_unfinished(recordings)
    Silero(8000).probability(bytes(512))  # loads the model before the first call needs it
    speech = SpeechClient(unit.bus, "phone")
    clock = SendClock()
    desk = Desk(
        config=config,
        host=reachable_host(config),
        bus=unit.bus,
        speech=speech,
        keys=KeyRing(unit.bus, "phone"),
        captures=CaptureSender(unit.bus),
        phrases=Phrases(speech, notice=recording.notice if recording.enabled else None),
        clock=clock,
        attention=Attention(),
        ports=PortPairs(config.host, config.rtp_first, config.rtp_last),
        activity=lambda: Silero(8000),
        ledger=Ledger(unit.paths.folder("phone") / f"calls-{unit.instance}"),
        recordings=recordings if recording.enabled else None,
        notice=recording.notice,
    )
    telling = asyncio.create_task(tell_lost(unit.bus, desk.ledger), name="tell of lost calls")
    if desk.ledger.lost:
        await asyncio.wait({telling}, timeout=LOST_S)
    switchboard = Switchboard(desk)
    log.info("sip_listening", port=switchboard.address.port)
    priority.prefer_sound()
    preparing = asyncio.create_task(desk.phrases.prepare(), name="prepare phrases")
    try:
        unit.parts["sip"] = "ok"
        unit.ready()
        while True:
            unit.parts["bus"] = "ok" if unit.bus.connected else "The message bus does not answer."
            unit.parts["speech"] = "ok" if desk.phrases.complete else "Nothing has been spoken yet."
            await asyncio.sleep(LOOK_S)
    finally:
        preparing.cancel()
        telling.cancel()
        await switchboard.close()
        clock.close()


async def tell_lost(bus: Bus, ledger: Ledger) -> None:
    """A process before this one was killed in the middle of calls: dialogue learns that they are over, so that their
    conversations end and a new call can go on where one was."""
    for lost in ledger.lost:
        leave = Leave(input_id=f"lost_{lost.leg}", conversation=lost.conversation, leg=lost.leg, reason="failed")
        while True:
            try:
                await Line(bus, lost.conversation, lost.leg).give(leave)
            except Unavailable:
                continue
            except Refusal as refusal:  # it had not heard of the call yet, or knows by now
                log.info("lost_call_unknown", code=refusal.code)
            ledger.strike(lost.leg)
            break


def reachable_host(config: PhoneConfig) -> str:
    """The address for Contact and SDP; where we listen on all of them, the one that packets would leave from."""
    if config.advertised_host:
        return config.advertised_host
    if config.host not in ("0.0.0.0", "::"):  # noqa: S104
        return config.host
    family, beyond = (socket.AF_INET6, "2001:db8::1") if ":" in config.host else (socket.AF_INET, "192.0.2.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((beyond, 9))  # sends nothing
        except OSError:
            return "::1" if ":" in config.host else "127.0.0.1"
        return str(probe.getsockname()[0])
