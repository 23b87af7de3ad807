/** Your own account: what you may, and another password. */
import { Button } from "@base-ui/react/button";
import { type ReactNode, useRef, useState } from "react";
import { api, type Session } from "../api";
import { ToldLine } from "../parts/change";
import { Heading } from "../parts/shell";
import { Alert } from "../parts/shown";
import { rightName, rightOrder, roleName } from "../words";
import { PasswordFields, passwordFault, TextField, useForm } from "./entrance";

export function YourAccount({ session }: { session: Session }): ReactNode {
  return (
    <>
      <Heading>Your account</Heading>
      <section className="card" aria-label="What you may do">
        <dl className="facts">
          <div>
            <dt>Name</dt>
            <dd>{session.name}</dd>
          </div>
          <div>
            <dt>Role</dt>
            <dd>{roleName(session.role)}</dd>
          </div>
          <div>
            <dt>You may</dt>
            <dd>{[...session.rights].sort(rightOrder).map(rightName).join(", ")}</dd>
          </div>
        </dl>
      </section>
      <Password name={session.name} />
    </>
  );
}

function Password({ name }: { name: string }): ReactNode {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [fault, setFault] = useState("");
  const [told, setTold] = useState("");
  const place = useRef<HTMLParagraphElement>(null);
  const form = useForm(async () => {
    setTold("");
    const found = passwordFault(password, again);
    setFault(found ?? "");
    if (found !== null) return;
    await api.changePassword(current, password);
    for (const empty of [setCurrent, setPassword, setAgain]) empty("");
    setTold("Your password is changed. Your other sessions have ended.");
    place.current?.focus();
  });
  const said = fault || form.problem;
  return (
    <section className="card narrow" aria-labelledby="password">
      <h2 id="password">Change your password</h2>
      <ToldLine text={told} place={place} />
      <form onSubmit={form.submit}>
        {said !== "" && <Alert>{said}</Alert>}
        {/* For password managers alone: they have to know whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <TextField
          label="Current password"
          name="current"
          type="password"
          value={current}
          change={setCurrent}
          autoComplete="current-password"
        />
        <PasswordFields {...{ password, setPassword, again, setAgain }} label="New password" />
        <div className="row">
          <Button className="button primary" type="submit" disabled={form.busy} focusableWhenDisabled>
            {form.busy ? "Changing…" : "Change password"}
          </Button>
        </div>
      </form>
    </section>
  );
}
