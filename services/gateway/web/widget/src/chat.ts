/** `<b2t-chat widget="KEY">`: the launcher and the panel, in a shadow tree of their own. */
import { Connection, type Memory } from "./connection";
import { fill, type Texts, textsFor } from "./locale";
import type { Event, State } from "./protocol/state";
import { unaccepted } from "./protocol/transcript";
import { button, icon, make, write } from "./view/element";
import { Panel } from "./view/panel";
import css from "./widget.css?inline";

/** Where this script came from is where the gateway is. */
export const scriptOrigin = (): string => new URL((document.currentScript as HTMLScriptElement).src).origin;

/** Only the resume token and whether the panel is open are kept, for this tab: no text of the conversation ever is. */
function sessionMemory(place: string): Memory & { open: boolean } {
  const name = `b2t-chat ${place}`;
  const read = (key: string): string | null => {
    try {
      return sessionStorage.getItem(`${name} ${key}`);
    } catch {
      return null;
    }
  };
  const write = (key: string, value: string | null): void => {
    try {
      if (value === null) sessionStorage.removeItem(`${name} ${key}`);
      else sessionStorage.setItem(`${name} ${key}`, value);
    } catch {
      // Storage is switched off: the conversation then lasts as long as the page.
    }
  };
  return {
    read: () => read("resume"),
    write: (resume) => write("resume", resume),
    get open() {
      return read("open") !== null;
    },
    set open(open) {
      write("open", open ? "1" : null);
    },
  };
}

export function define(origin: string): void {
  if (customElements.get("b2t-chat") !== undefined) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);

  class Chat extends HTMLElement {
    #connection: Connection | null = null;
    #panel: Panel | null = null;
    #launcher: HTMLButtonElement | null = null;
    #badge = make("span", { class: "badge", hidden: true });
    #memory: (Memory & { open: boolean }) | null = null;
    #texts: Texts = textsFor("en", () => null);
    #unread = 0;
    readonly #leaving = new AbortController();

    connectedCallback(): void {
      if (this.shadowRoot !== null) return;
      const widget = this.getAttribute("widget");
      if (widget === null || widget === "") return;
      const host = this.getAttribute("host") ?? origin;
      const language = this.getAttribute("lang") ?? (document.documentElement.lang || navigator.language);
      this.#texts = textsFor(language, (name) => this.getAttribute(name));
      this.#memory = sessionMemory(`${host} ${widget}`);
      this.#connection = new Connection({ origin: host, widget, memory: this.#memory }, (...states) =>
        this.#changed(...states),
      );
      this.#build();
      this.#listen();
      this.#changed(this.#connection.state, this.#connection.state);
      if (this.#memory.open) this.#open(false);
    }

    disconnectedCallback(): void {
      this.#leaving.abort();
      this.#connection?.close();
    }

    #build(): void {
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      const panel = new Panel(this.#texts, {
        dispatch: (event) => this.#dispatch(event),
        state: () => (this.#connection as Connection).state,
        closed: () => this.#close(),
      });
      const attributes = { class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false" };
      this.#launcher = button(attributes, () => this.#open(true), icon("chat"), this.#badge);
      this.#panel = panel;
      root.append(this.#launcher, panel.element);
      this.#label();
    }

    #listen(): void {
      const { signal } = this.#leaving;
      window.addEventListener("offline", () => this.#dispatch({ type: "wentOffline" }), { signal });
      window.addEventListener("online", () => this.#dispatch({ type: "wentOnline" }), { signal });
      // What has not been accepted would be lost with the page, since none of it is stored here: let the browser ask.
      const leave = (event: BeforeUnloadEvent): void => {
        const { entries, link } = (this.#connection as Connection).state;
        if (link !== "closed" && unaccepted(entries).some((entry) => entry.kind === "own")) event.preventDefault();
      };
      window.addEventListener("beforeunload", leave, { signal });
    }

    #dispatch(event: Event): void {
      this.#connection?.dispatch(event);
    }

    #changed(state: State, before: State): void {
      this.#panel?.update(state, before);
      if (this.#panel?.element.open !== false || state.entries === before.entries) return;
      const count = (of: State): number => of.entries.filter((entry) => entry.kind === "reply").length;
      this.#unread += Math.max(0, count(state) - count(before));
      this.#label();
    }

    #label(): void {
      const { open, openUnread } = this.#texts;
      const label = this.#unread > 0 ? fill(openUnread, { count: this.#unread }) : open;
      this.#launcher?.setAttribute("aria-label", label);
      write(this.#badge, this.#unread > 0 ? String(this.#unread) : "");
      this.#badge.hidden = this.#unread === 0;
    }

    #open(focus: boolean): void {
      if (this.#panel === null || this.#launcher === null || this.#memory === null) return;
      this.#memory.open = true;
      this.#unread = 0;
      this.#label();
      this.#launcher.hidden = true;
      this.#launcher.setAttribute("aria-expanded", "true");
      this.#panel.open(focus);
      this.#dispatch({ type: "wanted" });
      if (!navigator.onLine) this.#dispatch({ type: "wentOffline" });
    }

    #close(): void {
      if (this.#panel === null || this.#launcher === null || this.#memory === null) return;
      this.#memory.open = false;
      this.#panel.close();
      this.#launcher.hidden = false;
      this.#launcher.setAttribute("aria-expanded", "false");
      this.#launcher.focus();
    }
  }

  customElements.define("b2t-chat", Chat);
}
