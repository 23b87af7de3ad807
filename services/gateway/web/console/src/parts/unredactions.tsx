/** Who asked to see a conversation's values. Deciding takes a signature, and keys stay with people: hence commands. */
import { type ReactNode, useEffect, useState } from "react";
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
              <Request key={request.id} request={request} signs over={again} />
            ))}
          </section>
        )
      }
    </Shown>
  );
}

/** `signs`: whether who looks may be a second person. `over`: its time has just run out. */
export function Request(props: {
  request: Unredaction;
  signs: boolean;
  over: () => void;
  linked?: boolean;
}): ReactNode {
  const { request, signs, over, linked = false } = props;
  const { id, state, reason, minutes, asked_by, asked_at, readable_until } = request;
  const until = readable_until !== null && (state === "approved" || state === "open");
  return (
    <div className="request">
      <p>
        <span className={`tag ${WARNED.has(state) ? "transferred" : ""}`}>{stateName(state)}</span> {reason}
      </p>
      <p className="quiet">
        {when(asked_at)}, key {asked_by}, {minutes} min{until && `, until ${when(readable_until)}`}
        {until && <Left until={readable_until} over={over} />}
      </p>
      {seconds(request).map((line) => (
        <p key={line} className="quiet">
          {line}
        </p>
      ))}
      {linked && (
        <p>
          <a className="row-link" href={`#/conversations/${encodeURIComponent(request.conversation)}`}>
            Conversation {request.conversation}
          </a>
        </p>
      )}
      {signs &&
        steps(request).map((step) => (
          <p key={step}>
            <code>
              b2t rights unredact {step} {id} --key FILE
            </code>
          </p>
        ))}
    </div>
  );
}

const LOOK_MS = 10_000;

/** How long values can still be read; looks at the clock now and then. */
function Left({ until, over }: { until: string; over: () => void }): ReactNode {
  const [now, setNow] = useState(Date.now());
  const ends = Date.parse(until);
  useEffect(() => {
    if (now >= ends) {
      over();
      return;
    }
    const next = setTimeout(() => setNow(Date.now()), Math.min(LOOK_MS, ends - now + 1000));
    return () => clearTimeout(next);
  }, [now, ends, over]);
  return <> ({left(ends, now)})</>;
}

const WARNED = new Set(["waiting", "open", "unreviewed"]);

/** Pure, for the test. */
export function left(ends: number, now: number): string {
  const minutes = Math.ceil((ends - now) / 60_000);
  if (minutes <= 0) return "over";
  return minutes < 60 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** What others did about it, in sentences. Pure, for the test. */
export function seconds(request: Unredaction): string[] {
  const { state, decided_by, decided_at, withdrawn_by, acknowledged_by } = request;
  const decided = state === "denied" ? "Denied" : "Approved";
  const at = decided_at === null ? "" : `, ${when(decided_at)}`;
  return [
    decided_by === null ? "" : `${decided} by key ${decided_by}${at}`,
    withdrawn_by === null ? "" : `Ended early by key ${withdrawn_by}`,
    acknowledged_by === null ? "" : `Reviewed by key ${acknowledged_by}`,
  ].filter((line) => line !== "");
}

/** What a second person can sign now. Pure, for the test. */
export function steps({ state, acknowledged_by }: Pick<Unredaction, "state" | "acknowledged_by">): string[] {
  if (state === "waiting") return ["approve", "deny"];
  if (state === "approved" || (state === "open" && acknowledged_by !== null)) return ["deny"];
  if (state === "open") return ["deny", "acknowledge"];
  return state === "unreviewed" ? ["acknowledge"] : [];
}
