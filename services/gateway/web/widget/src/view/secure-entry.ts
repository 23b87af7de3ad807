/**
 * The field for digits nobody may see: masked, in no transcript, sealed on this device the moment they are submitted
 * and wiped from the field.
 */
import { fill, type Texts } from "../locale";
import type { SecureCapture } from "../protocol/messages";
import { canSeal } from "../secure";
import { button, icon, make, write } from "./element";

interface Answers {
  /** Takes the digits as bytes, which it wipes. */
  readonly submit: (digits: Uint8Array, secure: SecureCapture) => void;
  readonly cancel: (secure: SecureCapture) => void;
}

export class SecureEntry {
  readonly element: HTMLFormElement;
  readonly #label = make("label", { for: "digits", class: "label" });
  readonly #input: HTMLInputElement;
  readonly #how = make("p", { class: "how", id: "digits-how" });
  readonly #error = make("p", { class: "error", id: "digits-error", role: "alert" });
  readonly #submit: HTMLButtonElement;
  readonly #field: HTMLElement;
  readonly #texts: Texts;
  #secure: SecureCapture | null = null;

  constructor(texts: Texts, answers: Answers) {
    this.#texts = texts;
    this.#input = make("input", {
      id: "digits",
      type: "password",
      inputmode: "numeric",
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": "digits-how digits-error",
      // Password managers that do not heed autocomplete.
      "data-1p-ignore": true,
      "data-bwignore": true,
      "data-lpignore": "true",
    });
    this.#submit = make("button", { type: "submit", class: "primary" }, texts.secureSend);
    this.#field = make("div", { class: "field" }, this.#label, this.#input);
    const cancel = button(
      { class: "plain" },
      () => this.#secure !== null && answers.cancel(this.#secure),
      texts.secureCancel,
    );
    const title = make("h3", { id: "secure-title" }, icon("lock"), texts.secureTitle);
    this.element = make(
      "form",
      { class: "secure", "aria-labelledby": "secure-title", autocomplete: "off", novalidate: true },
      title,
      this.#field,
      this.#how,
      this.#error,
      make("div", { class: "row" }, this.#submit, cancel),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#take(answers.submit);
    });
  }

  /** `failed`: the last answer did not arrive; `sending`: one is on its way. */
  show(secure: SecureCapture, answer: { sending: boolean; failed: boolean; title: string | null }): void {
    const fresh = this.#secure?.capture !== secure.capture;
    this.#secure = secure;
    const possible = canSeal();
    const range = { min: secure.min, max: secure.max };
    const exact = secure.min === secure.max;
    write(this.#label, secure.label === "pin" ? this.#texts.securePin : secure.label || this.#texts.secureOther);
    const how = answer.sending ? this.#texts.secureSending : exact ? this.#texts.secureHowExact : this.#texts.secureHow;
    write(this.#how, fill(possible ? how : "", range));
    this.#field.hidden = !possible;
    this.#submit.hidden = !possible;
    // Not disabled: that would throw the keyboard's focus away.
    this.#submit.setAttribute("aria-disabled", String(answer.sending));
    this.#input.readOnly = answer.sending;
    this.#input.maxLength = secure.max;
    if (!possible) this.#fail(this.#texts.secureImpossible);
    else if (answer.failed) this.#fail(answer.title ?? this.#texts.secureFailed);
    else if (fresh) this.#fail("");
  }

  focus(): void {
    if (!this.#field.hidden) this.#input.focus();
    else this.element.querySelector<HTMLElement>(".plain")?.focus();
  }

  clear(): void {
    this.#input.value = "";
    this.#secure = null;
  }

  #fail(text: string): void {
    this.#input.setAttribute("aria-invalid", String(text !== ""));
    write(this.#error, text);
  }

  #take(submit: Answers["submit"]): void {
    const secure = this.#secure;
    if (secure === null || this.#input.readOnly || !canSeal()) return;
    const { min, max } = secure;
    // Bytes, since they can be wiped; a string stays in memory until it is collected.
    const digits = new TextEncoder().encode(this.#input.value.replace(/[\s-]/g, ""));
    const valid = digits.length >= min && digits.length <= max && digits.every((byte) => byte >= 48 && byte <= 57);
    if (!valid) {
      digits.fill(0);
      this.#fail(fill(min === max ? this.#texts.secureShortExact : this.#texts.secureShort, { min, max }));
      this.#input.focus();
      return;
    }
    this.#input.value = "";
    this.#fail("");
    submit(digits, secure);
  }
}
