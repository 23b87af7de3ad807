/** The two pages before home: signing in, and setting the first administrator's password. */
import { Button } from "@base-ui/react/button";
import { Field } from "@base-ui/react/field";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { api } from "../api";
import { asProblem } from "../loading";
import { Alert } from "../parts/shown";

const MIN_PASSWORD = 12;

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

function TextField(props: {
  label: string;
  name: string;
  type?: string;
  value: string;
  change: (value: string) => void;
  autoComplete: string;
  hint?: string;
}): ReactNode {
  const { label, name, type = "text", value, change, autoComplete, hint } = props;
  return (
    <Field.Root className="field" name={name}>
      <Field.Label>{label}</Field.Label>
      <Field.Control
        className="input"
        type={type}
        value={value}
        onValueChange={change}
        autoComplete={autoComplete}
        required
        spellCheck={false}
        autoCapitalize="none"
      />
      {hint !== undefined && <Field.Description className="hint">{hint}</Field.Description>}
    </Field.Root>
  );
}

/** Sends a form once at a time and keeps what went wrong. */
function useForm(send: () => Promise<void>): { busy: boolean; problem: string; submit: (event: FormEvent) => void } {
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

export function SetUp(): ReactNode {
  const token = useRef(window.location.hash.slice(1));
  const [name, setName] = useState("admin");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [fault, setFault] = useState("");
  const form = useForm(async () => {
    const found = passwordFault(password, again);
    setFault(found ?? "");
    if (found !== null) return;
    await api.setUp(token.current, name.trim(), password);
    await api.signIn(name.trim(), password);
    // The token is spent: keep it out of the history.
    window.location.replace("/");
  });
  if (token.current === "") {
    return (
      <Entrance title="Set up">
        <Alert>This link is not complete. Open the whole link that the box printed when it started.</Alert>
      </Entrance>
    );
  }
  const said = fault || form.problem;
  return (
    <Entrance title="Set the first administrator’s password">
      <form onSubmit={form.submit}>
        {said !== "" && <Alert>{said}</Alert>}
        <TextField label="Name" name="name" value={name} change={setName} autoComplete="username" />
        <TextField
          label="Password"
          name="password"
          type="password"
          value={password}
          change={setPassword}
          autoComplete="new-password"
          hint={`At least ${MIN_PASSWORD} characters, with a letter and a digit. Several words are easy to keep in mind.`}
        />
        <TextField
          label="Password again"
          name="again"
          type="password"
          value={again}
          change={setAgain}
          autoComplete="new-password"
        />
        <Button className="button primary" type="submit" disabled={form.busy} focusableWhenDisabled>
          {form.busy ? "Setting up…" : "Set password and sign in"}
        </Button>
      </form>
    </Entrance>
  );
}
