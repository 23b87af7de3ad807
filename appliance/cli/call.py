"""`b2t call`: a real SIP call to the box, spoken by its own speech engine, and what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from appliance.adapters.sip_caller import CallRecord, CallRefused, CallTurn
from appliance.adapters.sip_caller import call as place_call
from appliance.adapters.speech import SpeechClient
from appliance.cli.box import Box, DataDir, Json, reachable, run
from appliance.cli.conversations import ask_list, print_transcript, read_transcript
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.cli.transcript import Line
from appliance.errors import Invalid, Unavailable, Unknown
from appliance.telephony.addresses import Address

KEYS = "keys:"
RATE = 8000
NO_SUCH_NUMBER = 404
LISTED_WITHIN_S = 6.0


def register(app: typer.Typer) -> None:
    @app.command(epilog='Example: b2t call "what is my balance" "checking" keys:12345678#')
    def call(
        turns: Annotated[
            list[str] | None, typer.Argument(help="What the caller says, in order; `keys:123#` presses keys instead.")
        ] = None,
        number: Annotated[str, typer.Option(help="Number to call.")] = "1000",
        voice: Annotated[str, typer.Option(help="Voice of the caller; the engine's own unless named.")] = "",
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Place a test call over SIP and print its transcript, with what the caller heard and how soon."""
        out = Output(as_json=as_json)
        result = run(out, data_dir, lambda box: hold(box, number, turns or [], voice))
        record, conversation, lines = result
        out.document({**_figures(record), "conversation": conversation, "lines": [asdict(line) for line in lines]})
        out.text(f"answered after {record.answer_ms:.0f} ms, greeting {_ms(record.greeting_ms)} after the answer")
        for count, reply in enumerate(record.replies[1:], 1):
            waited = (
                "no answer" if reply.is_silent else f"answered {_ms(reply.latency_ms)} after the caller's last sound"
            )
            out.text(f"turn {count}: {waited}")
        out.text(f"{record.packets} packets heard, {record.lost} lost, jitter {record.jitter_ms:.1f} ms")
        out.text(f"\nconversation {conversation or '(not recorded)'}")
        print_transcript(out, lines)
        heard_nothing = record.greeting_ms is None or any(reply.is_silent for reply in record.replies)
        raise SystemExit(int(Exit.FAILED if heard_nothing else Exit.OK))


async def hold(box: Box, number: str, turns: list[str], voice: str) -> tuple[CallRecord, str | None, list[Line]]:
    phone = box.config.phone
    spoken = [await _turn(box, text, voice) for text in turns]
    began = datetime.now(UTC)
    host = reachable(phone.host)
    try:
        record = await place_call(Address(host, phone.port), number, spoken, local=Address(host, 0))
    except CallRefused as refused:
        if refused.sip_status != NO_SUCH_NUMBER:
            raise
        raise Unknown("No agent answers under that number: `b2t agents list` shows them.") from None
    conversation = await _conversation(box, began)
    return record, conversation, await read_transcript(box, conversation) if conversation else []


async def _turn(box: Box, text: str, voice: str) -> CallTurn:
    if text.startswith(KEYS):
        keys = text.removeprefix(KEYS).upper()
        if not keys or set(keys) - set("0123456789*#ABCD"):
            raise Invalid("Keys are digits, * and #.")
        return CallTurn(keys=keys)
    try:
        pcm = b"".join(
            [chunk async for chunk in SpeechClient(box.bus, "operator").synthesize(text, voice, sample_rate=RATE)]
        )
    except Unavailable as error:
        raise Unavailable(f"The caller's words cannot be spoken: {error.title}") from None
    return CallTurn(pcm=pcm)


async def _conversation(box: Box, began: datetime) -> str | None:
    """The call's conversation: the youngest that a phone call started since; insights hears of it a moment later."""
    since = began.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    deadline = asyncio.get_running_loop().time() + LISTED_WITHIN_S
    while asyncio.get_running_loop().time() < deadline:
        listed = await ask_list(box, 10, None)
        found = [row for row in listed.conversations if row.started >= since and "phone" in row.channels]
        if found and found[0].ended:
            return found[0].conversation
        await asyncio.sleep(0.25)
    return found[0].conversation if found else None


def _figures(record: CallRecord) -> dict[str, Any]:
    return {
        "answer_ms": round(record.answer_ms, 1),
        "greeting_ms": None if record.greeting_ms is None else round(record.greeting_ms, 1),
        "replies": [
            {
                "began_s": round(reply.began_s, 3),
                "ended_s": round(reply.ended_s, 3),
                "latency_ms": None if reply.latency_ms is None else round(reply.latency_ms, 1),
                "silent": reply.is_silent,
            }
            for reply in record.replies
        ],
        "ended_by_agent": record.ended_by_agent,
        "packets": record.packets,
        "lost": record.lost,
        "jitter_ms": round(record.jitter_ms, 2),
    }


def _ms(value: float | None) -> str:
    return "never" if value is None else f"{value:.0f} ms"
