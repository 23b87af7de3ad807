/** Names and numbers as people read them. */

const OUTCOMES: Record<string, string> = {
  contained: "Contained",
  transferred: "Transferred",
  abandoned: "Abandoned",
  continued: "Continued",
};

const CHANNELS: Record<string, string> = { phone: "Phone", voice: "Browser voice", chat: "Chat", api: "API" };

/** In the order a turn passes them. */
const STAGES: Record<string, string> = {
  speech_end: "Speech ended",
  endpoint: "End of speech found",
  recognised: "Recognised",
  redacted: "Redacted",
  understood: "Understood",
  decided: "Decided",
  recorded: "Recorded",
  first_audio: "First audio",
  voice_to_voice: "Voice to voice",
  heard_until: "Heard until",
};

export const PIPELINE: readonly string[] = [
  "endpoint",
  "recognised",
  "redacted",
  "understood",
  "decided",
  "recorded",
  "first_audio",
];

const STATES: Record<string, string> = {
  waiting: "Waits for a second person",
  lapsed: "Lapsed",
  approved: "Approved",
  denied: "Denied",
  withdrawn: "Withdrawn",
  over: "Over",
  open: "Emergency access, open",
  unreviewed: "Emergency access, waits for review",
  reviewed: "Emergency access, reviewed",
};

const CHANGES: Record<string, string> = {
  deployed: "Deployed",
  canary_started: "Share begun",
  canary_ended: "Share ended",
  rolled_back: "Rolled back",
};

const QUESTIONS: Record<string, string> = {
  containment: "Contained",
  errors: "Failed connector",
  slow: "Slow turn",
};

const RIGHTS: Record<string, string> = {
  "conversations.take_part": "Take part in conversations",
  "conversations.read": "Read conversations (redacted)",
  "conversations.unredact": "See values that somebody else approved",
  "conversations.approve_unredaction": "Approve that somebody sees values",
  "conversations.break_glass": "See values in an emergency",
  "agents.read": "Read agents",
  "agents.publish": "Publish agents",
  "agents.deploy": "Deploy agents",
  "insights.read": "Read insights",
  "metrics.read": "Read metrics",
  "keys.manage": "Manage API keys",
  "accounts.manage": "Manage people",
};

const ROLES: Record<string, string> = {
  administrator: "Administrator",
  designer: "Agent designer",
  supervisor: "Supervisor",
  analyst: "Analyst",
  compliance: "Compliance officer",
  member: "Member",
  api_key: "API key",
};

const ACCOUNTS: Record<string, string> = {
  active: "Active",
  invited: "Invited",
  lapsed: "Invitation lapsed",
  locked: "Locked",
};

export const rights: readonly string[] = Object.keys(RIGHTS);

/** As the list of rights has them; what it does not know comes first. */
export const rightOrder = (a: string, b: string): number => rights.indexOf(a) - rights.indexOf(b);

const plain = (name: string): string => {
  const words = name.replace(/[_.-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export const outcomeName = (name: string | null): string => (name === null ? "Open" : (OUTCOMES[name] ?? plain(name)));
export const channelName = (name: string): string => CHANNELS[name] ?? plain(name);
export const stageName = (name: string): string => STAGES[name] ?? plain(name);
export const rightName = (name: string): string => RIGHTS[name] ?? plain(name);
export const roleName = (name: string): string => ROLES[name] ?? plain(name);
export const accountState = (name: string): string => ACCOUNTS[name] ?? plain(name);
export const stateName = (name: string): string => STATES[name] ?? plain(name);
export const changeName = (name: string): string => CHANGES[name] ?? plain(name);
export const ruleName = plain;
export const questionName = (name: string): string => QUESTIONS[name] ?? plain(name);
export const intentName = (name: string): string => (name === "none" ? "Not understood" : plain(name));

export function stageOrder(a: string, b: string): number {
  const names = Object.keys(STAGES);
  const place = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length);
  return place(a) - place(b) || a.localeCompare(b);
}

export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export const percent = (share: number | null): string => (share === null ? "–" : `${Math.round(share * 100)} %`);

/** Who did something, as the box's records name it: `account:…` is a person, `api_key:…` a program. */
export function actorName(actor: string): string {
  const [kind, id = ""] = actor.split(":");
  if (kind === "account") return `Account ${id.slice(0, 8)}`;
  if (kind === "api_key") return `API key ${id.slice(0, 8)}`;
  return actor === "box" ? "The box itself" : plain(actor);
}

/** `number:1000`, `widget:demo` or `agent:banking` as people say it. */
export function targetName(target: string): string {
  const [kind = "", ...rest] = target.split(":");
  const name = rest.join(":");
  if (kind === "number") return `Phone number ${name}`;
  if (kind === "widget") return `Widget ${name}`;
  return kind === "agent" ? `API, by name: ${name}` : target;
}

const SHORT: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" };
const DATE = new Intl.DateTimeFormat(undefined, SHORT);
const DATE_AND_YEAR = new Intl.DateTimeFormat(undefined, { ...SHORT, year: "numeric" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

/** With the year only where it is not this one. */
export function when(iso: string): string {
  const date = new Date(iso);
  return (date.getFullYear() === new Date().getFullYear() ? DATE : DATE_AND_YEAR).format(date);
}

/** A version is a content hash: its beginning tells it from others. */
export const versionName = (version: string): string => version.replace(/^sha256:/, "").slice(0, 12);

export const day = (iso: string): string => DAY.format(new Date(`${iso}T00:00:00Z`));

export function lasted(started: string, ended: string | null): string {
  if (ended === null) return "still open";
  return duration((Date.parse(ended) - Date.parse(started)) / 1000);
}

export function duration(exact: number): string {
  const seconds = Math.max(0, Math.round(exact));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
