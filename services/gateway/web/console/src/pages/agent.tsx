/** One agent: its versions, where each answers, shares that run, and what changed. */
import { Button } from "@base-ui/react/button";
import { type ReactNode, useRef, useState } from "react";
import { api, type Change, type Compared, type Deployments, type Tally, type Target, type Version } from "../api";
import { useLoaded } from "../loading";
import { type Changing, ToldLine } from "../parts/change";
import { Deploy } from "../parts/deploy";
import { RollBack } from "../parts/roll-back";
import { Heading } from "../parts/shell";
import { Empty, Shown, TableBox } from "../parts/shown";
import { actorName, changeName, percent, questionName, targetName, versionName, when } from "../words";

interface Found {
  readonly title: string;
  readonly versions: readonly Version[];
  readonly deployments: Deployments;
}

interface Allowed extends Changing {
  readonly mayDeploy: boolean;
}

async function load(name: string): Promise<Found> {
  const [{ versions }, deployments, { agents }] = await Promise.all([
    api.versions(name),
    api.deployments(),
    api.agents(),
  ]);
  return { versions, deployments, title: agents.find((agent) => agent.name === name)?.title || name };
}

export function Agent({ name, mayDeploy }: { name: string; mayDeploy: boolean }): ReactNode {
  const [loaded, again] = useLoaded(() => load(name), [name]);
  const [text, setText] = useState("");
  const place = useRef<HTMLParagraphElement>(null);
  const done = (said: string): void => {
    setText(said);
    again();
  };
  const changing = { agent: name, mayDeploy, place, done, again };
  return (
    <>
      <p>
        <a href="#/agents">All agents</a>
      </p>
      <Heading>{loaded.state === "here" ? loaded.value.title : name}</Heading>
      <ToldLine text={text} place={place} />
      <Shown of={loaded} again={again}>
        {({ versions, deployments }) => (
          <>
            <Shares deployments={deployments} changing={changing} />
            <Targets deployments={deployments} changing={changing} />
            <Versions versions={versions} deployments={deployments} changing={changing} />
            <Changes changes={deployments.changes.filter((change) => change.agent === name)} />
          </>
        )}
      </Shown>
    </>
  );
}

function ownTargets(agent: string, { targets }: Deployments): [string, Target][] {
  return Object.entries(targets)
    .filter(([, target]) => target.agent === agent)
    .sort(([a], [b]) => a.localeCompare(b));
}

