/**
 * Says to a screen reader what changed: whole replies, not their pieces, and what became of the connection.
 * Lines replayed after a reload come in a burst, of which only the last is said.
 */
import type { Texts } from "../locale";
import type { Link, State } from "../protocol/state";
import { make } from "./element";

const BURST_MS = 400;
const BURST_LINES = 3;

export class Announcer {
  readonly element = make("div", { class: "hidden", role: "status", "aria-live": "polite" });
  readonly #texts: Texts;
  #lines: string[] = [];
  #pending: number | undefined;
  /** The connection has been up, and what has been told of its being down. */
  #up = false;
  #down: Link | null = null;

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  update(state: State, before: State): void {
    const lines = [...replies(state, before), ...failures(state, before, this.#texts)];
    lines.push(...this.#link(state.link));
    if (state.ended !== null && before.ended === null) lines.push(this.#texts.ended);
    for (const line of lines) this.say(line);
  }

  /** Only a break that lasted long enough to be told of is told to be over. */
  #link(link: Link): string[] {
    const told = this.#down;
    if (link === "offline" || (link === "waiting" && this.#up)) this.#down = link;
    if (link === "online") {
      this.#up = true;
      this.#down = null;
    }
    if (this.#down !== null && this.#down !== told)
      return [this.#down === "offline" ? this.#texts.offline : this.#texts.reconnecting];
    return told !== null && this.#down === null ? [this.#texts.back] : [];
  }

  say(line: string): void {
    this.#lines.push(line);
    this.#pending ??= window.setTimeout(() => this.#flush(), BURST_MS);
  }

  #flush(): void {
    const lines = this.#lines.length > BURST_LINES ? this.#lines.slice(-1) : this.#lines;
    this.element.replaceChildren(...lines.map((line) => make("p", {}, line)));
    this.#lines = [];
    this.#pending = undefined;
  }
}

function replies(state: State, before: State): string[] {
  if (state.entries === before.entries) return [];
  const old = new Map(before.entries.map((entry) => [`${entry.kind} ${entry.id}`, entry]));
  return state.entries.flatMap((entry) => {
    if (entry.kind !== "reply" || !entry.finished) return [];
    const known = old.get(`reply ${entry.id}`);
    return known?.kind === "reply" && known.finished ? [] : [entry.text];
  });
}

function failures(state: State, before: State, texts: Texts): string[] {
  if (state.entries === before.entries) return [];
  const count = (of: State): number =>
    of.entries.filter((entry) => entry.kind === "own" && entry.delivery.state === "failed").length;
  return count(state) > count(before) ? [texts.failed] : [];
}
