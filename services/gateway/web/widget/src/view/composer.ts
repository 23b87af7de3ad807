/** Where the person writes. Enter sends, Shift+Enter makes a new line; what is too long is kept and said to be so. */
import { fill, type Texts } from "../locale";
import { button, icon, make, write } from "./element";

const LIMIT = 4000;
const WARN_FROM = 3500;

interface Answers {
  readonly written: (text: string) => void;
  readonly end: () => void;
}

export class Composer {
  readonly element: HTMLFormElement;
  readonly #input: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #count = make("p", { class: "count", id: "count", "aria-live": "polite" });
  readonly #end: HTMLButtonElement;
  readonly #texts: Texts;

  constructor(texts: Texts, answers: Answers) {
    this.#texts = texts;
    this.#end = button({ class: "end", hidden: true }, answers.end, texts.end);
    this.#input = make("textarea", {
      rows: 1,
      id: "message",
      placeholder: texts.placeholder,
      "aria-describedby": "count",
      enterkeyhint: "send",
    });
    this.#send = make("button", { type: "submit", class: "send", "aria-label": texts.send }, icon("send"));
    const label = make("label", { for: "message", class: "hidden" }, texts.label);
    this.element = make("form", { class: "composer" }, label, this.#input, this.#send, this.#count, this.#end);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#input.value.trim();
      if (text === "" || this.#over() > 0) {
        this.#input.focus();
        return;
      }
      answers.written(text);
      this.#input.value = "";
      this.#measure();
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.element.requestSubmit();
    });
    this.#input.addEventListener("input", () => this.#measure());
    this.#measure();
  }

  /** Whether there is something that could be ended. */
  update(running: boolean): void {
    this.#end.hidden = !running;
  }

  focus(): void {
    this.#input.focus();
  }

  /** Characters beyond the limit, counted as the gateway counts them: code points, not UTF-16 units. */
  #over(): number {
    return [...this.#input.value.trim()].length - LIMIT;
  }

  #measure(): void {
    const over = this.#over();
    const input = this.#input;
    this.#send.disabled = input.value.trim() === "" || over > 0;
    input.setAttribute("aria-invalid", String(over > 0));
    this.#count.classList.toggle("over", over > 0);
    const text =
      over > 0
        ? fill(this.#texts.over, { count: over, limit: LIMIT })
        : over > WARN_FROM - LIMIT
          ? fill(this.#texts.left, { count: -over })
          : "";
    write(this.#count, text);
    input.style.height = "auto";
    if (input.scrollHeight > 0) input.style.height = `${input.scrollHeight}px`;
  }
}
