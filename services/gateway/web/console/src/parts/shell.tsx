/** The frame of home: name, navigation, who is signed in. After each change of page the heading gets the focus. */
import { Button } from "@base-ui/react/button";
import { type ReactNode, useEffect, useRef } from "react";
import { api, type Session } from "../api";
import { type Route, readRoute } from "../route";

/** Any of them lets one see who asked for values. */
export const SEES = ["conversations.unredact", "conversations.approve_unredaction", "conversations.break_glass"];

/** Who has not got the right, or any of them, does not see the place. */
const PLACES: readonly { page: Route["page"]; href: string; name: string; right: string | readonly string[] }[] = [
  { page: "overview", href: "#/", name: "Overview", right: "insights.read" },
  { page: "conversations", href: "#/conversations", name: "Conversations", right: "conversations.read" },
  { page: "access", href: "#/access", name: "Access requests", right: SEES },
  { page: "agents", href: "#/agents", name: "Agents", right: "agents.read" },
  { page: "people", href: "#/people", name: "People", right: "accounts.manage" },
  { page: "keys", href: "#/keys", name: "API keys", right: "keys.manage" },
];

function may(rights: readonly string[], needed: string | readonly string[]): boolean {
  return [needed].flat().some((right) => rights.includes(right));
}

/** Pages that belong to a place without being it. */
const WITHIN: Partial<Record<Route["page"], Route["page"]>> = {
  conversation: "conversations",
  agent: "agents",
  person: "people",
};

/** Home is the overview, and for those who may not see that the first place that they may. Pure, for the test. */
export function arrived(route: Route, rights: readonly string[]): Route {
  if (route.page !== "overview" || rights.includes("insights.read")) return route;
  const first = PLACES.find(({ right }) => may(rights, right));
  return first === undefined ? { page: "account" } : readRoute(first.href);
}

export function Shell(props: { session: Session; route: Route; children: ReactNode }): ReactNode {
  const { session, route, children } = props;
  const current = WITHIN[route.page] ?? route.page;
  const yours = route.page === "account";
  const places = useRef<HTMLElement>(null);
  // On a phone the places are a row that scrolls.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is to be seen whenever it is another one.
  useEffect(() => {
    places.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current]);
  return (
    <div className="shell">
      {/* No link: the fragment is the route, so following one would leave the page. */}
      <Button className="button skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to content
      </Button>
      <header className="top">
        <span className="brand">
          <img src="/assets/icon.svg" alt="" width="24" height="24" /> B2T Voice
        </span>
        <nav ref={places} aria-label="Main">
          {PLACES.filter(({ right }) => may(session.rights, right)).map(({ page, href, name }) => (
            <a key={page} href={href} aria-current={page === current ? "page" : undefined}>
              {name}
            </a>
          ))}
          <a href="/demo">Demo page</a>
        </nav>
        <span className="who">
          <a href="#/account" aria-label={`${session.name}, your account`} aria-current={yours ? "page" : undefined}>
            {session.name}
          </a>
          <Button className="button" onClick={() => void signOut()}>
            Sign out
          </Button>
        </span>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

async function signOut(): Promise<void> {
  // Signed out or not to be reached: the sign-in page is the place to be either way.
  await api.signOut().catch(() => null);
  window.location.assign("/sign-in");
}

let first = true;

/** The heading of a page. It takes the focus when the page changes, so that a screen reader says where one is. */
export function Heading({ children }: { children: string }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · B2T Voice`;
    if (!first) heading.current?.focus();
    first = false;
  }, [children]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
