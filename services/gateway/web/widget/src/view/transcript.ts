/** The conversation as a list on the page. Follows the newest line unless the person has scrolled up to read. */
import type { Texts } from "../locale";
import type { Captured, Entry, Own, Reply, State } from "../protocol/state";
import { make, button as makeButton, write } from "./element";

const NEAR_END_PX = 80;

interface Line {
  readonly item: HTMLLIElement;
  readonly text: HTMLElement;
  readonly note: HTMLElement;
}

export class Transcript {
  readonly element: HTMLElement;
  readonly #list = make("ol", { class: "lines", role: "list" });
  readonly #writing: HTMLElement;
  readonly #lines = new Map<string, Line>();
  readonly #texts: Texts;
  readonly #retry: (id: string) => void;
  /** The person is at the end, not reading further up. */
  #following = true;

  constructor(texts: Texts, retry: (id: string) => void) {
    this.#texts = texts;
    this.#retry = retry;
    const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
    this.#writing = make(
      "p",
      { class: "writing", hidden: true },
      make("span", { class: "hidden" }, texts.writing),
      dots,
    );
    // Replies are read out whole by the announcer (panel.ts), not letter by letter as they grow here.
    this.element = make(
      "div",
      { class: "transcript", role: "log", "aria-live": "off", "aria-label": texts.transcript, tabindex: "0" },
      make("p", { class: "intro" }, texts.intro),
      this.#list,
      this.#writing,
    );
    this.element.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.element;
      this.#following = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    });
    // Also where the foot grows (secure entry, a longer message) or the panel opens.
    new ResizeObserver(() => this.#follow()).observe(this.element);
  }

  update(state: State): void {
    const grew = state.entries.length > this.#lines.size;
    if (grew && state.entries.at(-1)?.kind === "own") this.#following = true;
    const keys = new Set<string>();
    state.entries.forEach((entry, index) => {
      const key = `${entry.kind} ${entry.id}`;
      keys.add(key);
      const line = this.#lines.get(key) ?? this.#add(key, entry);
      this.#show(line, entry);
      if (this.#list.children[index] !== line.item)
        this.#list.insertBefore(line.item, this.#list.children[index] ?? null);
    });
    for (const [key, line] of this.#lines) {
      if (keys.has(key)) continue;
      line.item.remove();
      this.#lines.delete(key);
    }
    this.#writing.hidden = !state.writing;
    this.#follow();
  }

  #follow(): void {
    if (this.#following) this.element.scrollTop = this.element.scrollHeight;
  }

  #add(key: string, entry: Entry): Line {
    const own = entry.kind !== "reply";
    const who = make("span", { class: "hidden" }, `${own ? this.#texts.you : this.#texts.agent}: `);
    const text = make("span", { class: "text" });
    const note = make("p", { class: "note" });
    const bubble = make("div", { class: "bubble" }, who, text);
    const line: Line = { item: make("li", { class: own ? "own" : "reply" }, bubble, note), text, note };
    if (entry.kind === "captured") line.item.classList.add("captured");
    this.#lines.set(key, line);
    return line;
  }

  #show(line: Line, entry: Entry): void {
    if (entry.kind === "reply") this.#showReply(line, entry);
    else if (entry.kind === "own") this.#showOwn(line, entry);
    else this.#showCaptured(line, entry);
  }

  #showReply(line: Line, reply: Reply): void {
    write(line.text, reply.text);
    line.item.hidden = reply.text === "";
    line.item.classList.toggle("growing", !reply.finished);
  }

  #showOwn(line: Line, own: Own): void {
    write(line.text, own.text);
    const { delivery } = own;
    line.item.dataset.delivery = delivery.state;
    if (delivery.state !== "failed") {
      write(line.note, delivery.state === "sending" ? this.#texts.sending : this.#texts.sent);
      return;
    }
    const why = [this.#texts.failed, delivery.title ?? ""].join(" ").trim();
    const [text, button] = line.note.children;
    if (text?.textContent === why && delivery.retryable === (button !== undefined)) return;
    const again = makeButton({ class: "retry" }, () => this.#retry(own.id), this.#texts.retry);
    line.note.replaceChildren(make("span", {}, why), ...(delivery.retryable ? [again] : []));
  }

  #showCaptured(line: Line, captured: Captured): void {
    line.item.hidden = captured.delivery.state !== "accepted";
    write(line.text, captured.cancelled ? this.#texts.secureCancelled : this.#texts.secureDone);
  }
}
