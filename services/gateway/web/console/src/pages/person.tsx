/** One person's account: another role, a new link, locking and removing it. */
import { Button } from "@base-ui/react/button";
import { Dialog } from "@base-ui/react/dialog";
import { type FormEvent, type ReactNode, type RefObject, useRef, useState } from "react";
import { type Account, type Accounts, api, type Invited, type RoleOf } from "../api";
import { useLoaded } from "../loading";
import { ToldLine } from "../parts/change";
import { Confirm } from "../parts/confirm";
import { givable, Roles } from "../parts/roles";
import { Heading } from "../parts/shell";
import { Alert, Empty, Shown } from "../parts/shown";
import { useSubmitting } from "../submitting";
import { roleName, when } from "../words";
import { Link, State } from "./people";

export function Person({ id, rights }: { id: string; rights: readonly string[] }): ReactNode {
  const [loaded, again] = useLoaded(api.accounts, []);
  const [told, setTold] = useState("");
  const place = useRef<HTMLParagraphElement>(null);
  const done = (text: string): void => {
    setTold(text);
    again();
  };
  const gone = (name: string): void => {
    setTold(`${name} is removed. Their sessions have ended and their API keys are revoked.`);
    again();
  };
  return (
    <>
      <p>
        <a href="#/people">People</a>
      </p>
      <ToldLine text={told} place={place} />
      <Shown of={loaded} again={again}>
        {({ accounts, roles }: Accounts) => {
          const account = accounts.find((one) => one.id === id);
          if (account === undefined) {
            return (
              <>
                <Heading>Person</Heading>
                <Empty>There is no such account, or not any more.</Empty>
              </>
            );
          }
          const reach = givable(roles, rights);
          return <Found account={account} reach={reach} place={place} done={done} gone={gone} />;
        }}
      </Shown>
    </>
  );
}

interface Parts {
  readonly account: Account;
  readonly reach: readonly RoleOf[];
  readonly place: RefObject<HTMLParagraphElement | null>;
  readonly done: (text: string) => void;
}

function Found(props: Parts & { gone: (name: string) => void }): ReactNode {
  const { account, reach, place, done, gone } = props;
  const within = reach.some(({ role }) => role === account.role);
  return (
    <>
      <Heading>{account.name}</Heading>
      <Facts account={account} />
      {account.yours && (
        <p>
          This is your own account: somebody else has to change its role, lock or remove it. Your password is on{" "}
          <a href="#/account">your page</a>.
        </p>
      )}
      {!within && <p>This account may do what you may not: somebody who may has to change it.</p>}
      {!account.yours && within && (
        <>
          <RoleCard key={account.role} account={account} reach={reach} place={place} done={done} />
          <SigningIn account={account} reach={reach} place={place} done={done} />
          <section className="card" aria-labelledby="removing">
            <h2 id="removing">Remove</h2>
            <p className="quiet">Whatever they did stays in the audit log under the account’s id.</p>
            <div className="row">
              <Confirm
                what={`Remove ${account.name}`}
                title={`Remove ${account.name}?`}
                danger
                work={() => api.removeAccount(account.id)}
                done={() => gone(account.name)}
                place={place}
              >
                Their sessions end at once and their API keys are revoked. This cannot be undone.
              </Confirm>
            </div>
          </section>
        </>
      )}
    </>
  );
}

function Facts({ account }: { account: Account }): ReactNode {
  return (
    <section className="card" aria-label="Account">
      <dl className="facts">
        <div>
          <dt>Role</dt>
          <dd>{roleName(account.role)}</dd>
        </div>
        <div>
          <dt>State</dt>
          <dd>
            <State account={account} />
          </dd>
        </div>
        <div>
          <dt>Last signed in</dt>
          <dd>{account.signed_in_at === null ? "Never" : when(account.signed_in_at)}</dd>
        </div>
        {account.invited_until !== null && (
          <div>
            <dt>The link is good until</dt>
            <dd>{when(account.invited_until)}</dd>
          </div>
        )}
        <div>
          <dt>In the audit log</dt>
          <dd>
            <code>account:{account.id}</code>
          </dd>
        </div>
      </dl>
    </section>
  );
}

function RoleCard({ account, reach, place, done }: Parts): ReactNode {
  const [role, setRole] = useState(account.role);
  const { busy, problem, submit } = useSubmitting();
  const save = (event: FormEvent): Promise<void> => {
    event.preventDefault();
    return submit(async () => {
      await api.changeRole(account.id, role);
      done(`${account.name} is ${roleName(role)} from now on.`);
      place.current?.focus();
    });
  };
  return (
    <section className="card" aria-labelledby="role">
      <h2 id="role">Role</h2>
      <form onSubmit={(event) => void save(event)}>
        {problem !== "" && <Alert>{problem}</Alert>}
        <Roles label="It holds from their next request on" roles={reach} chosen={role} choose={setRole} />
        <div className="row">
          <Button
            className="button primary"
            type="submit"
            disabled={busy || role === account.role}
            focusableWhenDisabled
          >
            {busy ? "Changing…" : "Change role"}
          </Button>
        </div>
      </form>
    </section>
  );
}

function SigningIn({ account, place, done }: Parts): ReactNode {
  const [made, setMade] = useState<Invited | null>(null);
  const { id, name, state } = account;
  const waits = state === "invited" || state === "lapsed";
  const reset = (found: Invited): void => {
    setMade(found);
    done(waits ? `There is a new link for ${name}.` : `${name} has to set a new password with the new link.`);
  };
  const locked = state === "locked" || account.tries_until !== null;
  return (
    <section className="card" aria-labelledby="signing-in">
      <h2 id="signing-in">Signing in</h2>
      <div className="row">
        {state !== "locked" && (
          <Confirm
            what={waits ? "New link" : "Reset password"}
            title={waits ? `A new link for ${name}?` : `Reset ${name}’s password?`}
            work={() => api.resetAccount(id)}
            done={reset}
            place={place}
          >
            {waits
              ? "The link before does not work any more."
              : "Their password does not work any more and their sessions end. You get a link to pass on, with which they set a new one."}
          </Confirm>
        )}
        {locked && (
          <Confirm
            what="Unlock"
            title={`Unlock ${name}?`}
            work={() => api.unlockAccount(id)}
            done={() => done(`${name} can sign in again.`)}
            place={place}
          >
            They can sign in again, and their API keys work.
          </Confirm>
        )}
        {state !== "locked" && (
          <Confirm
            what="Lock"
            title={`Lock ${name}?`}
            danger
            work={() => api.lockAccount(id)}
            done={() => done(`${name} is locked. Their sessions have ended.`)}
            place={place}
          >
            Their sessions end at once; they cannot sign in and their API keys are refused until somebody unlocks them.
          </Confirm>
        )}
      </div>
      <Dialog.Root open={made !== null} onOpenChange={(now) => !now && setMade(null)} disablePointerDismissal>
        <Dialog.Portal>
          <Dialog.Backdrop className="backdrop" />
          <Dialog.Popup className="dialog" finalFocus={place}>
            {made !== null && <Link invited={made} />}
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </section>
  );
}
