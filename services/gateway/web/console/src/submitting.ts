/** Asking the box for something: once at a time, and why not if it was not to be had. */
import { useState } from "react";
import type { Problem } from "./api";
import { asProblem, leaveIfSignedOut } from "./loading";

export interface Submitting {
  readonly busy: boolean;
  readonly problem: string;
  readonly setProblem: (problem: string) => void;
  /** `told` words what went wrong, if not as the box does. */
  readonly submit: (work: () => Promise<void>, told?: (found: Problem) => string) => Promise<void>;
}

export function useSubmitting(): Submitting {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const submit = async (work: () => Promise<void>, told = (found: Problem) => found.message): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem("");
    try {
      await work();
    } catch (error) {
      const found = asProblem(error);
      leaveIfSignedOut(found);
      setProblem(told(found));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, setProblem, submit };
}
