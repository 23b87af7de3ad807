/** Loading something for a page: on its way, here, or not to be had and why. */
import { useCallback, useEffect, useState } from "react";
import { Problem } from "./api";

export type Loaded<T> =
  | { readonly state: "loading" }
  | { readonly state: "here"; readonly value: T }
  | { readonly state: "problem"; readonly problem: Problem };

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, "Something on this page went wrong. Load it again.");
}

/** A session that has ended leads to the sign-in page, and back here from there. */
export function leaveIfSignedOut(problem: Problem): void {
  if (problem.status === 401) window.location.assign("/sign-in");
}

export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[]): [Loaded<T>, () => void] {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `keys` say when what is loaded is another thing.
  useEffect(() => {
    let wanted = true;
    setLoaded((before) => (round > 0 && before.state === "here" ? before : { state: "loading" }));
    load().then(
      (value) => wanted && setLoaded({ state: "here", value }),
      (error: unknown) => {
        if (!wanted) return;
        const problem = asProblem(error);
        leaveIfSignedOut(problem);
        setLoaded({ state: "problem", problem });
      },
    );
    return () => {
      wanted = false;
    };
  }, [...keys, round]);
  const again = useCallback(() => setRound((before) => before + 1), []);
  return [loaded, again];
}
