/** Changes to what answers where: asked once, told in words, and the focus goes to where the words stand. */
import { type ReactNode, type RefObject, useRef, useState } from "react";
import type { Problem } from "../api";
import { useSubmitting } from "../submitting";

const CONFLICT = 409;

/** The same id is the same change, however often it is sent. */
export function changeId(): string {
  // Not `randomUUID`, which browsers keep from pages without HTTPS.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a page gives to those parts of it that change something. */
export interface Changing {
  readonly agent: string;
  readonly place: RefObject<HTMLParagraphElement | null>;
  /** Something has been done: these are the words for it. */
  readonly done: (text: string) => void;
  /** Look at the box again. */
  readonly again: () => void;
}

/** Where a page says what has been done. It is there before the words are, so that they are read out. */
export function ToldLine({ text, place }: { text: string; place: Changing["place"] }): ReactNode {
  return (
    <p ref={place} className="told" role="status" tabIndex={-1}>
      {text}
    </p>
  );
}

export interface Sending {
  readonly open: boolean;
  readonly busy: boolean;
  readonly problem: string;
  readonly setOpen: (open: boolean) => void;
  readonly setProblem: (problem: string) => void;
  /** `text` says what has been done, once it is. */
  readonly send: (work: (id: string) => Promise<unknown>, text: string) => Promise<void>;
  /** For a dialog's `finalFocus`: what has just been said, or what opened it. */
  readonly focus: () => HTMLElement | boolean;
}

/** One dialog that asks the box for a change: at most one question under way, and the same id until it is answered. */
export function useSending({ place, done, again }: Changing): Sending {
  const [open, setOpen] = useState(false);
  const { busy, problem, setProblem, submit } = useSubmitting();
  const id = useRef("");
  const succeeded = useRef(false);
  const change = (now: boolean): void => {
    if (busy) return;
    if (now) {
      id.current = changeId();
      succeeded.current = false;
      setProblem("");
    }
    setOpen(now);
  };
  const told = (found: Problem): string => {
    if (found.status !== CONFLICT) return found.message;
    again();
    return `${found.message} This page shows them as they are now: look, and try again.`;
  };
  const send = (work: (id: string) => Promise<unknown>, text: string): Promise<void> =>
    submit(async () => {
      await work(id.current);
      succeeded.current = true;
      setOpen(false);
      done(text);
    }, told);
  const focus = (): HTMLElement | boolean => (succeeded.current && place.current) || true;
  return { open, busy, problem, setOpen: change, setProblem, send, focus };
}
