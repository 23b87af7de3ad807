/** The panel: head, transcript, and at its foot whichever of message box, secure entry or ending is due. */
import type { Texts } from "../locale";
import type { Event, State } from "../protocol/state";
import { openCapture } from "../protocol/transcript";
import { seal } from "../secure";
import { Announcer } from "./announcer";
import { Composer } from "./composer";
import { button, icon, make, write } from "./element";
import { Ending } from "./ending";
import { PhoneCode } from "./phone-code";
import { SecureEntry } from "./secure-entry";
import { Transcript } from "./transcript";

const UNREACHABLE_TRIES = 3;
const PHONE_WIDTH = "(max-width: 480px)";

interface Answers {
  readonly dispatch: (event: Event) => void;
  readonly state: () => State;
  readonly closed: () => void;
}

export class Panel {
  readonly element: HTMLDialogElement;
  readonly #title = make("h2", { id: "title" });
  readonly #status = make("div", { class: "status", hidden: true });
  readonly #statusText = make("span");
  readonly #reconnect: HTMLButtonElement;
  readonly #phoneButton: HTMLButtonElement;
  readonly #transcript: Transcript;
  readonly #phone: PhoneCode;
  readonly #composer: Composer;
  readonly #secure: SecureEntry;
  readonly #ending: Ending;
  readonly #announcer: Announcer;
  readonly #texts: Texts;
  readonly #answers: Answers;
  /** The connection has been up since the panel was made: what comes before that is no "lost" connection. */
  #wasOnline = false;

  constructor(texts: Texts, answers: Answers) {
    const { dispatch } = answers;
    const newId = (): string => uuid();
    this.#texts = texts;
    this.#answers = answers;
    this.#announcer = new Announcer(texts);
    this.#transcript = new Transcript(texts, (id) => {
      dispatch({ type: "retryAsked", id });
      this.focus();
    });
    this.#composer = new Composer(texts, {
      written: (text) => dispatch({ type: "messageWritten", id: newId(), text }),
      end: () => {
        this.#ending.ask();
        this.#showFoot(answers.state());
      },
    });
    this.#secure = new SecureEntry(texts, {
      submit: (digits, secure) => void this.#seal(digits, secure),
      cancel: ({ capture }) => dispatch({ type: "captureCancelled", id: newId(), capture }),
    });
    this.#phone = new PhoneCode(texts, {
      ask: () => dispatch({ type: "codeAsked" }),
      dismiss: () => {
        dispatch({ type: "codeDismissed" });
        this.#phoneButton.focus();
      },
    });
    this.#phoneButton = button({ class: "head-button", hidden: true }, () => dispatch({ type: "codeAsked" }));
    this.#phoneButton.append(icon("phone"), make("span", {}, texts.phone));
    this.#reconnect = button({ class: "plain" }, () => dispatch({ type: "wanted" }), texts.reconnect);
    this.#status.append(this.#statusText, this.#reconnect);
    this.#ending = new Ending(texts, {
      end: () => dispatch({ type: "endAsked" }),
      keep: () => this.#showFoot(answers.state()),
      restart: () => this.#restart(),
    });
    this.element = this.#build();
  }

  #build(): HTMLDialogElement {
    const close = button(
      { class: "head-button round", "aria-label": this.#texts.close },
      () => this.#answers.closed(),
      icon("close"),
    );
    const head = make("header", {}, this.#title, this.#phoneButton, close);
    const foot = make("div", { class: "foot" }, this.#composer.element, this.#secure.element, this.#ending.element);
    const parts = [head, this.#status, this.#phone.element, this.#transcript.element, foot, this.#announcer.element];
    const dialog = make("dialog", { id: "panel", class: "panel", "aria-labelledby": "title" }, ...parts);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#answers.closed();
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      event.preventDefault();
      this.#answers.closed();
    });
    return dialog;
  }

  /** A sheet over the whole page on a phone, where the rest of it must not be reached; beside the page elsewhere. */
  open(focus: boolean): void {
    if (this.element.open) return;
    if (window.matchMedia(PHONE_WIDTH).matches) this.element.showModal();
    else this.element.show();
    if (focus) this.focus();
  }

  close(): void {
    this.element.close();
  }

  focus(): void {
    if (!this.#secure.element.hidden) this.#secure.focus();
    else if (!this.#ending.element.hidden) this.#ending.focus();
    else this.#composer.focus();
  }

  update(state: State, before: State): void {
    this.#wasOnline ||= state.link === "online";
    write(this.#title, state.agent ?? this.#texts.title);
    this.#phoneButton.hidden = state.phoneNumber === null || state.ended !== null;
    this.#showStatus(state);
    this.#phone.update(state.code);
    this.#showFoot(state);
    this.#transcript.update(state);
    this.#announcer.update(state, before);
  }

  #showStatus(state: State): void {
    const { link, problem } = state;
    const refused = link === "closed" && state.ended === null;
    let text = "";
    if (refused) text = problem?.title || this.#texts.refused;
    else if (link === "offline") text = this.#texts.offline;
    else if (link !== "online" && link !== "closed") text = this.#whyWaiting(state);
    else if (problem !== null) text = problem.title;
    write(this.#statusText, text);
    this.#status.hidden = text === "";
    this.#reconnect.hidden = !refused;
  }

  #whyWaiting(state: State): string {
    if (this.#wasOnline) return this.#texts.reconnecting;
    return state.tries < UNREACHABLE_TRIES ? this.#texts.connecting : this.#texts.unreachable;
  }

  /** One of three: digits are wanted, the conversation has ended or is about to, or a message can be written. */
  #showFoot(state: State): void {
    const hadFocus = this.element.matches(":focus-within") && !this.#phone.element.matches(":focus-within");
    const before = this.#shownAtFoot();
    const capture = openCapture(state);
    this.#ending.update(state, capture !== null);
    this.#composer.update(state.link === "online" && state.entries.some((entry) => entry.kind === "own"));
    this.#secure.element.hidden = capture === null;
    this.#composer.element.hidden = capture !== null || !this.#ending.element.hidden;
    if (capture === null) this.#secure.clear();
    else {
      const delivery = capture.answer?.delivery;
      const failed = delivery?.state === "failed";
      const title = delivery?.state === "failed" ? delivery.title : null;
      this.#secure.show(capture.secure, { sending: delivery?.state === "sending", failed, title });
    }
    if (hadFocus && before !== this.#shownAtFoot()) this.focus();
  }

  #shownAtFoot(): Element | undefined {
    return [this.#composer.element, this.#secure.element, this.#ending.element].find((part) => !part.hidden);
  }

  async #seal(digits: Uint8Array, secure: Parameters<typeof seal>[1]): Promise<void> {
    const conversation = this.#answers.state().conversation ?? "";
    try {
      const box = await seal(digits, secure, conversation);
      this.#answers.dispatch({ type: "digitsSealed", id: uuid(), capture: secure.capture, box });
    } catch {
      this.#secure.show(secure, { sending: false, failed: true, title: null });
    }
  }

  #restart(): void {
    this.#answers.dispatch({ type: "newConversationAsked" });
    this.focus();
  }
}

/** crypto.randomUUID is kept from pages without HTTPS; random values are not. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
