/** What every page shows the same way: loading, problems, bars beside numbers. */
import { Button } from "@base-ui/react/button";
import type { ReactNode } from "react";
import type { Loaded } from "../loading";

export function Alert({ children }: { children: ReactNode }): ReactNode {
  return (
    <div className="alert" role="alert">
      {children}
    </div>
  );
}

/** Shows what was loaded, or that it is on its way, or why not and a way to try again. */
export function Shown<T>(props: { of: Loaded<T>; again: () => void; children: (value: T) => ReactNode }): ReactNode {
  const { of, again, children } = props;
  if (of.state === "loading") {
    return (
      <p className="quiet" role="status">
        Loading…
      </p>
    );
  }
  if (of.state === "problem") {
    return (
      <Alert>
        <p>{of.problem.message}</p>
        <Button className="button" onClick={again}>
          Try again
        </Button>
      </Alert>
    );
  }
  return children(of.value);
}

/** A length beside the number that says the same; nothing for a screen reader. */
export function Bar({ share, from = 0 }: { share: number; from?: number }): ReactNode {
  const style = { left: `${from * 100}%`, width: `${Math.max(share * 100, share > 0 ? 0.5 : 0)}%` };
  return (
    <span className="bar" aria-hidden="true">
      <span style={style} />
    </span>
  );
}

export function Empty({ children }: { children: ReactNode }): ReactNode {
  return <p className="empty">{children}</p>;
}

/** A table wider than the page scrolls by itself, and by keyboard. */
export function TableBox({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard.
    <div className="table-box" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
