/** The end of a conversation: asked whether it is meant, and afterwards the way to a new one. */
import type { Texts } from "../locale";
import type { State } from "../protocol/state";
import { button, make, write } from "./element";

interface Answers {
  readonly end: () => void;
  readonly keep: () => void;
  readonly restart: () => void;
}

export class Ending {
  readonly element: HTMLElement;
  readonly #text = make("p");
  readonly #end: HTMLButtonElement;
  readonly #keep: HTMLButtonElement;
  readonly #restart: HTMLButtonElement;
  readonly #texts: Texts;
  #asked = false;

  constructor(texts: Texts, answers: Answers) {
    this.#texts = texts;
    const settled = (then: () => void) => () => {
      this.#asked = false;
      then();
    };
    this.#end = button({ class: "primary" }, settled(answers.end), texts.end);
    this.#keep = button({ class: "plain" }, settled(answers.keep), texts.endNot);
    this.#restart = button({ class: "primary" }, answers.restart, texts.restart);
    const row = make("div", { class: "row" }, this.#end, this.#keep, this.#restart);
    this.element = make("div", { class: "ending", hidden: true }, this.#text, row);
  }

  ask(): void {
    this.#asked = true;
  }

  update(state: State, capturing: boolean): void {
    const over = state.ended !== null;
    // An end that waits for its confirmation gives way where digits are asked for, or the line is gone.
    this.#asked &&= !over && !capturing && state.link === "online";
    this.element.hidden = !over && !this.#asked;
    write(this.#text, over ? this.#texts.ended : this.#texts.endReally);
    this.#restart.hidden = !over;
    this.#end.hidden = over;
    this.#keep.hidden = over;
  }

  focus(): void {
    (this.#restart.hidden ? this.#keep : this.#restart).focus();
  }
}
