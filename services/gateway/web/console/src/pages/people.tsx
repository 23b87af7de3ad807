/** People: who has an account, as what, and inviting somebody. */
import { Button } from "@base-ui/react/button";
import { Dialog } from "@base-ui/react/dialog";
import { Field } from "@base-ui/react/field";
import { type FormEvent, type ReactNode, useState } from "react";
import { type Account, type Accounts, api, type Invited, type RoleOf } from "../api";
import { useLoaded } from "../loading";
import { givable, Roles } from "../parts/roles";
import { Secret } from "../parts/secret";
import { Heading } from "../parts/shell";
import { Alert, Shown, TableBox } from "../parts/shown";
import { useSubmitting } from "../submitting";
import { accountState, roleName, when } from "../words";

export function People({ rights }: { rights: readonly string[] }): ReactNode {
  const [loaded, again] = useLoaded(api.accounts, []);
  return (
    <>
      <div className="title">
        <Heading>People</Heading>
        {loaded.state === "here" && <Invite roles={givable(loaded.value.roles, rights)} invited={again} />}
      </div>
      <Shown of={loaded} again={again}>
        {({ accounts }) => <List accounts={accounts} />}
      </Shown>
    </>
  );
}

function List({ accounts }: { accounts: Accounts["accounts"] }): ReactNode {
  return (
    <section className="card">
      <TableBox label="People">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col" className="minor">
                Last signed in
              </th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {accounts.map((account) => (
              <tr key={account.id}>
                <th scope="row" className="anywhere">
                  <a className="row-link" href={`#/people/${encodeURIComponent(account.id)}`}>
                    {account.name}
                  </a>
                  {account.yours && <span className="quiet"> (you)</span>}
                </th>
                <td>{roleName(account.role)}</td>
                <td className="minor">{account.signed_in_at === null ? "Never" : when(account.signed_in_at)}</td>
                <td>
                  <State account={account} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

const TAGS: Record<string, string> = { active: "contained", locked: "abandoned" };

export function State({ account: { state, tries_until } }: { account: Account }): ReactNode {
  return tries_until === null || state === "locked" ? (
    <span className={`tag ${TAGS[state] ?? "transferred"}`}>{accountState(state)}</span>
  ) : (
    <span className="tag abandoned">Wrong passwords</span>
  );
}

function Invite({ roles, invited }: { roles: readonly RoleOf[]; invited: () => void }): ReactNode {
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<Invited | null>(null);
  const change = (now: boolean): void => {
    setOpen(now);
    // The link is shown once: closing forgets it.
    if (!now) setMade(null);
  };
  const took = (found: Invited): void => {
    setMade(found);
    invited();
  };
  return (
    <Dialog.Root open={open} onOpenChange={change} disablePointerDismissal={made !== null}>
      <Dialog.Trigger className="button primary">Invite somebody</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          {made === null ? <Wanted roles={roles} made={took} /> : <Link invited={made} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Wanted({ roles, made }: { roles: readonly RoleOf[]; made: (invited: Invited) => void }): ReactNode {
  const [name, setName] = useState("");
  const [role, setRole] = useState("member");
  const { busy, problem, submit } = useSubmitting();
  const invite = (event: FormEvent): Promise<void> => {
    event.preventDefault();
    return submit(async () => made(await api.invite(name.trim(), role)));
  };
  return (
    <form onSubmit={(event) => void invite(event)}>
      <Dialog.Title>Invite somebody</Dialog.Title>
      {problem !== "" && <Alert>{problem}</Alert>}
      <Field.Root className="field" name="name">
        <Field.Label>Name</Field.Label>
        <Field.Control
          className="input"
          value={name}
          onValueChange={setName}
          required
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <Field.Description className="hint">
          What they sign in with: letters, digits and . _ @ -, with no blanks.
        </Field.Description>
      </Field.Root>
      <Roles label="Role" roles={roles} chosen={role} choose={setRole} />
      <div className="actions">
        <Dialog.Close className="button">Cancel</Dialog.Close>
        <Button className="button primary" type="submit" disabled={busy} focusableWhenDisabled>
          {busy ? "Inviting…" : "Make the link"}
        </Button>
      </div>
    </form>
  );
}

/** In a dialog: the link to pass on. */
export function Link({ invited }: { invited: Invited }): ReactNode {
  return (
    <>
      <Dialog.Title>The link for {invited.account.name}</Dialog.Title>
      <Dialog.Description>
        Copy it now and pass it on by a way that only they can read: it is shown this once. With it they set their own
        password. It works once, until {when(invited.expires_at)}.
      </Dialog.Description>
      <Secret text={invited.link}>
        <Dialog.Close className="button primary">I have copied it</Dialog.Close>
      </Secret>
    </>
  );
}
