/** The frame of home: name, navigation, who is signed in. After each change of page the heading gets the focus. */
import { Button } from "@base-ui/react/button";
import { type ReactNode, useEffect, useRef } from "react";
import { api, type Session } from "../api";
import type { Route } from "../route";

const PLACES: readonly { page: Route["page"]; href: string; name: string }[] = [
  { page: "overview", href: "#/", name: "Overview" },
  { page: "conversations", href: "#/conversations", name: "Conversations" },
  { page: "agents", href: "#/agents", name: "Agents" },
  { page: "keys", href: "#/keys", name: "API keys" },
];

/** Pages that belong to a place without being it. */
const WITHIN: Partial<Record<Route["page"], Route["page"]>> = { conversation: "conversations", agent: "agents" };

export function Shell(props: { session: Session; route: Route; children: ReactNode }): ReactNode {
  const { session, route, children } = props;
  const current = WITHIN[route.page] ?? route.page;
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
        <nav aria-label="Main">
          {PLACES.map(({ page, href, name }) => (
            <a key={page} href={href} aria-current={page === current ? "page" : undefined}>
              {name}
            </a>
          ))}
          <a href="/demo">Demo page</a>
        </nav>
        <span className="who">
          <span>{session.name}</span>
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
