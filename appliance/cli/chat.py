"""`b2t chat`: a chat with the box, typed line by line or given whole."""

from __future__ import annotations

import asyncio
import getpass
import sys
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from appliance.adapters.chat_client import Chat, Reply, open_chat
from appliance.cli.box import DataDir, Json, quiet, reachable
from appliance.cli.output import NotRunning, Output
from appliance.config import Paths, load_config
from appliance.errors import B2TError, Unavailable


@dataclass(frozen=True, slots=True)
class Spoken:
    who: str
    text: str


def register(app: typer.Typer) -> None:
    @app.command(epilog='Example: b2t chat "what is my balance" "checking"')
    def chat(
        turns: Annotated[list[str] | None, typer.Argument(help="What to say, in order; without any, type it.")] = None,
        widget: Annotated[str, typer.Option(help="Key of the widget whose agent answers.")] = "demo",
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Chat with an agent. Where it asks for secret digits they are read without being shown, and go encrypted."""
        quiet()
        out = Output(as_json=as_json)
        try:
            asyncio.run(hold(out, Paths.of(data_dir), widget, turns or []))
        except B2TError as error:
            out.fail(error)
        except KeyboardInterrupt:
            raise SystemExit(130) from None


async def hold(out: Output, paths: Paths, widget: str, turns: list[str]) -> None:
    config = load_config(paths).gateway
    url = f"http://{reachable(config.host)}:{config.port}"
    said: list[Spoken] = []
    opened = False
    try:
        async with open_chat(url, widget) as chat:
            opened = True
            out.text(f"conversation {chat.conversation}, agent {chat.agent}")
            replies = _show(out, said, await chat.replies())
            waiting = list(turns)
            while chat.ended is None and (waiting or not turns):
                text = waiting.pop(0) if waiting else await _typed()
                if text is None:
                    break
                replies = _show(out, said, await _turn(out, said, chat, replies, text))
            if chat.ended is None:
                await chat.end()
            out.document(
                {"conversation": chat.conversation, "agent": chat.agent, "said": [asdict(one) for one in said]}
            )
    except Unavailable as error:
        if opened:
            raise
        raise NotRunning(error.title) from None


async def _turn(out: Output, said: list[Spoken], chat: Chat, replies: list[Reply], text: str) -> list[Reply]:
    secure: dict[str, Any] | None = replies[-1].secure if replies else None
    if secure is not None and text.isdigit():
        said.append(Spoken("you", "(secret digits)"))
        return await chat.key(secure, text)
    if secure is not None and not text and sys.stdin.isatty():
        return await chat.key(secure, await asyncio.to_thread(getpass.getpass, "secret digits> "))
    said.append(Spoken("you", text))
    if not sys.stdin.isatty():
        out.text(f"you    {text}")
    return await chat.say(text)


def _show(out: Output, said: list[Spoken], replies: list[Reply]) -> list[Reply]:
    for reply in replies:
        said.append(Spoken("agent", reply.text))
        out.text(f"agent  {reply.text}")
        if reply.secure is not None and sys.stdin.isatty():
            out.text("       (press Enter alone to key the digits without showing them)")
    return replies


async def _typed() -> str | None:
    """One line; None once there are no more."""
    try:
        return (await asyncio.to_thread(input, "you    " if sys.stdin.isatty() else "")).strip()
    except EOFError:
        return None
