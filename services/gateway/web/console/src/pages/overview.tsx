/** Insights: today, and the days before. */
import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { type ReactNode, useId, useState } from "react";
import { api, type Emergencies, type Latency, type Period, type Summary } from "../api";
import { useLoaded } from "../loading";
import { Heading } from "../parts/shell";
import { Bar, Empty, Shown, TableBox } from "../parts/shown";
import { channelName, day, intentName, milliseconds, outcomeName, percent, stageName, stageOrder } from "../words";

const SPANS = [7, 30, 90] as const;

export function Overview(): ReactNode {
  const [days, setDays] = useState<number>(7);
  const label = useId();
  const [loaded, again] = useLoaded(() => api.summary(days), [days]);
  return (
    <>
      <div className="title">
        <Heading>Overview</Heading>
        <div className="choice">
          <span id={label}>Span</span>
          <RadioGroup aria-labelledby={label} value={days} onValueChange={(value) => setDays(Number(value))}>
            {SPANS.map((span) => (
              <Radio.Root key={span} value={span} className="segment" aria-label={`${span} days`}>
                {span} days
              </Radio.Root>
            ))}
          </RadioGroup>
        </div>
      </div>
      <Shown of={loaded} again={again}>
        {(summary) => <Figures summary={summary} days={days} />}
      </Shown>
    </>
  );
}

function Figures({ summary, days }: { summary: Summary; days: number }): ReactNode {
  const { today, total } = summary;
  return (
    <>
      {summary.break_glass && <Emergency {...summary.break_glass} />}
      <section aria-label="Today" className="figures">
        <Figure
          name="Conversations today"
          value={String(today.conversations)}
          note={counts(today.channels, channelName)}
        />
        <Figure name="Contained today" value={percent(today.containment)} note={counts(today.outcomes, outcomeName)} />
        <Figure name="Turns today" value={String(today.turns)} note={`${total.turns} in ${days} days`} />
        <Figure
          name={`Contained, ${days} days`}
          value={percent(total.containment)}
          note={`${total.conversations} conversations`}
        />
      </section>
      <div className="columns">
        <Days days={summary.days} />
        <Intents period={total} days={days} />
        <Latencies today={today.latency} total={total.latency} days={days} />
      </div>
    </>
  );
}

/** Somebody saw values alone: until a second person has looked at it, it stands here. */
function Emergency({ open, unreviewed }: Emergencies): ReactNode {
  if (open + unreviewed === 0) return null;
  return (
    <section className="card warned" aria-labelledby="emergencies">
      <h2 id="emergencies">Emergency accesses to values</h2>
      <p>
        {open} open, {unreviewed} waiting for review by a second person.
      </p>
      <p className="quiet">
        <code>b2t rights unredact list</code> names them;{" "}
        <code>b2t rights unredact acknowledge REQUEST --key FILE</code> signs that you have looked at one.
      </p>
    </section>
  );
}

function counts(of: Readonly<Record<string, number>>, name: (key: string) => string): string {
  const parts = Object.entries(of).map(([key, count]) => `${name(key)} ${count}`);
  return parts.length === 0 ? "None yet" : parts.join(" · ");
}

function Figure({ name, value, note }: { name: string; value: string; note: string }): ReactNode {
  return (
    <div className="figure">
      <h2>{name}</h2>
      <p className="value">{value}</p>
      <p className="quiet">{note}</p>
    </div>
  );
}

function Days({ days }: { days: readonly Period[] }): ReactNode {
  const most = Math.max(1, ...days.map((period) => period.conversations));
  return (
    <section className="card" aria-labelledby="by-day">
      <h2 id="by-day">By day</h2>
      <TableBox label="By day">
        <table>
          <thead>
            <tr>
              <th scope="col">Day (UTC)</th>
              <th scope="col" colSpan={2}>
                Conversations
              </th>
              <th scope="col" className="number">
                Contained
              </th>
              <th scope="col" className="number minor">
                Turns
              </th>
            </tr>
          </thead>
          <tbody>
            {days.map((period) => (
              <tr key={period.first_day}>
                <th scope="row" className="short">
                  {day(period.first_day)}
                </th>
                <td className="number">{period.conversations}</td>
                <td className="wide">
                  <Bar share={period.conversations / most} />
                </td>
                <td className="number">{percent(period.containment)}</td>
                <td className="number minor">{period.turns}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

function Intents({ period, days }: { period: Period; days: number }): ReactNode {
  const most = Math.max(1, ...period.top_intents.map((intent) => intent.turns));
  return (
    <section className="card" aria-labelledby="intents">
      <h2 id="intents">Top intents, {days} days</h2>
      {period.top_intents.length === 0 ? (
        <Empty>Nobody has asked for anything yet.</Empty>
      ) : (
        <TableBox label="Top intents">
          <table>
            <thead>
              <tr>
                <th scope="col">Intent</th>
                <th scope="col" colSpan={2}>
                  Turns
                </th>
              </tr>
            </thead>
            <tbody>
              {period.top_intents.map(({ intent, turns }) => (
                <tr key={intent}>
                  <th scope="row">{intentName(intent)}</th>
                  <td className="number">{turns}</td>
                  <td className="wide">
                    <Bar share={turns / most} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </section>
  );
}

function Latencies(props: { today: readonly Latency[]; total: readonly Latency[]; days: number }): ReactNode {
  const rows = [...props.total].sort((a, b) => stageOrder(a.stage, b.stage));
  const most = Math.max(1, ...rows.map((row) => row.p95_ms));
  const today = new Map(props.today.map((row) => [row.stage, row]));
  return (
    <section className="card across" aria-labelledby="latency">
      <h2 id="latency">How long each stage takes</h2>
      {rows.length === 0 ? (
        <Empty>Nothing has been measured yet.</Empty>
      ) : (
        <TableBox label="How long each stage takes">
          <table>
            <thead>
              <tr>
                <th scope="col">Stage</th>
                <th scope="col" className="number minor">
                  Today, half within
                </th>
                <th scope="col" className="number">
                  {props.days} days, half within
                </th>
                <th scope="col" className="number">
                  95 % within
                </th>
                <td className="wide minor" />
                <th scope="col" className="number minor">
                  Measured
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.stage}>
                  <th scope="row">{stageName(row.stage)}</th>
                  <td className="number minor">{todayText(today.get(row.stage))}</td>
                  <td className="number">{milliseconds(row.p50_ms)}</td>
                  <td className="number">{milliseconds(row.p95_ms)}</td>
                  <td className="wide minor">
                    <Bar share={row.p95_ms / most} />
                  </td>
                  <td className="number minor">{row.count}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </section>
  );
}

const todayText = (row: Latency | undefined): string => (row === undefined ? "–" : milliseconds(row.p50_ms));
