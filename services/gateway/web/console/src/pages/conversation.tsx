/** One conversation as it is kept: redacted, with how long each turn's stages took. */
import { Fragment, type ReactNode } from "react";
import { api, type Line, type Conversation as Told } from "../api";
import { useLoaded } from "../loading";
import { Recordings } from "../parts/recordings";
import { Heading, SEES } from "../parts/shell";
import { Empty, Shown } from "../parts/shown";
import { Unredactions } from "../parts/unredactions";
import { Waterfall } from "../parts/waterfall";
import { WhySo } from "../parts/why-so";
import { channelName, intentName, lasted, outcomeName, versionName, when } from "../words";

export function Conversation({ id, rights }: { id: string; rights: readonly string[] }): ReactNode {
  const [loaded, again] = useLoaded(() => api.conversation(id), [id]);
  return (
    <>
      <p>
        <a href="#/conversations">All conversations</a>
      </p>
      <Heading>Conversation</Heading>
      <Shown of={loaded} again={again}>
        {(told) => (
          <>
            <Facts told={told} />
            {told.channels.includes("phone") && <Recordings key={id} conversation={id} />}
            {SEES.some((right) => rights.includes(right)) && <Unredactions key={id} conversation={id} />}
            <Transcript conversation={id} lines={told.lines} />
          </>
        )}
      </Shown>
    </>
  );
}

function Facts({ told }: { told: Told }): ReactNode {
  const facts: readonly [string, string][] = [
    ["Agent", `${told.agent} · ${versionName(told.version)}`],
    ["Started", when(told.started)],
    ["Lasted", lasted(told.started, told.ended)],
    ["Channels", told.channels.map(channelName).join(", ")],
    ["Outcome", outcomeName(told.outcome)],
    ["Id", told.conversation],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Transcript({ conversation, lines }: { conversation: string; lines: readonly Line[] }): ReactNode {
  if (lines.length === 0) return <Empty>Nothing has been said yet.</Empty>;
  return (
    <ol className="transcript">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are written once and never reordered.
        <li key={index} className={line.kind}>
          <p className="speaker">
            {line.kind === "said" ? "Party" : "Agent"}
            {line.modality !== null && <span className="quiet"> · {line.modality}</span>}
            {line.intent !== null && <span className="quiet"> · {intentName(line.intent)}</span>}
          </p>
          <p className="speech">{withReferences(line.text)}</p>
          <Waterfall stages={line.stages} />
          {line.kind === "said" && line.turn !== null && <WhySo conversation={conversation} turn={line.turn} />}
        </li>
      ))}
    </ol>
  );
}

/** References such as `<ACCOUNT_1>` stand out from what was said around them. */
function withReferences(text: string): ReactNode {
  return text.split(/(<[A-Z][A-Z_]*_\d+>)/).map((piece, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one fixed text.
      <span key={index} className="reference">
        {piece.slice(1, -1)}
      </span>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one fixed text.
      <Fragment key={index}>{piece}</Fragment>
    ),
  );
}
