/** Carries out what the protocol machine commands: tickets over HTTP, the WebSocket, timers, the browser's session storage. */
import { step } from "./protocol/machine";
import { readFrame } from "./protocol/messages";
import { begin, type Command, type Event, type State, type Timer } from "./protocol/state";

const TICKET_MS = 8_000;

/** Everything from outside that a connection needs; tests hand in their own. */
export interface Place {
  /** Origin of the gateway, such as `https://voice.bank.example`. */
  readonly origin: string;
  readonly widget: string;
  readonly memory: Memory;
}

export interface Memory {
  read(): string | null;
  write(resume: string | null): void;
}

type Watcher = (state: State, before: State) => void;

export class Connection {
  #state: State;
  #socket: WebSocket | null = null;
  #ticketing: AbortController | null = null;
  readonly #timers = new Map<Timer, number>();
  readonly #place: Place;
  readonly #watch: Watcher;

  constructor(place: Place, watch: Watcher) {
    this.#place = place;
    this.#watch = watch;
    this.#state = begin(place.memory.read());
  }

  get state(): State {
    return this.#state;
  }

  dispatch(event: Event): void {
    const before = this.#state;
    const [state, commands] = step(before, event);
    this.#state = state;
    for (const command of commands) this.#carryOut(command);
    if (state !== before) this.#watch(this.#state, before);
  }

  /** Lets go of the line and every timer; the conversation itself goes on at the gateway. */
  close(): void {
    this.#closeSocket();
    for (const timer of [...this.#timers.keys()]) this.#disarm(timer);
  }

  #carryOut(command: Command): void {
    switch (command.type) {
      case "getTicket":
        void this.#getTicket(command.resume);
        return;
      case "openSocket":
        this.#openSocket();
        return;
      case "closeSocket":
        this.#closeSocket();
        return;
      case "send":
        if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command.frame));
        return;
      case "arm":
        this.#disarm(command.timer);
        this.#timers.set(
          command.timer,
          window.setTimeout(() => this.#fire(command.timer), command.ms),
        );
        return;
      case "disarm":
        this.#disarm(command.timer);
        return;
      case "remember":
        this.#place.memory.write(command.resume);
        return;
    }
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.dispatch({ type: "timerFired", timer, random: Math.random() });
  }

  #disarm(timer: Timer): void {
    window.clearTimeout(this.#timers.get(timer));
    this.#timers.delete(timer);
  }

  async #getTicket(resume: string | null): Promise<void> {
    this.#ticketing?.abort();
    const ticketing = new AbortController();
    this.#ticketing = ticketing;
    const late = window.setTimeout(() => ticketing.abort(), TICKET_MS);
    const event = await this.#askForTicket(resume, ticketing.signal);
    window.clearTimeout(late);
    if (this.#ticketing === ticketing) this.dispatch(event);
  }

  async #askForTicket(resume: string | null, signal: AbortSignal): Promise<Event> {
    const random = Math.random();
    try {
      const response = await fetch(new URL("/v1/widget/tickets", this.#place.origin), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ widget: this.#place.widget, resume }),
        // The session cookie goes along on the gateway's own pages only; elsewhere it would be a third party's.
        credentials: "same-origin",
        cache: "no-store",
        signal,
      });
      const body = (await response.json()) as { ticket?: unknown; title?: unknown; detail?: unknown };
      if (response.ok && typeof body.ticket === "string") return { type: "ticketGranted", ticket: body.ticket };
      const retryable = response.status === 429 || response.status >= 500;
      const title = typeof body.detail === "string" ? body.detail : String(body.title ?? "");
      return { type: "ticketRefused", title, retryable, random };
    } catch {
      return { type: "ticketRefused", title: "", retryable: true, random };
    }
  }

  #openSocket(): void {
    this.#closeSocket();
    const url = new URL("/v1/chat", this.#place.origin);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.#socket = socket;
    // A socket we have let go of may still call back: only the present one is heard.
    const heard = (event: () => Event | null) => () => {
      const happened = this.#socket === socket ? event() : null;
      if (happened !== null) this.dispatch(happened);
    };
    socket.onopen = heard(() => ({ type: "socketOpened" }));
    socket.onclose = heard(() => ({ type: "socketClosed", random: Math.random() }));
    socket.onmessage = (message: MessageEvent) => heard(() => this.#read(message.data))();
  }

  #read(data: unknown): Event | null {
    try {
      const frame = readFrame(String(data));
      return frame === null ? null : { type: "frameReceived", frame, now: Date.now() };
    } catch {
      return { type: "frameDamaged", random: Math.random() };
    }
  }

  #closeSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }
}
