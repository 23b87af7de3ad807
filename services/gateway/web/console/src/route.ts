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
  | { readonly page: "access"; readonly group: AccessGroup; readonly before: string | null }
  | { readonly page: "keys" };

export type AccessGroup = "pending" | "active" | "past" | "all";
const GROUPS: readonly string[] = ["pending", "active", "past", "all"] satisfies AccessGroup[];

export function accessHref(group: AccessGroup, before: string | null = null): string {
  return `#/access?group=${group}${before === null ? "" : `&before=${encodeURIComponent(before)}`}`;
}

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [page, id] = path.split("/");
  if (page === "conversations" && id) return { page: "conversation", id: decodeURIComponent(id) };
  if (page === "conversations") {
    const before = Number(new URLSearchParams(query).get("before"));
    return { page, before: Number.isSafeInteger(before) && before > 0 ? before : null };
  }
  if (page === "access") {
    const asked = new URLSearchParams(query);
    const group = asked.get("group") ?? "";
    const before = asked.get("before") ?? "";
    return {
      page,
      group: GROUPS.includes(group) ? (group as AccessGroup) : "pending",
      before: /^[a-z0-9]{16,32}$/.test(before) ? before : null,
    };
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
