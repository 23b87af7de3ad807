/** A change that is asked for twice, with what it means in words; the focus goes to where its outcome is told. */
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Button } from "@base-ui/react/button";
import { type ReactNode, type RefObject, useRef, useState } from "react";
import { useSubmitting } from "../submitting";
import { Alert } from "./shown";

export function Confirm<T>(props: {
  /** On the button that opens it, and on the one that does it. */
  what: string;
  title: string;
  children: ReactNode;
  danger?: boolean;
  work: () => Promise<T>;
  done: (outcome: T) => void;
  /** Where the page says what has been done. */
  place: RefObject<HTMLElement | null>;
}): ReactNode {
  const { what, title, children, danger = false, work, done, place } = props;
  const [open, setOpen] = useState(false);
  const { busy, problem, setProblem, submit } = useSubmitting();
  const succeeded = useRef(false);
  const change = (now: boolean): void => {
    if (busy) return;
    succeeded.current = false;
    setProblem("");
    setOpen(now);
  };
  const act = (): Promise<void> =>
    submit(async () => {
      const outcome = await work();
      succeeded.current = true;
      setOpen(false);
      done(outcome);
    });
  return (
    <AlertDialog.Root open={open} onOpenChange={change}>
      <AlertDialog.Trigger className="button">{what}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog" finalFocus={() => (succeeded.current && place.current) || true}>
          <AlertDialog.Title>{title}</AlertDialog.Title>
          <AlertDialog.Description>{children}</AlertDialog.Description>
          {problem !== "" && <Alert>{problem}</Alert>}
          <div className="actions">
            <AlertDialog.Close className="button" disabled={busy}>
              Leave it
            </AlertDialog.Close>
            <Button
              className={`button ${danger ? "danger" : "primary"}`}
              disabled={busy}
              focusableWhenDisabled
              onClick={() => void act()}
            >
              {busy ? "Working…" : what}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
