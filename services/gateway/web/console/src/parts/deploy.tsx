/** Deploying a version: where to, and to how many of the new conversations. */
import { Button } from "@base-ui/react/button";
import { Checkbox } from "@base-ui/react/checkbox";
import { CheckboxGroup } from "@base-ui/react/checkbox-group";
import { Dialog } from "@base-ui/react/dialog";
import { Field } from "@base-ui/react/field";
import { Fieldset } from "@base-ui/react/fieldset";
import { type FormEvent, type ReactNode, useState } from "react";
import { api, type Deploying, type Deployments, type Version } from "../api";
import { targetName, versionName } from "../words";
import { type Changing, type Sending, useSending } from "./change";
import { Alert } from "./shown";

interface Wanted {
  readonly to: readonly string[];
  readonly number: string;
  readonly share: string | null;
}

/** What to ask the box for, or what is amiss with it as a sentence. Pure, for the test. */
export function deploying(wanted: Wanted): Pick<Deploying, "to" | "share"> | string {
  const number = wanted.number.trim();
  if (number !== "" && !/^[0-9A-Za-z+*#._-]{1,64}$/.test(number)) {
    return "A phone number has digits, letters and + * # . _ -, and no blanks.";
  }
  const to = [...new Set(number === "" ? wanted.to : [...wanted.to, `number:${number}`])];
  if (to.length === 0) return "Choose at least one place where it is to answer.";
  if (wanted.share === null) return { to };
  const share = Number(wanted.share.trim());
  if (wanted.share.trim() === "" || !Number.isInteger(share) || share < 1 || share > 99) {
    return "A share is a whole number from 1 to 99.";
  }
  return { to, share };
}

export function Deploy(props: { changing: Changing; version: Version; deployments: Deployments }): ReactNode {
  const { changing, version, deployments } = props;
  const { agent } = changing;
  const short = versionName(version.version);
  const sending = useSending(changing);
  const send = (wanted: Pick<Deploying, "to" | "share">): void => {
    const where = wanted.to.map(targetName).join(", ");
    const part = wanted.share === undefined ? "" : `${wanted.share} % of `;
    const asked = { revision: deployments.revision, agent, version: version.version, ...wanted };
    void sending.send((id) => api.deploy({ id, ...asked }), `${short} gets ${part}new conversations: ${where}.`);
  };
  return (
    <Dialog.Root open={sending.open} onOpenChange={sending.setOpen}>
      <Dialog.Trigger className="button" aria-label={`Deploy ${short}`}>
        Deploy
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog" finalFocus={sending.focus}>
          <Dialog.Title>Deploy {short}</Dialog.Title>
          <Form agent={agent} deployments={deployments} sending={sending} send={send} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Form(props: {
  agent: string;
  deployments: Deployments;
  sending: Sending;
  send: (wanted: Pick<Deploying, "to" | "share">) => void;
}): ReactNode {
  const { agent, deployments, sending, send } = props;
  const places = placesFor(agent, deployments);
  const [to, setTo] = useState(() => places.filter((name) => deployments.targets[name]?.agent === agent));
  const [number, setNumber] = useState("");
  const [sharing, setSharing] = useState(false);
  const [share, setShare] = useState("10");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const wanted = deploying({ to, number, share: sharing ? share : null });
    if (typeof wanted === "string") sending.setProblem(wanted);
    else send(wanted);
  };
  return (
    <form onSubmit={submit} noValidate>
      {sending.problem !== "" && <Alert>{sending.problem}</Alert>}
      <Field.Root className="field" name="to">
        <Fieldset.Root render={<CheckboxGroup value={to} onValueChange={setTo} />}>
          <Fieldset.Legend>It answers</Fieldset.Legend>
          {places.map((name) => (
            <Field.Item key={name} className="check">
              <Field.Label>
                <Checkbox.Root value={name} className="box">
                  <Checkbox.Indicator className="tick">✓</Checkbox.Indicator>
                </Checkbox.Root>
                <Place name={name} agent={agent} deployments={deployments} />
              </Field.Label>
            </Field.Item>
          ))}
        </Fieldset.Root>
      </Field.Root>
      <Field.Root className="field" name="number">
        <Field.Label>Another phone number</Field.Label>
        <Field.Control className="input" value={number} onValueChange={setNumber} maxLength={64} autoComplete="off" />
        <Field.Description className="hint">Where no agent answers yet; empty if there is none.</Field.Description>
      </Field.Root>
      <Field.Root className="check" name="sharing">
        <Field.Label>
          <Checkbox.Root className="box" checked={sharing} onCheckedChange={setSharing}>
            <Checkbox.Indicator className="tick">✓</Checkbox.Indicator>
          </Checkbox.Root>
          Only a share of new conversations
        </Field.Label>
      </Field.Root>
      {sharing && (
        <Field.Root className="field" name="share">
          <Field.Label>Share, in %</Field.Label>
          <Field.Control
            className="input short"
            value={share}
            onValueChange={setShare}
            inputMode="numeric"
            maxLength={3}
          />
          <Field.Description className="hint">
            1 to 99. The rest get the version in use; the share is taken back by itself if it does worse.
          </Field.Description>
        </Field.Root>
      )}
      <div className="actions">
        <Dialog.Close className="button" disabled={sending.busy}>
          Cancel
        </Dialog.Close>
        <Button className="button primary" type="submit" disabled={sending.busy} focusableWhenDisabled>
          {sending.busy ? "Deploying…" : "Deploy"}
        </Button>
      </div>
    </form>
  );
}

function Place(props: { name: string; agent: string; deployments: Deployments }): ReactNode {
  const now = props.deployments.targets[props.name];
  return (
    <span>
      {targetName(props.name)}
      {now !== undefined && (
        <span className="hint now">
          Now {now.agent === props.agent ? "" : `${now.agent} `}
          {versionName(now.version)}
          {now.canary !== null && `, ${now.canary.share} % ${versionName(now.canary.version)}`}
        </span>
      )}
    </span>
  );
}

/** Every number and widget there is, and the agent's own name; not that of another agent. */
export function placesFor(agent: string, deployments: Deployments): string[] {
  const own = `agent:${agent}`;
  const names = Object.keys(deployments.targets).filter((name) => !name.startsWith("agent:") && name !== own);
  return [...names.sort(), own];
}
