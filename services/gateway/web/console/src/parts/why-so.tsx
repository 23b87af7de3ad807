/** Why a turn was answered as it was. Each look is a reading of the conversation on record, so it is asked for only then. */
import { type ReactNode, type SyntheticEvent, useState } from "react";
import { api, type Scored, type Why } from "../api";
import { useLoaded } from "../loading";
import { intentName, percent, ruleName } from "../words";
import { Bar, Shown } from "./shown";

export function WhySo({ conversation, turn }: { conversation: string; turn: string }): ReactNode {
  const [wanted, setWanted] = useState(false);
  const toggled = (event: SyntheticEvent<HTMLDetailsElement>): void => {
    if (event.currentTarget.open) setWanted(true);
  };
  return (
    <details className="why" onToggle={toggled}>
      <summary>Why</summary>
      {wanted && <Asked conversation={conversation} turn={turn} />}
    </details>
  );
}

function Asked({ conversation, turn }: { conversation: string; turn: string }): ReactNode {
  const [loaded, again] = useLoaded(() => api.why(conversation, turn), [conversation, turn]);
  return (
    <Shown of={loaded} again={again}>
      {(why) => (
        <>
          <Candidates why={why} />
          <dl className="reasons">
            {reasons(why).map(([name, texts]) => (
              <div key={name}>
                <dt>{name}</dt>
                {texts.map((text, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: what was recorded once and is never reordered.
                  <dd key={index}>{text}</dd>
                ))}
              </div>
            ))}
          </dl>
        </>
      )}
    </Shown>
  );
}

function Candidates({ why: { candidates, number } }: { why: Why }): ReactNode {
  if (candidates.length === 0) return null;
  return (
    <table>
      <caption>What it may have meant</caption>
      <thead className="hidden">
        <tr>
          <th scope="col">Candidate of turn {number}</th>
          <td />
          <th scope="col">Score</th>
        </tr>
      </thead>
      <tbody>
        {candidates.map(([name, score]) => (
          <tr key={name}>
            <th scope="row">{intentName(name)}</th>
            <td className="wide">
              <Bar share={Math.min(Math.max(score, 0), 1)} />
            </td>
            <td className="number">{score.toFixed(3)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Everything but the candidates, in words; what is not on record is left out. Pure, for the test. */
export function reasons(why: Why): [string, string[]][] {
  const all: [string, string[]][] = [
    ["Understood", [understood(why)]],
    ["Heard", why.confidence === null ? [] : [`${percent(why.confidence)} sure of the words`]],
    ["Also wanted", why.also.map(scored)],
    ["Values", why.entities.map(({ kind, value, role }) => `${kind} = ${String(value)}${role ? ` as ${role}` : ""}`)],
    ["Like the examples", why.nearest.map((near) => `“${near.text}” (${scored([near.intent, near.similarity])})`)],
    ["Language", why.language === null ? [] : [why.language]],
    ["Rule", [ruled(why)]],
    ["After it", why.then.map(ruleName)],
    ["Flows before", [flows(why.stack_before)]],
    ["Flows after", [flows(why.stack_after)]],
    ["Worded", why.worded === null ? [] : [`By the language model (${why.worded})`]],
    ["Cites", [...why.citations]],
    ["What happened", [...why.happened]],
  ];
  return all.filter(([, texts]) => texts.length > 0);
}

const scored = ([name, score]: Scored): string => `${intentName(name)} ${score.toFixed(3)}`;
const flows = (stack: readonly string[]): string => (stack.length === 0 ? "None" : stack.join(" › "));

function understood({ intent, intent_confidence, understood_by }: Why): string {
  if (intent === null) return "Nothing: what was said was taken as it is";
  const sure = intent_confidence === null ? "" : `, ${intent_confidence.toFixed(3)}`;
  return `${intentName(intent)}${sure}, by the ${understood_by === "model" ? "language model" : "classifier"}`;
}

function ruled({ rule, about }: Why): string {
  if (rule === null) return "None on record";
  const names = Object.entries(about).map(([name, value]) => `${name} ${value}`);
  return names.length === 0 ? ruleName(rule) : `${ruleName(rule)} (${names.join(", ")})`;
}
