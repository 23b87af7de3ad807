/**
 * The chat protocol as a pure state machine: `step(state, event)` gives the next state and the commands to carry out.
 * No socket, clock or chance in here; connection.ts brings those.
 */
import type { ClientFrame, ServerFrame } from "./messages";
import type { Command, Event, State } from "./state";
import * as transcript from "./transcript";

const GREET_MS = 10_000;
const PING_MS = 25_000;
const PONG_MS = 10_000;
const ACCEPT_MS = 12_000;
const STALLS = 2;
const REFUSALS = 2;
const WRITING_MS = 20_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

type Step = readonly [State, readonly Command[]];

const send = (frame: ClientFrame): Command => ({ type: "send", frame });
const TIMERS = ["greet", "ping", "pong", "accept"] as const;
const quiet: readonly Command[] = TIMERS.map((timer) => ({ type: "disarm", timer }));

/** Half of the capped exponential delay is chance, so that a restarted gateway is not met by everybody at once. */
export function retryDelay(tries: number, random: number): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** tries);
  return Math.round(full / 2 + (full / 2) * random);
}

function connect(state: State): Step {
  return [
    { ...state, link: "ticket", ticket: null, inFlight: null },
    [
      { type: "disarm", timer: "retry" },
      { type: "arm", timer: "greet", ms: GREET_MS },
      { type: "getTicket", resume: state.resume },
    ],
  ];
}

/** The connection is gone: wait and try again, unless there is nothing left to wait for. */
function lost(state: State, random: number): Step {
  const gone: State = { ...state, ticket: null, inFlight: null, writing: false };
  const over = state.ended !== null && transcript.unfinished(state.entries).length === 0;
  if (over) return [{ ...gone, link: "closed", resume: null }, [...quiet, { type: "remember", resume: null }]];
  if (state.link === "offline") return [gone, quiet];
  const ms = retryDelay(state.tries, random);
  return [{ ...gone, link: "waiting", tries: state.tries + 1 }, [...quiet, { type: "arm", timer: "retry", ms }]];
}

function drop(state: State, random: number): Step {
  const [next, commands] = lost(state, random);
  return [next, [{ type: "closeSocket" }, ...commands]];
}

/** Sends the next message if the line is free. */
function pump(state: State): Step {
  if (state.link !== "online" || state.inFlight !== null) return [state, []];
  const next = transcript.nextToSend(state.entries);
  if (next === undefined) return [state, [{ type: "disarm", timer: "accept" }]];
  const { id } = next;
  const frame: ClientFrame =
    next.kind === "own"
      ? { type: "say", id, text: next.text }
      : next.box === null
        ? { type: "capture", id, capture: next.capture, cancelled: true }
        : { type: "capture", id, capture: next.capture, box: next.box };
  return [{ ...state, inFlight: id }, [send(frame), { type: "arm", timer: "accept", ms: ACCEPT_MS }]];
}

function welcomed(state: State, frame: Extract<ServerFrame, { type: "welcome" }>): Step {
  const same = state.conversation === null || state.conversation === frame.conversation;
  const online: State = {
    ...state,
    link: "online",
    refusals: 0,
    problem: null,
    resume: frame.resume,
    conversation: frame.conversation,
    agent: frame.agent,
    phoneNumber: frame.phoneNumber,
    entries: same ? state.entries : transcript.unaccepted(state.entries),
    code: same ? state.code : { state: "none" },
  };
  const [next, commands] = pump(online);
  const setup: Command[] = [
    { type: "remember", resume: frame.resume },
    { type: "disarm", timer: "greet" },
  ];
  const code: Command[] = next.code.state === "asked" ? [send({ type: "code" })] : [];
  return [next, [...setup, ...commands, ...code]];
}

function answered(state: State, id: string, entries: State["entries"]): Step {
  const inFlight = state.inFlight === id ? null : state.inFlight;
  return pump({ ...state, entries, inFlight, stalls: 0 });
}

