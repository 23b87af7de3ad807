/** Who asked to see a conversation's values. Deciding takes a signature, and keys stay with people: hence commands. */
import type { ReactNode } from "react";
import { api, type Unredaction } from "../api";
import { useLoaded } from "../loading";
import { stateName, when } from "../words";
import { Shown } from "./shown";

export function Unredactions({ conversation }: { conversation: string }): ReactNode {
  const [loaded, again] = useLoaded(() => api.unredactions(conversation), [conversation]);
  if (loaded.state === "loading") return null;
  return (
    <Shown of={loaded} again={again}>
      {({ requests }) =>
        requests.length > 0 && (
          <section className="card" aria-labelledby="unredactions">
            <h2 id="unredactions">Requests to see its values</h2>
            {requests.map((request) => (
              <Request key={request.id} request={request} />
            ))}
          </section>
        )
      }
    </Shown>
  );
}

function Request({ request }: { request: Unredaction }): ReactNode {
  const { id, state, reason, minutes, asked_by, asked_at, readable_until } = request;
  const until = readable_until !== null && (state === "approved" || state === "open");
  return (
    <div className="request">
      <p>
        <span className={`tag ${WARNED.has(state) ? "transferred" : ""}`}>{stateName(state)}</span> {reason}
      </p>
      <p className="quiet">
        {when(asked_at)}, key {asked_by}, {minutes} min{until && `, until ${when(readable_until)}`}
      </p>
      {steps(request).map((step) => (
        <p key={step}>
          <code>
            b2t rights unredact {step} {id} --key FILE
          </code>
        </p>
      ))}
    </div>
  );
}

const WARNED = new Set(["waiting", "open", "unreviewed"]);

/** What a second person can sign now. Pure, for the test. */
export function steps({ state, acknowledged_by }: Pick<Unredaction, "state" | "acknowledged_by">): string[] {
  if (state === "waiting") return ["approve", "deny"];
  if (state === "approved" || (state === "open" && acknowledged_by !== null)) return ["deny"];
  if (state === "open") return ["deny", "acknowledge"];
  return state === "unreviewed" ? ["acknowledge"] : [];
}
