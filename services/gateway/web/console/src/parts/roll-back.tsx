/** Taking a deployment back: a share ends, or the version before answers again. */
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Button } from "@base-ui/react/button";
import type { ReactNode } from "react";
import { api } from "../api";
import { targetName, versionName } from "../words";
import { type Changing, useSending } from "./change";
import { Alert } from "./shown";

export function RollBack(props: {
  changing: Changing;
  names: readonly string[];
  /** The version that new conversations get from then on. */
  to: string;
  share?: boolean;
  everywhere?: boolean;
  revision: number;
}): ReactNode {
  const { changing, names, to, share = false, everywhere = false, revision } = props;
  const { agent } = changing;
  const sending = useSending(changing);
  const where = names.map(targetName).join(", ");
  const what = `${share ? "End share" : "Roll back"}${everywhere ? " everywhere" : ""}`;
  const said = `${where}: new conversations get ${versionName(to)}.`;
  const roll = (): Promise<void> => sending.send((id) => api.rollBack({ id, revision, agent, to: names }), said);
  return (
    <AlertDialog.Root open={sending.open} onOpenChange={sending.setOpen}>
      <AlertDialog.Trigger className="button" aria-label={everywhere ? what : `${what}: ${where}`}>
        {what}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog" finalFocus={sending.focus}>
          <AlertDialog.Title>{what}?</AlertDialog.Title>
          <AlertDialog.Description>
            {where}: new conversations get <code>{versionName(to)}</code>. Those that run stay with the version they
            began with.
          </AlertDialog.Description>
          {sending.problem !== "" && <Alert>{sending.problem}</Alert>}
          <div className="actions">
            <AlertDialog.Close className="button" disabled={sending.busy}>
              Leave it
            </AlertDialog.Close>
            <Button className="button danger" disabled={sending.busy} focusableWhenDisabled onClick={() => void roll()}>
              {sending.busy ? "Working…" : what}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
