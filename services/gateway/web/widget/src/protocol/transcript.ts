/** The order of what is shown: pure functions over the list of entries. Nothing is ever in it twice. */
import type { SecureCapture } from "./messages";
import type { Captured, Delivery, Entry, Own, Reply, State } from "./state";

const SENDING: Delivery = { state: "sending" };
const ACCEPTED: Delivery = { state: "accepted" };

export function findOwn(entries: readonly Entry[], id: string): Own | Captured | undefined {
  return entries.find((entry): entry is Own | Captured => entry.kind !== "reply" && entry.id === id);
}

function findReply(entries: readonly Entry[], id: string): Reply | undefined {
  return entries.find((entry): entry is Reply => entry.kind === "reply" && entry.id === id);
}

function replace(entries: readonly Entry[], entry: Entry): Entry[] {
  return entries.map((other) => (other.id === entry.id && other.kind === entry.kind ? entry : other));
}

/** Puts an entry where its sequence belongs; what the gateway has not accepted yet stays below it. */
function place(entries: readonly Entry[], entry: Own | Reply): Entry[] {
  const others = entries.filter((other) => !(other.id === entry.id && other.kind === entry.kind));
  const sequence = entry.sequence ?? Number.POSITIVE_INFINITY;
  let at = others.length;
  while (at > 0) {
    const before = others[at - 1];
    if (before === undefined) break;
    const pending = before.kind !== "reply" && before.delivery.state !== "accepted";
    if (!pending && (before.sequence === null || before.sequence <= sequence)) break;
    at -= 1;
  }
  return [...others.slice(0, at), entry, ...others.slice(at)];
}

/** Whether an entry can learn its sequence where it stands. */
function fits(entries: readonly Entry[], entry: Entry, sequence: number): boolean {
  const at = entries.indexOf(entry);
  const known = (other: Entry): number => other.sequence ?? sequence;
  return entries.every((other, index) => (index < at ? known(other) <= sequence : known(other) >= sequence));
}

export function written(entries: readonly Entry[], id: string, text: string): readonly Entry[] {
  if (findOwn(entries, id) !== undefined) return entries;
  return [...entries, { kind: "own", id, text, delivery: SENDING, sequence: null }];
}

export function captured(
  entries: readonly Entry[],
  { id, capture, box }: { id: string; capture: string; box: string | null },
): readonly Entry[] {
  const others = entries.filter((entry) => !(entry.kind === "captured" && entry.capture === capture));
  const cancelled = box === null;
  return [...others, { kind: "captured", id, capture, box, cancelled, delivery: SENDING, sequence: null }];
}

function delivered(entries: readonly Entry[], id: string, delivery: Delivery): readonly Entry[] {
  const own = findOwn(entries, id);
  if (own === undefined || own.delivery.state === "accepted") return entries;
  if (own.kind === "captured") {
    // Ciphertext that has arrived, or never will, is of no more use here.
    const box = delivery.state === "sending" ? own.box : null;
    return replace(entries, { ...own, delivery, box });
  }
  return replace(entries, { ...own, delivery });
}

export const accepted = (entries: readonly Entry[], id: string): readonly Entry[] => delivered(entries, id, ACCEPTED);

export const failed = (
  entries: readonly Entry[],
  id: string,
  reason: { title: string | null; retryable: boolean },
): readonly Entry[] => delivered(entries, id, { state: "failed", ...reason });

/** A failed one goes to the end of the line: what was written after it may have been answered since. */
export function again(entries: readonly Entry[], id: string): readonly Entry[] {
  const own = findOwn(entries, id);
  if (own?.kind !== "own" || own.delivery.state !== "failed" || !own.delivery.retryable) return entries;
  return [...entries.filter((entry) => entry !== own), { ...own, delivery: SENDING }];
}

export function said(entries: readonly Entry[], id: string, text: string, sequence: number): readonly Entry[] {
  const own = findOwn(entries, id);
  if (own?.kind === "captured" || own?.sequence === sequence) return entries;
  if (own?.delivery.state === "accepted" && fits(entries, own, sequence)) return replace(entries, { ...own, sequence });
  return place(entries, { kind: "own", id, text, delivery: ACCEPTED, sequence });
}

export function replyStarted(entries: readonly Entry[], id: string, sequence: number): readonly Entry[] {
  const reply = findReply(entries, id);
  if (reply?.finished) return entries;
  if (reply !== undefined) return replace(entries, { ...reply, incoming: "" });
  return place(entries, { kind: "reply", id, sequence, text: "", incoming: "", finished: false, secure: null });
}

export function replyGrew(entries: readonly Entry[], id: string, delta: string): readonly Entry[] {
  const reply = findReply(entries, id);
  if (reply === undefined || reply.finished) return entries;
  const incoming = reply.incoming + delta;
  const text = incoming.length > reply.text.length ? incoming : reply.text;
  return replace(entries, { ...reply, incoming, text });
}

export function replyFinished(
  entries: readonly Entry[],
  { id, sequence, text, secure }: { id: string; sequence: number; text: string; secure: SecureCapture | null },
): readonly Entry[] {
  const known = findReply(entries, id);
  if (known?.finished) {
    // Told again, it may ask for digits under a new key, or no more.
    return JSON.stringify(known.secure) === JSON.stringify(secure) ? entries : replace(entries, { ...known, secure });
  }
  const reply: Reply = { kind: "reply", id, sequence, text, incoming: "", finished: true, secure };
  return known === undefined ? place(entries, reply) : replace(entries, reply);
}

/** The first message the gateway has still to accept. */
export function nextToSend(entries: readonly Entry[]): Own | Captured | undefined {
  return entries.find((entry): entry is Own | Captured => entry.kind !== "reply" && entry.delivery.state === "sending");
}

export const unaccepted = (entries: readonly Entry[]): readonly Entry[] =>
  entries.filter((entry) => entry.kind !== "reply" && entry.delivery.state !== "accepted");

export const unfinished = (entries: readonly Entry[]): readonly Reply[] =>
  entries.filter((entry): entry is Reply => entry.kind === "reply" && !entry.finished);

/**
 * From which sequence on the gateway is to send again. One below the last seen, since several messages share a
 * sequence and the connection may have broken between them; further back where a reply is unfinished.
 */
export function resumeAfter(state: State): number {
  const open = unfinished(state.entries).map((reply) => reply.sequence);
  return Math.max(0, Math.min(state.seen, ...open) - 1);
}

/** The secure capture that waits for digits: that of the last thing said, unless it has been answered. */
export function openCapture(state: State): { secure: SecureCapture; answer: Captured | null } | null {
  if (state.ended !== null) return null;
  const spoken = state.entries.filter((entry) => entry.kind !== "captured");
  const last = spoken.at(-1);
  if (last?.kind !== "reply" || last.secure === null) return null;
  const { secure } = last;
  const answer = state.entries.find(
    (entry): entry is Captured => entry.kind === "captured" && entry.capture === secure.capture,
  );
  if (answer?.delivery.state === "accepted") return null;
  return { secure, answer: answer ?? null };
}
