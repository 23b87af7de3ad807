/** Access requests: who asked to see values, and emergency accesses, over all conversations. */
import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { type ReactNode, useId } from "react";
import { api, type UnredactionPage } from "../api";
import { useLoaded } from "../loading";
import { Heading } from "../parts/shell";
import { Empty, Shown } from "../parts/shown";
import { Request } from "../parts/unredactions";
import { type AccessGroup, accessHref } from "../route";

const GROUPS: readonly { group: AccessGroup; name: string; none: string }[] = [
  { group: "pending", name: "Pending", none: "Nothing waits for a second person." },
  { group: "active", name: "Active", none: "Nobody can see values now." },
  { group: "past", name: "Past", none: "No request is over yet." },
  { group: "all", name: "All", none: "Nobody has asked to see values yet." },
];

export function AccessRequests(props: {
  group: AccessGroup;
  before: string | null;
  rights: readonly string[];
}): ReactNode {
  const { group, before, rights } = props;
  const [loaded, again] = useLoaded(() => api.allUnredactions(group, before), [group, before]);
  const label = useId();
  return (
    <>
      <div className="title">
        <Heading>Access requests</Heading>
        <div className="choice">
          <span id={label} className="hidden">
            State
          </span>
          <RadioGroup
            aria-labelledby={label}
            value={group}
            onValueChange={(value) => window.location.assign(accessHref(value as AccessGroup))}
          >
            {GROUPS.map((one) => (
              <Radio.Root key={one.group} value={one.group} className="segment" aria-label={one.name}>
                {one.name}
              </Radio.Root>
            ))}
          </RadioGroup>
        </div>
      </div>
      <p className="quiet">
        Seeing the values behind references takes two people. Each signs with a key of their own, on the command line.
      </p>
      <Shown of={loaded} again={again}>
        {(page) => <List page={page} again={again} {...{ group, before, rights }} />}
      </Shown>
    </>
  );
}

function List(props: {
  page: UnredactionPage;
  again: () => void;
  group: AccessGroup;
  before: string | null;
  rights: readonly string[];
}): ReactNode {
  const { page, again, group, before, rights } = props;
  const { name, none } = GROUPS.find((one) => one.group === group) ?? { name: "", none: "" };
  if (page.requests.length === 0) return <Empty>{before === null ? none : "There are no older requests."}</Empty>;
  const signs = rights.includes("conversations.approve_unredaction");
  const linked = rights.includes("conversations.read");
  return (
    <section className="card" aria-label={name}>
      <ul className="requests">
        {page.requests.map((request) => (
          <li key={request.id}>
            <Request request={request} signs={signs} over={again} linked={linked} />
          </li>
        ))}
      </ul>
      <nav className="pager" aria-label="Pages">
        {before !== null && <a href={accessHref(group)}>Newest</a>}
        {page.next !== null && <a href={accessHref(group, page.next)}>Older</a>}
      </nav>
    </section>
  );
}
