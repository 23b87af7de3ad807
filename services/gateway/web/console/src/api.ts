/** The gateway's HTTP as the console uses it, and its problems (RFC 9457) as sentences. */

export interface Session {
  readonly name: string;
  readonly role: string;
  readonly rights: readonly string[];
}

export interface ConversationRow {
  readonly conversation: string;
  readonly agent: string;
  readonly version: string;
  readonly channels: readonly string[];
  readonly started: string;
  readonly ended: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly turns: number;
}

export interface ConversationPage {
  readonly conversations: readonly ConversationRow[];
  readonly next: number | null;
}

export interface Line {
  readonly sequence: number;
  readonly kind: "said" | "reply" | "event";
  readonly turn: string | null;
  readonly text: string;
  readonly modality: string | null;
  readonly intent: string | null;
  readonly stages: Readonly<Record<string, number>>;
}

export interface Conversation extends Omit<ConversationRow, "turns"> {
  readonly lines: readonly Line[];
}

export interface Period {
  readonly first_day: string;
  readonly last_day: string;
  readonly conversations: number;
  readonly channels: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly containment: number | null;
  readonly turns: number;
  readonly top_intents: readonly { readonly intent: string; readonly turns: number }[];
  readonly latency: readonly Latency[];
}

export interface Latency {
  readonly stage: string;
  readonly count: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
}

export interface Summary {
  readonly today: Period;
  readonly total: Period;
  readonly days: readonly Period[];
  /** Emergency accesses to values; nothing where the vault does not answer. */
  readonly break_glass: Emergencies | null;
}

export interface Emergencies {
  readonly open: number;
  readonly unreviewed: number;
}

/** A request to see the values behind a conversation's references, or an emergency access to them. */
export interface Unredaction {
  readonly id: string;
  readonly conversation: string;
  readonly kind: "two-person" | "break-glass";
  readonly state: string;
  readonly reason: string;
  readonly minutes: number;
  readonly asked_by: string;
  readonly asked_at: string;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly withdrawn_by: string | null;
  readonly acknowledged_by: string | null;
  readonly readable_until: string | null;
}

export interface UnredactionPage {
  readonly requests: readonly Unredaction[];
  readonly next: string | null;
}

export interface Agent {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  /** `published`: it answers nowhere until it is deployed. */
  readonly state: "answers" | "published";
  readonly deployments: { readonly numbers: readonly string[]; readonly widgets: readonly string[] };
}

export interface Trial {
  readonly passed: number;
  readonly failed: number;
  readonly written: number;
}

export interface Version {
  readonly version: string;
  readonly by: string;
  readonly at: string;
  readonly tests: Trial | null;
  /** Why it was published without scenarios that pass. */
  readonly reason: string | null;
  readonly deployed: readonly string[];
}

export interface Target {
  readonly agent: string;
  readonly version: string;
  readonly canary: { readonly version: string; readonly share: number } | null;
  readonly before: readonly string[];
}

export interface Change {
  readonly id: string;
  readonly what: string;
  readonly agent: string;
  readonly version: string;
  readonly to: readonly string[];
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
}

export interface Tally {
  readonly version: string;
  readonly ended: number;
  readonly contained: number;
  readonly failed: number;
  readonly slow: number;
}

export interface Compared {
  readonly agent: string;
  readonly to: readonly string[];
  readonly stable: Tally;
  readonly candidate: Tally;
  readonly worse_by: Readonly<Record<string, readonly [number, number]>>;
  readonly least: number;
}

export interface Deployments {
  readonly revision: number;
  readonly targets: Readonly<Record<string, Target>>;
  readonly changes: readonly Change[];
  readonly canaries: readonly Compared[];
}

export interface Deploying {
  readonly id: string;
  readonly revision: number;
  readonly agent: string;
  readonly version: string;
  readonly to: readonly string[];
  readonly share?: number;
}

export type RollingBack = Omit<Deploying, "version" | "share">;

export type Scored = readonly [name: string, score: number];

export interface Why {
  readonly number: number;
  readonly confidence: number | null;
  readonly intent: string | null;
  readonly intent_confidence: number | null;
  readonly candidates: readonly Scored[];
  readonly entities: readonly { readonly kind: string; readonly value: unknown; readonly role: string | null }[];
  readonly also: readonly Scored[];
  readonly nearest: readonly { readonly text: string; readonly intent: string; readonly similarity: number }[];
  readonly language: string | null;
  readonly rule: string | null;
  readonly about: Readonly<Record<string, string>>;
  readonly then: readonly string[];
  readonly stack_before: readonly string[];
  readonly stack_after: readonly string[];
  readonly citations: readonly string[];
  readonly understood_by: string | null;
  readonly worded: string | null;
  readonly happened: readonly string[];
}

export interface Recording {
  readonly leg: string;
  readonly seconds: number;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly rights: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly used_at: string | null;
}

export interface NewApiKey extends ApiKey {
  readonly key: string;
}

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly state: "active" | "invited" | "lapsed" | "locked";
  readonly yours: boolean;
  readonly signed_in_at: string | null;
  readonly invited_until: string | null;
  /** Too many wrong passwords keep it shut until then. */
  readonly tries_until: string | null;
}

export interface RoleOf {
  readonly role: string;
  readonly rights: readonly string[];
}

export interface Accounts {
  readonly accounts: readonly Account[];
  /** Every role there is. */
  readonly roles: readonly RoleOf[];
}

export interface Invited {
  readonly account: Account;
  /** Good once, and shown once. */
  readonly link: string;
  readonly expires_at: string;
}

export interface Invitee {
  readonly name: string;
  readonly role: string;
}