function Targets({ deployments, changing }: { deployments: Deployments; changing: Allowed }): ReactNode {
  const own = ownTargets(changing.agent, deployments);
  const everywhere = together(own);
  return (
    <section className="card" aria-labelledby="where">
      <div className="title">
        <h2 id="where">Where it answers</h2>
        {changing.mayDeploy && everywhere !== null && (
          <RollBack
            everywhere
            names={everywhere.names}
            to={everywhere.to}
            revision={deployments.revision}
            changing={changing}
          />
        )}
      </div>
      {own.length === 0 ? (
        <Empty>It answers nowhere yet{changing.mayDeploy ? ": deploy one of its versions below." : "."}</Empty>
      ) : (
        <TableBox label="Where it answers">
          <table>
            <thead>
              <tr>
                <th scope="col">Where</th>
                <th scope="col">New conversations get</th>
                {changing.mayDeploy && (
                  <th scope="col">
                    <span className="hidden">Actions</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {own.map(([name, target]) => (
                <tr key={name}>
                  <th scope="row">{targetName(name)}</th>
                  <td>
                    <Gets target={target} />
                  </td>
                  {changing.mayDeploy && (
                    <td className="number">
                      <RollBackOne name={name} target={target} revision={deployments.revision} changing={changing} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </section>
  );
}

function RollBackOne(props: { name: string; target: Target; revision: number; changing: Allowed }): ReactNode {
  const { name, target, revision, changing } = props;
  const share = target.canary !== null;
  const to = share ? target.version : target.before[0];
  return to === undefined ? null : (
    <RollBack names={[name]} to={to} share={share} revision={revision} changing={changing} />
  );
}

/** What one click can roll back: several places that would all get the same version again. Pure, for the test. */
export function together(own: readonly (readonly [string, Target])[]): { names: string[]; to: string } | null {
  const able = own.filter(([, { canary, before }]) => canary === null && before.length > 0);
  const [to, ...others] = new Set(able.map(([, { before }]) => before[0]));
  if (to === undefined || others.length > 0 || able.length < 2 || able.length < own.length) return null;
  return { names: able.map(([name]) => name), to };
}

function Gets({ target: { version, canary } }: { target: Target }): ReactNode {
  return (
    <>
      <code>{versionName(version)}</code>
      {canary !== null && (
        <span className="beside">
          <span className="tag transferred">{canary.share} %</span> <code>{versionName(canary.version)}</code>
        </span>
      )}
    </>
  );
}

function Shares({ deployments, changing }: { deployments: Deployments; changing: Allowed }): ReactNode {
  const running = ownTargets(changing.agent, deployments).some(([, target]) => target.canary !== null);
  const compared = stillShared(changing.agent, deployments);
  if (!running) return null;
  return (
    <section className="card" aria-labelledby="shares">
      <div className="title">
        <h2 id="shares">Versions with a share</h2>
        <Button className="button" onClick={changing.again}>
          Count again
        </Button>
      </div>
      {compared.length === 0 ? (
        <Empty>It has just begun; nothing is counted yet.</Empty>
      ) : (
        compared.map((one) => (
          <Share
            key={`${one.candidate.version} ${one.to[0]}`}
            one={one}
            revision={deployments.revision}
            changing={changing}
          />
        ))
      )}
    </section>
  );
}

/** Counting comes some seconds after a change: where a share has ended meanwhile, nothing may be ended again, for that
 * would roll back the version in use. Pure, for the test. */
export function stillShared(agent: string, { targets, canaries }: Deployments): Compared[] {
  const shared = ({ candidate }: Compared, name: string): boolean =>
    targets[name]?.agent === agent && targets[name].canary?.version === candidate.version;
  return canaries
    .map((one) => ({ ...one, to: one.to.filter((name) => shared(one, name)) }))
    .filter((one) => one.to.length > 0);
}

const ASKED: readonly [string, (tally: Tally) => number][] = [
  ["containment", (tally) => tally.contained],
  ["errors", (tally) => tally.failed],
  ["slow", (tally) => tally.slow],
];

function Share(props: { one: Compared; revision: number; changing: Allowed }): ReactNode {
  const { one, revision, changing } = props;
  const enough = Math.min(one.stable.ended, one.candidate.ended) >= one.least;
  const label = `How ${versionName(one.candidate.version)} does`;
  return (
    <>
      <p className="quiet">
        {one.to.map(targetName).join(", ")}.{" "}
        {enough
          ? "It goes on while nothing speaks against it."
          : `Judged once ${one.least} conversations of each have ended.`}
      </p>
      <TableBox label={label}>
        <table>
          <caption className="hidden">{label}</caption>
          <thead>
            <tr>
              <th scope="col">Ended conversations</th>
              <th scope="col" className="number">
                In use <code>{versionName(one.stable.version)}</code>
              </th>
              <th scope="col" className="number">
                Share <code>{versionName(one.candidate.version)}</code>
              </th>
              <th scope="col" className="number minor">
                Worse by
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">All</th>
              <td className="number">{one.stable.ended}</td>
              <td className="number">{one.candidate.ended}</td>
              <td className="minor" />
            </tr>
            {ASKED.map(([question, count]) => (
              <tr key={question}>
                <th scope="row">{questionName(question)}</th>
                <td className="number">{part(count(one.stable), one.stable)}</td>
                <td className="number">{part(count(one.candidate), one.candidate)}</td>
                <td className="number minor">{between(one.worse_by[question])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      {changing.mayDeploy && one.to.length > 1 && (
        <div className="actions">
          <RollBack share everywhere names={one.to} to={one.stable.version} revision={revision} changing={changing} />
        </div>
      )}
    </>
  );
}

const part = (count: number, { ended }: Tally): string => (ended === 0 ? "–" : `${count} (${percent(count / ended)})`);

function between(edges: readonly [number, number] | undefined): string {
  if (edges === undefined) return "–";
  const [least, most] = edges.map((edge) => String(Math.round(edge * 100)).replace("-", "−"));
  return `${least} to ${most} points`;
}

function Versions(props: { versions: readonly Version[]; deployments: Deployments; changing: Allowed }): ReactNode {
  const { versions, deployments, changing } = props;
  return (
    <section className="card" aria-labelledby="versions">
      <h2 id="versions">Versions</h2>
      <TableBox label="Versions">
        <table>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Scenarios</th>
              <th scope="col" className="minor">
                Answers
              </th>
              {changing.mayDeploy && (
                <th scope="col">
                  <span className="hidden">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {versions.map((version) => (
              <tr key={version.version}>
                <th scope="row">
                  <code>{versionName(version.version)}</code>
                  <span className="hint now">
                    {when(version.at)}, {actorName(version.by)}
                  </span>
                </th>
                <td>{proof(version)}</td>
                <td className="minor">{version.deployed.map(targetName).join(", ") || "Nowhere"}</td>
                {changing.mayDeploy && (
                  <td className="number">
                    <Deploy version={version} deployments={deployments} changing={changing} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

/** Of a version's scenarios, how many passed; or why it was published without. */
function proof({ tests, reason }: Version): string {
  if (tests !== null) return `${tests.passed} of ${tests.passed + tests.failed} passed`;
  return reason === null ? "None played" : `None played: ${reason}`;
}

function Changes({ changes }: { changes: readonly Change[] }): ReactNode {
  if (changes.length === 0) return null;
  return (
    <section className="card" aria-labelledby="changes">
      <h2 id="changes">Last changes</h2>
      <TableBox label="Last changes">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Version</th>
              <th scope="col" className="minor">
                Where
              </th>
              <th scope="col" className="minor">
                By
              </th>
            </tr>
          </thead>
          <tbody>
            {changes.slice(0, 10).map((change) => (
              <tr key={change.id}>
                <th scope="row" className="short">
                  {when(change.at)}
                </th>
                <td>
                  {changeName(change.what)}
                  {change.reason !== null && <span className="hint now">Worse: {questionName(change.reason)}</span>}
                </td>
                <td>
                  <code>{versionName(change.version)}</code>
                </td>
                <td className="minor">{change.to.map(targetName).join(", ")}</td>
                <td className="minor">{actorName(change.by)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}
