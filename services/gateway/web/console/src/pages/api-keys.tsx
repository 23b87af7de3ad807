/** API keys: made here and shown once, and taken back here. */
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Button } from "@base-ui/react/button";
import { Checkbox } from "@base-ui/react/checkbox";
import { CheckboxGroup } from "@base-ui/react/checkbox-group";
import { Dialog } from "@base-ui/react/dialog";
import { Field } from "@base-ui/react/field";
import { Fieldset } from "@base-ui/react/fieldset";
import { type FormEvent, type ReactNode, useState } from "react";
import { type ApiKey, api, type NewApiKey } from "../api";
import { useLoaded } from "../loading";
import { Secret } from "../parts/secret";
import { Heading } from "../parts/shell";
import { Alert, Empty, Shown, TableBox } from "../parts/shown";
import { useSubmitting } from "../submitting";
import { rightName, rights, when } from "../words";

export function ApiKeys(): ReactNode {
  const [loaded, again] = useLoaded(api.keys, []);
  return (
    <>
      <div className="title">
        <Heading>API keys</Heading>
        <MakeKey made={again} />
      </div>
      <Shown of={loaded} again={again}>
        {({ keys }) => (keys.length === 0 ? <Empty>There is no API key.</Empty> : <Keys keys={keys} changed={again} />)}
      </Shown>
    </>
  );
}

function Keys({ keys, changed }: { keys: readonly ApiKey[]; changed: () => void }): ReactNode {
  return (
    <section className="card">
      <TableBox label="API keys">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" className="minor">
                May
              </th>
              <th scope="col" className="minor">
                Made
              </th>
              <th scope="col">Last used</th>
              <th scope="col">
                <span className="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key.id}>
                <th scope="row">{key.name}</th>
                <td className="minor">{key.rights.map(rightName).join(", ")}</td>
                <td className="minor">{when(key.created_at)}</td>
                <td>{key.used_at === null ? "Never" : when(key.used_at)}</td>
                <td className="number">
                  <Revoke apiKey={key} revoked={changed} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

function Revoke({ apiKey, revoked }: { apiKey: ApiKey; revoked: () => void }): ReactNode {
  const [open, setOpen] = useState(false);
  const { problem, submit } = useSubmitting();
  const revoke = (): Promise<void> =>
    submit(async () => {
      await api.revokeKey(apiKey.id);
      setOpen(false);
      revoked();
    });
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <AlertDialog.Trigger className="button" aria-label={`Revoke ${apiKey.name}`}>
        Revoke
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title>Revoke “{apiKey.name}”?</AlertDialog.Title>
          <AlertDialog.Description>
            Whatever uses this key is refused from now on. This cannot be undone.
          </AlertDialog.Description>
          {problem !== "" && <Alert>{problem}</Alert>}
          <div className="actions">
            <AlertDialog.Close className="button">Keep it</AlertDialog.Close>
            <Button className="button danger" onClick={() => void revoke()}>
              Revoke
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

function MakeKey({ made }: { made: () => void }): ReactNode {
  const [open, setOpen] = useState(false);
  const [key, setKey] = useState<NewApiKey | null>(null);
  const change = (now: boolean): void => {
    setOpen(now);
    // The key is shown once: closing forgets it.
    if (!now) setKey(null);
  };
  const took = (found: NewApiKey): void => {
    setKey(found);
    made();
  };
  return (
    <Dialog.Root open={open} onOpenChange={change} disablePointerDismissal={key !== null}>
      <Dialog.Trigger className="button primary">Make a key</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">{key === null ? <Wanted made={took} /> : <Made apiKey={key} />}</Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Wanted({ made }: { made: (key: NewApiKey) => void }): ReactNode {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string[]>(["conversations.take_part"]);
  const { busy, problem, setProblem, submit } = useSubmitting();
  const make = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (chosen.length === 0) return setProblem("Choose at least one thing that the key may do.");
    await submit(async () => made(await api.makeKey(name.trim(), chosen)));
  };
  return (
    <form onSubmit={(event) => void make(event)}>
      <Dialog.Title>Make an API key</Dialog.Title>
      {problem !== "" && <Alert>{problem}</Alert>}
      <Field.Root className="field" name="name">
        <Field.Label>Name</Field.Label>
        <Field.Control
          className="input"
          value={name}
          onValueChange={setName}
          required
          maxLength={100}
          autoComplete="off"
        />
        <Field.Description className="hint">What uses it, such as “nightly report”.</Field.Description>
      </Field.Root>
      <Field.Root className="field" name="rights">
        <Fieldset.Root render={<CheckboxGroup value={chosen} onValueChange={setChosen} />}>
          <Fieldset.Legend>It may</Fieldset.Legend>
          {rights.map((right) => (
            <Field.Item key={right} className="check">
              <Field.Label>
                <Checkbox.Root value={right} className="box">
                  <Checkbox.Indicator className="tick">✓</Checkbox.Indicator>
                </Checkbox.Root>
                {rightName(right)}
              </Field.Label>
            </Field.Item>
          ))}
        </Fieldset.Root>
      </Field.Root>
      <div className="actions">
        <Dialog.Close className="button">Cancel</Dialog.Close>
        <Button className="button primary" type="submit" disabled={busy} focusableWhenDisabled>
          {busy ? "Making…" : "Make key"}
        </Button>
      </div>
    </form>
  );
}

function Made({ apiKey }: { apiKey: NewApiKey }): ReactNode {
  return (
    <>
      <Dialog.Title>“{apiKey.name}” is ready</Dialog.Title>
      <Dialog.Description>Copy the key now. It is shown this once; the box keeps only a hash of it.</Dialog.Description>
      <Secret text={apiKey.key}>
        <Dialog.Close className="button primary">I have copied it</Dialog.Close>
      </Secret>
    </>
  );
}