function troubled(state: State, frame: Extract<ServerFrame, { type: "problem" }>): Step {
  const { title, retryable, id } = frame;
  if (id !== null) return answered(state, id, transcript.failed(state.entries, id, { title, retryable }));
  if (state.code.state === "asked") return [{ ...state, code: { state: "failed", title } }, []];
  if (state.link === "online" || retryable) return [{ ...state, problem: { title, retryable } }, []];
  const refusals = state.refusals + 1;
  if (refusals < REFUSALS) return [{ ...state, refusals }, []];
  return refused({ ...state, refusals: 0 }, title);
}

/** Refused for good before the welcome: without its resume token the conversation cannot go on, but a new one can start. */
function refused(state: State, title: string): Step {
  if (state.resume !== null) {
    const [next, commands] = connect({ ...state, resume: null });
    return [next, [{ type: "closeSocket" }, { type: "remember", resume: null }, ...commands]];
  }
  return [
    { ...state, link: "closed", ticket: null, inFlight: null, problem: { title, retryable: false } },
    [{ type: "closeSocket" }, ...quiet],
  ];
}

function received(state: State, frame: ServerFrame, now: number): Step {
  const { entries } = state;
  switch (frame.type) {
    case "welcome":
      return welcomed(state, frame);
    case "accepted": {
      const spoke = transcript.findOwn(entries, frame.id)?.kind === "own";
      const [next, commands] = answered(state, frame.id, transcript.accepted(entries, frame.id));
      if (!spoke) return [next, commands];
      return [{ ...next, writing: true }, [...commands, { type: "arm", timer: "writing", ms: WRITING_MS }]];
    }
    case "said": {
      const seen = Math.max(state.seen, frame.sequence);
      return answered({ ...state, seen }, frame.id, transcript.said(entries, frame.id, frame.text, frame.sequence));
    }
    case "reply_started": {
      const seen = Math.max(state.seen, frame.sequence);
      const started = transcript.replyStarted(entries, frame.reply, frame.sequence);
      return [{ ...state, seen, writing: false, entries: started }, [{ type: "disarm", timer: "writing" }]];
    }
    case "reply_delta":
      return [{ ...state, entries: transcript.replyGrew(entries, frame.reply, frame.text) }, []];
    case "reply_finished": {
      const seen = Math.max(state.seen, frame.sequence);
      const finished = transcript.replyFinished(entries, { ...frame, id: frame.reply });
      return [{ ...state, seen, writing: false, entries: finished }, [{ type: "disarm", timer: "writing" }]];
    }
    case "code": {
      const { code, phoneNumber } = frame;
      return [{ ...state, code: { state: "shown", code, phoneNumber, expiresAt: now + frame.expiresIn * 1000 } }, []];
    }
    case "ended":
      return finished(state, frame.reason);
    case "problem":
      return troubled(state, frame);
    case "pong":
      return [state, []];
  }
}

function finished(state: State, reason: string): Step {
  const title = null;
  const entries = transcript
    .unaccepted(state.entries)
    .reduce((all, own) => transcript.failed(all, own.id, { title, retryable: false }), state.entries);
  return [{ ...state, ended: reason, writing: false, inFlight: null, entries, code: { state: "none" } }, []];
}

function fired(state: State, timer: Extract<Event, { type: "timerFired" }>["timer"], random: number): Step {
  switch (timer) {
    case "retry":
      return state.link === "waiting" ? connect(state) : [state, []];
    case "greet":
      return state.link === "ticket" || state.link === "opening" ? drop(state, random) : [state, []];
    case "ping":
      if (state.link !== "online") return [state, []];
      return [state, [send({ type: "ping" }), { type: "arm", timer: "pong", ms: PONG_MS }]];
    case "pong":
      return state.link === "online" ? drop(state, random) : [state, []];
    case "accept":
      return state.link === "online" ? drop(stalled(state), random) : [state, []];
    case "writing":
      return [{ ...state, writing: false }, []];
  }
}

