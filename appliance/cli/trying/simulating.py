"""Lets a simulated user talk to an agent on the stage, until they have what they want or cannot get it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence

from appliance.agents import definition as d
from appliance.agents.scenarios import Expect
from appliance.agents.simulated import Reached, Simulated
from appliance.agents.simulated_user import GivesUp, Seen, SimulatedUser
from appliance.cli.trying.connectors import Made, connectors
from appliance.cli.trying.judging import Failure, Judge, is_value
from appliance.cli.trying.playing import Played, acted
from appliance.cli.trying.stage import Cast, Stage
from appliance.conversation.state import State
from appliance.errors import B2TError
from appliance.events import FlowFinished


async def simulate_all(given: Cast, users: Sequence[Simulated]) -> AsyncIterator[Played]:
    for user in users:
        yield await simulate(given, user)


async def simulate(given: Cast, simulated: Simulated) -> Played:
    started = time.perf_counter()
    user, made = simulated.user, list[Made]()
    played = Played(simulated, kind="simulated")
    folder = given.folder / f"user-{simulated.name}-{time.perf_counter_ns()}"
    folder.mkdir()
    locale = user.locale or given.version.agent.locales[0]
    agent = given.version.spoken(locale).agent
    others = connectors(agent, None if user.connectors == "demo" else user.connectors, folder, made.append)
    stage = Stage(given, f"user-{simulated.name}-{simulated.seed}", others, made)
    try:
        came = await stage.start(user.channel, locale)
        played.take("", came)
        await _talk(stage, SimulatedUser(simulated, agent), played, agent)
    except B2TError as error:
        number = len(played.transcript)
        played.failures.append(Failure(simulated.place(), number, "could not be played", "a reply", error.title))
    finally:
        for connector in others.values():
            await connector.close()
    played.took_s = time.perf_counter() - started
    return played


async def _talk(stage: Stage, talks: SimulatedUser, played: Played, agent: d.Agent) -> None:
    simulated = played.written
    assert isinstance(simulated, Simulated)
    user, judge, secrets = simulated.user, Judge(simulated), list[str]()
    for number in range(1, user.turns + 1):
        if missing(user.goal.reached, played, stage.state) is None:
            return
        if stage.state.ended is not None or stage.state.transferred is not None:
            break
        turn = talks.next(seen(stage.state, agent))
        if isinstance(turn, GivesUp):
            played.failures.append(_failed(simulated, number, stage, played, turn.why))
            return
        if turn.secure is not None:
            secrets.append(turn.secure)
        came = await acted(stage, turn)
        played.take(turn.shown, came)
        played.failures += judge.turn(None, Expect(), came, tuple(secrets))
        if played.failures:
            return
    lacks = missing(user.goal.reached, played, stage.state)
    if lacks is not None:
        played.failures.append(_failed(simulated, len(played.transcript), stage, played, ""))


def _failed(simulated: Simulated, number: int, stage: Stage, played: Played, why: str) -> Failure:
    goal = simulated.user.goal
    last = played.transcript[-1]
    got = f'{f"{why}; " if why else ""}after {last[0] or "the greeting"} it said "{last[1]}"'
    lacks = missing(goal.reached, played, stage.state) or ""
    return Failure(simulated.place(None, "goal", "reached"), number, "the goal is not reached", lacks, got)


def missing(reached: Reached, played: Played, state: State) -> str | None:
    """What of the goal is not there yet; None where it is reached."""
    for called, arguments in reached.calls.items():
        if not any(one.operation == called and _fits(arguments, one) for one in played.calls):
            return f"{called} {arguments or ''}".strip()
    finished = {event.flow for event in played.events if isinstance(event, FlowFinished) and event.outcome == "done"}
    if reached.flow is not None and reached.flow not in finished:
        return f"the flow {reached.flow} is finished"
    said = " ".join(reply for _, reply in played.transcript).casefold()
    for text in reached.reply:
        if text.casefold() not in said:
            return f'"{text}" is said'
    if reached.transfer is not None and state.transferred != reached.transfer:
        return f"a transfer to {reached.transfer}"
    return "the conversation has ended" if reached.ended and state.ended is None else None


def _fits(arguments: object, made: Made) -> bool:
    assert isinstance(arguments, dict)
    return all(is_value(value, made.arguments.get(name)) for name, value in arguments.items())


def seen(state: State, agent: d.Agent) -> Seen:
    """What a user would make of where the conversation is: the question that waits."""
    top = state.top
    step = agent.flows[top.flow].step(top.step) if top and top.step and top.flow in agent.flows else None
    flow, times = top.flow if top else None, state.misunderstood
    match step:
        case d.Ask():
            return Seen("slot", step.ask, flow, times, step.skip)
        case d.Confirm():
            return Seen("yes_no", None, flow, times)
        case d.Collect():
            return Seen("secret", step.collect, flow, times)
        case _:
            return Seen("open", None, flow, times)
