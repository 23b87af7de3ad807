"""All commands of `b2t` together."""

from __future__ import annotations

import typer

from appliance.cli import agents, call, chat, conversations, doctor, insights, status, up

EXIT_CODES = (
    "Exit status: 0 in order, 1 something is not in order or did not work, 2 wrong command line, "
    "3 the box does not answer, 4 no such conversation, agent or number."
)

app = typer.Typer(
    name="b2t",
    help="One box that answers phone calls and chats.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
up.register(app)
status.register(app)
agents.register(app)
conversations.register(app)
insights.register(app)
doctor.register(app)
call.register(app)
chat.register(app)


def run() -> None:
    app()
