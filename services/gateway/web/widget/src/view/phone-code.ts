/** "Continue by phone": the one-time code, whom to call, and for how long it is good. */
import { fill, type Texts } from "../locale";
import type { PhoneCode as Code } from "../protocol/state";
import { button, make, write } from "./element";

interface Answers {
  readonly ask: () => void;
  readonly dismiss: () => void;
}

export class PhoneCode {
  readonly element: HTMLElement;
  readonly #title: HTMLElement;
  readonly #how = make("p", { class: "how" });
  readonly #digits = make("p", { class: "digits" });
  readonly #left = make("p", { class: "left", role: "timer", "aria-live": "off" });
  readonly #again: HTMLButtonElement;
  readonly #texts: Texts;
  #code: Code = { state: "none" };
  #tick: number | undefined;

  constructor(texts: Texts, answers: Answers) {
    this.#texts = texts;
    this.#title = make("h3", { id: "phone-title", tabindex: "-1" }, texts.phoneTitle);
    this.#again = button({ class: "plain" }, answers.ask, texts.phoneNew);
    const close = button({ class: "plain" }, answers.dismiss, texts.phoneClose);
    this.element = make(
      "section",
      { class: "phone", "aria-labelledby": "phone-title", hidden: true },
      this.#title,
      this.#how,
      this.#digits,
      this.#left,
      make("div", { class: "row" }, this.#again, close),
    );
  }

  update(code: Code): void {
    if (code === this.#code) return;
    const appeared = this.#code.state === "none" && code.state !== "none";
    this.#code = code;
    this.element.hidden = code.state === "none";
    if (code.state === "shown") this.#describe(code);
    this.#count();
    if (appeared) this.#title.focus();
  }

  #describe(code: Extract<Code, { state: "shown" }>): void {
    const spaced = `${code.code.slice(0, 3)} ${code.code.slice(3)}`;
    const spelled = [...code.code].join(" ");
    this.#digits.replaceChildren(
      make("span", { class: "hidden" }, `${this.#texts.phoneCode}: ${spelled}`),
      make("span", { "aria-hidden": "true" }, spaced),
    );
    const number = code.phoneNumber;
    if (number === null) {
      write(this.#how, this.#texts.phoneHowNoNumber);
      return;
    }
    const [before = "", after = ""] = this.#texts.phoneHow.split("{number}");
    const link = make("a", { href: `tel:${number.replace(/[^\d+*#]/g, "")}` }, number);
    this.#how.replaceChildren(before, link, after);
  }

  #count(): void {
    window.clearTimeout(this.#tick);
    const code = this.#code;
    const left = code.state === "shown" ? Math.ceil((code.expiresAt - Date.now()) / 1000) : 0;
    const good = code.state === "shown" && left > 0;
    this.#digits.hidden = !good;
    if (!good) this.#digits.replaceChildren();
    this.#left.hidden = !good;
    this.#again.hidden = good || code.state === "asked" || code.state === "none";
    if (good) {
      const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      write(this.#left, fill(this.#texts.phoneLeft, { time }));
      this.#tick = window.setTimeout(() => this.#count(), 1000);
    } else if (code.state === "shown") write(this.#how, this.#texts.phoneExpired);
    else if (code.state === "asked") write(this.#how, this.#texts.phoneAsk);
    else if (code.state === "failed") write(this.#how, code.title || this.#texts.phoneFailed);
  }
}