/** What went wrong, as a sentence for the person in front of the page. */
export class Problem extends Error {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

const UNREACHABLE = "The box cannot be reached. Check the connection and try again.";
const ODD = "The box gave an answer that this page does not understand. Load the page again.";

const sentences: Record<number, string> = {
  401: "You are not signed in, or your session has ended. Sign in again.",
  403: "Your account may not do this.",
  404: "This does not exist, or not any more.",
  413: "That is too long.",
  429: "That was too often. Wait a moment and try again.",
  503: "A part of the box is not ready. Try again in a moment.",
};

/** The problem's own words, with the fields it finds fault with; ours where it has none. Pure, for the test. */
export function sentence(status: number, body: unknown): string {
  const { detail, title, errors } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const faults = Array.isArray(errors)
    ? errors.map((fault: { where?: unknown; what?: unknown }) => faultText(fault))
    : [];
  for (const text of [detail, title]) {
    // One word such as "Unauthorized" is no sentence.
    if (typeof text !== "string" || !text.includes(" ")) continue;
    return [text.endsWith(".") ? text : `${text}.`, ...faults].join(" ");
  }
  return sentences[status] ?? `The box could not do this (${status}). Try again, or look at its log.`;
}

const faultText = ({ where, what }: { where?: unknown; what?: unknown }): string => `“${where}” ${what}.`;

const TIMEOUT_MS = 15_000;

/** A recording of an hour over a slow line. */
const SOUND_TIMEOUT_MS = 300_000;

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new Problem(0, UNREACHABLE);
  }
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = {
    method,
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  const response = await reach(path, init);
  const text = await response.text().catch(() => "");
  let answer: unknown = null;
  try {
    answer = text === "" ? null : JSON.parse(text);
  } catch {
    if (response.ok) throw new Problem(response.status, ODD);
  }
  if (!response.ok) throw new Problem(response.status, sentence(response.status, answer));
  return answer as T;
}

async function sound(path: string): Promise<Blob> {
  const response = await reach(path, { signal: AbortSignal.timeout(SOUND_TIMEOUT_MS) });
  if (!response.ok)
    throw new Problem(response.status, sentence(response.status, await response.json().catch(() => null)));
  try {
    return await response.blob();
  } catch {
    throw new Problem(0, UNREACHABLE);
  }
}

const part = encodeURIComponent;

export const api = {
  session: () => ask<Session>("GET", "/v1/session"),
  signIn: (name: string, password: string) => ask<Session>("POST", "/v1/session", { name, password }),
  signOut: () => ask<null>("DELETE", "/v1/session"),
  setUp: (token: string, name: string, password: string) => ask<null>("POST", "/v1/setup", { token, name, password }),
  summary: (days: number) => ask<Summary>("GET", `/v1/insights/summary?days=${days}`),
  conversations: (before: number | null) =>
    ask<ConversationPage>("GET", `/v1/conversations?limit=25${before === null ? "" : `&before=${before}`}`),
  conversation: (id: string) => ask<Conversation>("GET", `/v1/conversations/${part(id)}`),
  why: (id: string, turn: string) => ask<Why>("GET", `/v1/conversations/${part(id)}/turns/${part(turn)}/why`),
  recordings: (id: string) =>
    ask<{ recordings: readonly Recording[] }>("GET", `/v1/conversations/${part(id)}/recordings`),
  unredactions: (id: string) =>
    ask<{ requests: readonly Unredaction[] }>("GET", `/v1/conversations/${part(id)}/unredactions`),
  allUnredactions: (group: string, before: string | null) =>
    ask<UnredactionPage>(
      "GET",
      `/v1/unredactions?limit=25${group === "all" ? "" : `&group=${group}`}${before === null ? "" : `&before=${before}`}`,
    ),
  recording: (id: string, leg: string) => sound(`/v1/conversations/${part(id)}/recordings/${part(leg)}`),
  versions: (agent: string) => ask<{ versions: readonly Version[] }>("GET", `/v1/agents/${part(agent)}/versions`),
  deployments: () => ask<Deployments>("GET", "/v1/deployments"),
  deploy: (wanted: Deploying) => ask<Deployments>("POST", "/v1/deployments", wanted),
  rollBack: (wanted: RollingBack) => ask<Deployments>("POST", "/v1/deployments/rollback", wanted),
  agents: () => ask<{ agents: readonly Agent[] }>("GET", "/v1/agents"),
  keys: () => ask<{ keys: readonly ApiKey[] }>("GET", "/v1/api-keys"),
  makeKey: (name: string, rights: readonly string[]) => ask<NewApiKey>("POST", "/v1/api-keys", { name, rights }),
  changePassword: (current: string, fresh: string) =>
    ask<null>("POST", "/v1/session/password", { current, new: fresh }),
  lookInvitation: (token: string) => ask<Invitee>("POST", "/v1/invitation", { token }),
  acceptInvitation: (token: string, password: string) =>
    ask<Invitee>("POST", "/v1/invitation/password", { token, password }),
  accounts: () => ask<Accounts>("GET", "/v1/accounts"),
  invite: (name: string, role: string) => ask<Invited>("POST", "/v1/accounts", { name, role }),
  changeRole: (id: string, role: string) => ask<Account>("POST", `/v1/accounts/${part(id)}/role`, { role }),
  lockAccount: (id: string) => ask<Account>("POST", `/v1/accounts/${part(id)}/lock`),
  unlockAccount: (id: string) => ask<Account>("POST", `/v1/accounts/${part(id)}/unlock`),
  resetAccount: (id: string) => ask<Invited>("POST", `/v1/accounts/${part(id)}/reset`),
  removeAccount: (id: string) => ask<null>("DELETE", `/v1/accounts/${part(id)}`),
  revokeKey: (id: string) => ask<null>("DELETE", `/v1/api-keys/${part(id)}`),
};
