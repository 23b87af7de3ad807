/** The list of conversations, youngest first, a page at a time. */
import type { ReactNode } from "react";
import { api, type ConversationPage } from "../api";
import { useLoaded } from "../loading";
import { Heading } from "../parts/shell";
import { Empty, Shown, TableBox } from "../parts/shown";
import { channelName, lasted, outcomeName, when } from "../words";

export function Conversations({ before }: { before: number | null }): ReactNode {
  const [loaded, again] = useLoaded(() => api.conversations(before), [before]);
  return (
    <>
      <Heading>Conversations</Heading>
      <Shown of={loaded} again={again}>
        {(page) => <List page={page} before={before} />}
      </Shown>
    </>
  );
}

function List({ page, before }: { page: ConversationPage; before: number | null }): ReactNode {
  if (page.conversations.length === 0) {
    return (
      <Empty>{before === null ? "There has been no conversation yet." : "There are no older conversations."}</Empty>
    );
  }
  return (
    <section className="card">
      <TableBox label="Conversations">
        <table>
          <thead>
            <tr>
              <th scope="col">Started</th>
              <th scope="col">Agent</th>
              <th scope="col" className="minor">
                Channels
              </th>
              <th scope="col" className="number minor">
                Turns
              </th>
              <th scope="col" className="minor">
                Lasted
              </th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {page.conversations.map((row) => (
              <tr key={row.conversation}>
                <th scope="row" className="short">
                  <a className="row-link" href={`#/conversations/${encodeURIComponent(row.conversation)}`}>
                    {when(row.started)}
                  </a>
                </th>
                <td>{row.agent}</td>
                <td className="minor">{row.channels.map(channelName).join(", ")}</td>
                <td className="number minor">{row.turns}</td>
                <td className="minor">{lasted(row.started, row.ended)}</td>
                <td>
                  <span className={`tag ${row.outcome ?? "open"}`}>{outcomeName(row.outcome)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      <nav className="pager" aria-label="Pages">
        {before !== null && <a href="#/conversations">Newest</a>}
        {page.next !== null && <a href={`#/conversations?before=${page.next}`}>Older</a>}
      </nav>
    </section>
  );
}