/**
 * No answer to a message on a line that looks open. It goes out again on the next line; if that brings no answer
 * either, the person decides.
 */
function stalled(state: State): State {
  const stalls = state.stalls + 1;
  if (state.inFlight === null || stalls < STALLS) return { ...state, stalls };
  const entries = transcript.failed(state.entries, state.inFlight, { title: null, retryable: true });
  return { ...state, stalls: 0, entries };
}

function restart(state: State): Step {
  const fresh: State = { ...state, resume: null, conversation: null, entries: [], seen: 0, ended: null, problem: null };
  const [next, commands] = connect({ ...fresh, tries: 0, code: { state: "none" } });
  return [next, [{ type: "closeSocket" }, { type: "remember", resume: null }, ...commands]];
}

export function step(state: State, event: Event): Step {
  switch (event.type) {
    case "wanted":
      if (state.link !== "idle" && !(state.link === "closed" && state.ended === null)) return [state, []];
      return connect({ ...state, problem: null });
    case "ticketGranted":
      if (state.link !== "ticket") return [state, []];
      return [{ ...state, link: "opening", ticket: event.ticket }, [{ type: "openSocket" }]];
    case "ticketRefused":
      if (state.link !== "ticket") return [state, []];
      if (!event.retryable) return refused(state, event.title);
      return lost(state, event.random);
    case "socketOpened": {
      if (state.link !== "opening" || state.ticket === null) return [state, []];
      const hello = { type: "hello", ticket: state.ticket, after: transcript.resumeAfter(state) } as const;
      return [{ ...state, ticket: null }, [send(hello)]];
    }
    case "socketClosed":
      return state.link === "opening" || state.link === "online" ? lost(state, event.random) : [state, []];
    case "frameReceived": {
      const [next, commands] = received(state, event.frame, event.now);
      if (next.link !== "online") return [next, commands];
      // Any frame shows that the line lives; a welcome alone may come from a gateway that falls over right after it.
      const steady = event.frame.type === "welcome" || event.frame.type === "problem" ? next : { ...next, tries: 0 };
      return [steady, [...commands, { type: "disarm", timer: "pong" }, { type: "arm", timer: "ping", ms: PING_MS }]];
    }
    case "frameDamaged":
      return drop(state, event.random);
    case "wentOffline":
      if (state.link === "idle" || state.link === "closed") return [state, []];
      return [
        { ...state, link: "offline", ticket: null, inFlight: null, writing: false },
        [{ type: "closeSocket" }, { type: "disarm", timer: "retry" }, ...quiet],
      ];
    case "wentOnline":
      return state.link === "offline" || state.link === "waiting" ? connect({ ...state, tries: 0 }) : [state, []];
    case "timerFired":
      return fired(state, event.timer, event.random);
    default:
      return asked(state, event);
  }
}

type Asked = Extract<
  Event,
  {
    type:
      | "messageWritten"
      | "retryAsked"
      | "digitsSealed"
      | "captureCancelled"
      | "codeAsked"
      | "codeDismissed"
      | "endAsked"
      | "newConversationAsked";
  }
>;

/** What the person did. */
function asked(state: State, event: Asked): Step {
  switch (event.type) {
    case "messageWritten":
      return pump({ ...state, entries: transcript.written(state.entries, event.id, event.text) });
    case "retryAsked":
      return pump({ ...state, entries: transcript.again(state.entries, event.id) });
    case "digitsSealed":
      return pump({ ...state, entries: transcript.captured(state.entries, event) });
    case "captureCancelled":
      return pump({ ...state, entries: transcript.captured(state.entries, { ...event, box: null }) });
    case "codeAsked": {
      const commands = state.link === "online" ? [send({ type: "code" })] : [];
      return [{ ...state, code: { state: "asked" } }, commands];
    }
    case "codeDismissed":
      return [{ ...state, code: { state: "none" } }, []];
    case "endAsked":
      return state.link === "online" ? [state, [send({ type: "end" })]] : [state, []];
    case "newConversationAsked":
      return restart(state);
  }
}
