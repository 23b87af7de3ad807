/** One turn's stages one after the other, as bars that begin where the one before ended. */
import type { ReactNode } from "react";
import { milliseconds, PIPELINE, stageName } from "../words";
import { Bar } from "./shown";

interface Step {
  readonly stage: string;
  readonly ms: number;
  readonly from: number;
}

/** Pure, for the test: stages of the pipeline in order, each beginning where the one before ended. */
export function steps(stages: Readonly<Record<string, number>>): { steps: Step[]; total: number } {
  let from = 0;
  const found: Step[] = [];
  for (const stage of PIPELINE) {
    const ms = stages[stage];
    if (ms === undefined) continue;
    found.push({ stage, ms, from });
    from += ms;
  }
  return { steps: found, total: from };
}

export function Waterfall({ stages }: { stages: Readonly<Record<string, number>> }): ReactNode {
  const { steps: shown, total } = steps(stages);
  if (shown.length === 0) return null;
  const heard = stages.heard_until;
  const overall = stages.voice_to_voice;
  return (
    <details className="waterfall">
      <summary>
        {overall === undefined ? milliseconds(total) : `${milliseconds(overall)} voice to voice`}
        <span className="hidden"> in {shown.length} stages</span>
      </summary>
      <table>
        <caption className="hidden">Stages of this turn</caption>
        <tbody>
          {shown.map(({ stage, ms, from }) => (
            <tr key={stage}>
              <th scope="row">{stageName(stage)}</th>
              <td className="wide">
                <Bar share={total > 0 ? ms / total : 0} from={total > 0 ? from / total : 0} />
              </td>
              <td className="number">{milliseconds(ms)}</td>
            </tr>
          ))}
          {heard !== undefined && heard > 0 && (
            <tr>
              <th scope="row">{stageName("heard_until")}</th>
              <td className="wide" />
              <td className="number">{milliseconds(heard)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </details>
  );
}
