/** Which page is shown. The path tells sign-in, set-up and home apart; within home the fragment does. */
import { useEffect, useState } from "react";

export type Route =
  | { readonly page: "overview" }
  | { readonly page: "conversations"; readonly before: number | null }
  | { readonly page: "conversation"; readonly id: string }
  | { readonly page: "agents" }
  | { readonly page: "agent"; readonly name: string }
  | { readonly page: "people" }
  | { readonly page: "person"; readonly id: string }
  | { readonly page: "account" }
  | { readonly page: "keys" };

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [page, id] = path.split("/");
  if (page === "conversations" && id) return { page: "conversation", id: decodeURIComponent(id) };
  if (page === "conversations") {
    const before = Number(new URLSearchParams(query).get("before"));
    return { page, before: Number.isSafeInteger(before) && before > 0 ? before : null };
  }
  if (page === "agents" && id) return { page: "agent", name: decodeURIComponent(id) };
  if (page === "people" && id) return { page: "person", id: decodeURIComponent(id) };
  if (page === "agents" || page === "people" || page === "account" || page === "keys") return { page };
  return { page: "overview" };
}

export function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const changed = (): void => setHash(window.location.hash);
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return readRoute(hash);
}
