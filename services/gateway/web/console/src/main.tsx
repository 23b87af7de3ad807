/** The console: sign-in, set-up and home. Its counterpart is the gateway's HTTP. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { api, type Session } from "./api";
import "./console.css";
import { useLoaded } from "./loading";
import { AccessRequests } from "./pages/access-requests";
import { Agent } from "./pages/agent";
import { Agents } from "./pages/agents";
import { ApiKeys } from "./pages/api-keys";
import { Conversation } from "./pages/conversation";
import { Conversations } from "./pages/conversations";
import { Accept, SetUp, SignIn } from "./pages/entrance";
import { Overview } from "./pages/overview";
import { People } from "./pages/people";
import { Person } from "./pages/person";
import { YourAccount } from "./pages/your-account";
import { arrived, Shell } from "./parts/shell";
import { Shown } from "./parts/shown";
import { type Route, useRoute } from "./route";

function Page({ route, session }: { route: Route; session: Session }): ReactNode {
  switch (route.page) {
    case "overview":
      return <Overview />;
    case "conversations":
      return <Conversations before={route.before} />;
    case "conversation":
      return <Conversation id={route.id} rights={session.rights} />;
    case "agents":
      return <Agents mayDeploy={session.rights.includes("agents.deploy")} />;
    case "agent":
      return <Agent key={route.name} name={route.name} mayDeploy={session.rights.includes("agents.deploy")} />;
    case "people":
      return <People rights={session.rights} />;
    case "person":
      return <Person key={route.id} id={route.id} rights={session.rights} />;
    case "account":
      return <YourAccount session={session} />;
    case "access":
      return <AccessRequests group={route.group} before={route.before} rights={session.rights} />;
    case "keys":
      return <ApiKeys />;
  }
}

function Home(): ReactNode {
  const asked = useRoute();
  const [session, again] = useLoaded(api.session, []);
  return (
    <Shown of={session} again={again}>
      {(found) => {
        const route = arrived(asked, found.rights);
        return (
          <Shell session={found} route={route}>
            <Page route={route} session={found} />
          </Shell>
        );
      }}
    </Shown>
  );
}

function Console(): ReactNode {
  if (window.location.pathname === "/sign-in") return <SignIn />;
  if (window.location.pathname === "/setup") return <SetUp />;
  if (window.location.pathname === "/invitation") return <Accept />;
  return <Home />;
}

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      {/* The content policy allows no style elements, so no component may make any. */}
      <CSPProvider disableStyleElements>
        <Console />
      </CSPProvider>
    </StrictMode>,
  );
}
