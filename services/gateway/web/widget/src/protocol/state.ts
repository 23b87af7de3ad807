/** What the widget knows of one conversation, and the vocabulary of its state machine (machine.ts). */
import type { ClientFrame, SecureCapture, ServerFrame } from "./messages";

/** Something the party wrote. Resent with the same id until accepted, so the gateway can tell a repeat from a new one. */
export interface Own {
  readonly kind: "own";
  readonly id: string;
  readonly text: string;
  readonly delivery: Delivery;
  /** Stream sequence, once the gateway has said it. */
  readonly sequence: number | null;
}

/** Digits given in a secure capture, or its refusal. Only ciphertext is ever held, and only until it is accepted. */
export interface Captured {
  readonly kind: "captured";
  readonly id: string;
  readonly capture: string;
  readonly box: string | null;
  readonly cancelled: boolean;
  readonly delivery: Delivery;
  readonly sequence: null;
}

export interface Reply {
  readonly kind: "reply";
  readonly id: string;
  readonly sequence: number;
  readonly text: string;
  /** Deltas since the last reply_started; a resent reply overtakes what is already shown, it never shrinks it. */
  readonly incoming: string;
  readonly finished: boolean;
  readonly secure: SecureCapture | null;
}

export type Entry = Own | Captured | Reply;

export type Delivery =
  | { readonly state: "sending" }
  | { readonly state: "accepted" }
  | { readonly state: "failed"; readonly title: string | null; readonly retryable: boolean };

/**
 * idle: not wanted yet · ticket, opening: on the way · online · waiting: before the next try · offline: the browser
 * says there is no network · closed: the gateway refused, or the conversation ended
 */
export type Link = "idle" | "ticket" | "opening" | "online" | "waiting" | "offline" | "closed";

export type PhoneCode =
  | { readonly state: "none" }
  | { readonly state: "asked" }
  | { readonly state: "shown"; readonly code: string; readonly expiresAt: number; readonly phoneNumber: string | null }
  | { readonly state: "failed"; readonly title: string };

export interface State {
  readonly link: Link;
  readonly ticket: string | null;
  readonly resume: string | null;
  readonly conversation: string | null;
  readonly agent: string | null;
  readonly phoneNumber: string | null;
  readonly entries: readonly Entry[];
  /** Highest sequence seen of the conversation. */
  readonly seen: number;
  /** Id of the one message sent and not yet answered: one at a time keeps their order. */
  readonly inFlight: string | null;
  /** Failed tries in a row. */
  readonly tries: number;
  /** Times in a row the gateway refused the socket for good: once may be a ticket grown old on the way. */
  readonly refusals: number;
  /** Times the message in flight met silence. */
  readonly stalls: number;
  readonly writing: boolean;
  readonly code: PhoneCode;
  readonly ended: string | null;
  readonly problem: { readonly title: string; readonly retryable: boolean } | null;
}

export function begin(resume: string | null): State {
  return {
    link: "idle",
    ticket: null,
    resume,
    conversation: null,
    agent: null,
    phoneNumber: null,
    entries: [],
    seen: 0,
    inFlight: null,
    tries: 0,
    refusals: 0,
    stalls: 0,
    writing: false,
    code: { state: "none" },
    ended: null,
    problem: null,
  };
}

export type Timer = "retry" | "greet" | "ping" | "pong" | "accept" | "writing";

/** `random` is in [0, 1), `now` in ms: clock and chance come in as arguments. */
export type Event =
  | { readonly type: "wanted" }
  | { readonly type: "ticketGranted"; readonly ticket: string }
  | { readonly type: "ticketRefused"; readonly title: string; readonly retryable: boolean; readonly random: number }
  | { readonly type: "socketOpened" }
  | { readonly type: "socketClosed"; readonly random: number }
  | { readonly type: "frameReceived"; readonly frame: ServerFrame; readonly now: number }
  | { readonly type: "frameDamaged"; readonly random: number }
  | { readonly type: "wentOffline" }
  | { readonly type: "wentOnline" }
  | { readonly type: "timerFired"; readonly timer: Timer; readonly random: number }
  | { readonly type: "messageWritten"; readonly id: string; readonly text: string }
  | { readonly type: "retryAsked"; readonly id: string }
  | { readonly type: "digitsSealed"; readonly id: string; readonly capture: string; readonly box: string }
  | { readonly type: "captureCancelled"; readonly id: string; readonly capture: string }
  | { readonly type: "codeAsked" }
  | { readonly type: "codeDismissed" }
  | { readonly type: "endAsked" }
  | { readonly type: "newConversationAsked" };

export type Command =
  | { readonly type: "getTicket"; readonly resume: string | null }
  | { readonly type: "openSocket" }
  | { readonly type: "closeSocket" }
  | { readonly type: "send"; readonly frame: ClientFrame }
  | { readonly type: "arm"; readonly timer: Timer; readonly ms: number }
  | { readonly type: "disarm"; readonly timer: Timer }
  | { readonly type: "remember"; readonly resume: string | null };
