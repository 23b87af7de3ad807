/** The pages before home: signing in, and setting a password, as the first administrator or as somebody invited. */
import { Button } from "@base-ui/react/button";
import { Field } from "@base-ui/react/field";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { api, type Invitee } from "../api";
import { asProblem, useLoaded } from "../loading";
import { Alert, Shown } from "../parts/shown";
import { roleName } from "../words";

const MIN_PASSWORD = 12;
const PASSWORD_HINT = `At least ${MIN_PASSWORD} characters, with a letter and a digit. Several words are easy to keep in mind.`;

function Entrance({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <main className="entrance">
      <div className="card">
        <p className="brand">
          <img src="/assets/icon.svg" alt="" width="28" height="28" /> B2T Voice
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

export function TextField(props: {
  label: string;
  name: string;
  type?: string;
  value: string;
  change: (value: string) => void;
  autoComplete: string;
  hint?: string;
  readOnly?: boolean;
}): ReactNode {
  const { label, name, type = "text", value, change, autoComplete, hint, readOnly = false } = props;
  return (
    <Field.Root className="field" name={name}>
      <Field.Label>{label}</Field.Label>
      <Field.Control
        className="input"
        type={type}
        value={value}
        onValueChange={change}
        autoComplete={autoComplete}
        readOnly={readOnly}
        required
        spellCheck={false}
        autoCapitalize="none"
      />
      {hint !== undefined && <Field.Description className="hint">{hint}</Field.Description>}
    </Field.Root>
  );
}

/** Sends a form once at a time and keeps what went wrong. */
export function useForm(send: () => Promise<void>): {
  busy: boolean;
  problem: string;
  submit: (event: FormEvent) => void;
} {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem("");
    send()
      .catch((error: unknown) => setProblem(asProblem(error).message))
      .finally(() => setBusy(false));
  };
  return { busy, problem, submit };
}

/** Only a path of this very place may be gone on to. */
export function onward(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "/";
  return /^\/(?![/\\])/.test(next) ? next : "/";
}

export function SignIn(): ReactNode {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const form = useForm(async () => {
    await api.signIn(name.trim(), password);
    window.location.assign(onward(window.location.search));
  });
  return (
    <Entrance title="Sign in">
      <form onSubmit={form.submit}>
        {form.problem !== "" && <Alert>{form.problem}</Alert>}
        <TextField label="Name" name="name" value={name} change={setName} autoComplete="username" />
        <TextField
          label="Password"
          name="password"
          type="password"
          value={password}
          change={setPassword}
          autoComplete="current-password"
        />
        <Button className="button primary" type="submit" disabled={form.busy} focusableWhenDisabled>
          {form.busy ? "Signing in…" : "Sign in"}
        </Button>
      </form>
    </Entrance>
  );
}

/** Why a password cannot be sent yet; the box has the last word (appliance/access/passwords.py). */
export function passwordFault(password: string, again: string): string | null {
  if ([...password].length < MIN_PASSWORD) return `A password has at least ${MIN_PASSWORD} characters.`;
  if (!/\p{L}/u.test(password)) return "A password has at least one letter.";
  if (!/\p{Nd}/u.test(password)) return "A password has at least one digit.";
  return password === again ? null : "The two passwords are not the same.";
}

/** A new password, typed twice. */
export function PasswordFields(props: {
  password: string;
  setPassword: (value: string) => void;
  again: string;
  setAgain: (value: string) => void;
  label?: string;
}): ReactNode {
  const { password, setPassword, again, setAgain, label = "Password" } = props;
  return (
    <>
      <TextField
        label={label}
        name="password"
        type="password"
        value={password}
        change={setPassword}
        autoComplete="new-password"
        hint={PASSWORD_HINT}
      />
      <TextField
        label={`${label} again`}
        name="again"
        type="password"
        value={again}
        change={setAgain}
        autoComplete="new-password"
      />
    </>
  );
}

/** A form that sets a password and signs in with it. `send` answers with the account's name. */
function usePasswordForm(send: (password: string) => Promise<string>): {
  said: string;
  busy: boolean;
  submit: (event: FormEvent) => void;
  fields: Parameters<typeof PasswordFields>[0];
} {
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [fault, setFault] = useState("");
  const form = useForm(async () => {
    const found = passwordFault(password, again);
    setFault(found ?? "");
    if (found !== null) return;
    await api.signIn(await send(password), password);
    // The token is spent: keep it out of the history.
    window.location.replace("/");
  });
  const fields = { password, setPassword, again, setAgain };
  return { said: fault || form.problem, busy: form.busy, submit: form.submit, fields };
}

export function SetUp(): ReactNode {
  const token = useRef(window.location.hash.slice(1));
  const [name, setName] = useState("admin");
  const form = usePasswordForm(async (password) => {
    await api.setUp(token.current, name.trim(), password);
    return name.trim();
  });
  if (token.current === "") {
    return (
      <Entrance title="Set up">
        <Alert>This link is not complete. Open the whole link that the box printed when it started.</Alert>
      </Entrance>
    );
  }
  return (
    <Entrance title="Set the first administrator’s password">
      <form onSubmit={form.submit}>
        {form.said !== "" && <Alert>{form.said}</Alert>}
        <TextField label="Name" name="name" value={name} change={setName} autoComplete="username" />
        <PasswordFields {...form.fields} />
        <Button className="button primary" type="submit" disabled={form.busy} focusableWhenDisabled>
          {form.busy ? "Setting up…" : "Set password and sign in"}
        </Button>
      </form>
    </Entrance>
  );
}

/** Somebody invited, or whose account was reset, sets their own password. */
export function Accept(): ReactNode {
  const token = useRef(window.location.hash.slice(1));
  if (token.current === "") {
    return (
      <Entrance title="Invitation">
        <Alert>This link is not complete. Open the whole link that you were sent.</Alert>
      </Entrance>
    );
  }
  return (
    <Entrance title="Set your password">
      <Invitation token={token.current} />
    </Entrance>
  );
}

function Invitation({ token }: { token: string }): ReactNode {
  const [loaded, again] = useLoaded(() => api.lookInvitation(token), [token]);
  return (
    <Shown of={loaded} again={again}>
      {(invitee) => <Acceptance token={token} invitee={invitee} />}
    </Shown>
  );
}

function Acceptance({ token, invitee }: { token: string; invitee: Invitee }): ReactNode {
  const form = usePasswordForm(async (password) => (await api.acceptInvitation(token, password)).name);
  return (
    <>
      <p className="quiet">You sign in with this name from now on, as {roleName(invitee.role)}.</p>
      <form onSubmit={form.submit}>
        {form.said !== "" && <Alert>{form.said}</Alert>}
        <TextField
          label="Name"
          name="name"
          value={invitee.name}
          change={() => undefined}
          autoComplete="username"
          readOnly
        />
        <PasswordFields {...form.fields} />
        <Button className="button primary" type="submit" disabled={form.busy} focusableWhenDisabled>
          {form.busy ? "Setting up…" : "Set password and sign in"}
        </Button>
      </form>
    </>
  );
}
