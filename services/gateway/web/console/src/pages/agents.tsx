/** The agents of the box, their versions and where they can be reached. */
import type { ReactNode } from "react";
import { type Agent, api } from "../api";
import { useLoaded } from "../loading";
import { Heading } from "../parts/shell";
import { Empty, Shown } from "../parts/shown";
import { versionName } from "../words";

export function Agents({ mayDeploy }: { mayDeploy: boolean }): ReactNode {
  const [loaded, again] = useLoaded(api.agents, []);
  return (
    <>
      <Heading>Agents</Heading>
      <Shown of={loaded} again={again}>
        {({ agents }) =>
          agents.length === 0 ? (
            <Empty>There is no agent yet.</Empty>
          ) : (
            <div className="columns">
              {agents.map((agent) => (
                <AgentCard key={agent.name} agent={agent} mayDeploy={mayDeploy} />
              ))}
            </div>
          )
        }
      </Shown>
    </>
  );
}

const listed = (names: readonly string[]): string => (names.length === 0 ? "None" : names.join(", "));

function AgentCard({ agent, mayDeploy }: { agent: Agent; mayDeploy: boolean }): ReactNode {
  return (
    <section className="card" aria-label={agent.title || agent.name}>
      <h2>
        <a href={`#/agents/${encodeURIComponent(agent.name)}`}>{agent.title || agent.name}</a>
      </h2>
      <dl className="facts">
        <div>
          <dt>Name</dt>
          <dd>{agent.name}</dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>
            <code>{versionName(agent.version)}</code>
          </dd>
        </div>
        {agent.state === "published" && (
          <div>
            <dt>State</dt>
            <dd>
              <span className="tag transferred">Published, answers nowhere</span>
            </dd>
          </div>
        )}
        {agent.state === "answers" && (
          <>
            <div>
              <dt>Phone numbers</dt>
              <dd>{listed(agent.deployments.numbers)}</dd>
            </div>
            <div>
              <dt>Widgets</dt>
              <dd>{listed(agent.deployments.widgets)}</dd>
            </div>
          </>
        )}
      </dl>
      {agent.state === "published" && mayDeploy && (
        <p className="actions">
          <a
            className="button"
            href={`#/agents/${encodeURIComponent(agent.name)}`}
            aria-label={`Deploy it: ${agent.title || agent.name}`}
          >
            Deploy it
          </a>
        </p>
      )}
    </section>
  );
}
