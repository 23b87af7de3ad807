/** The console's rules that need no browser. */
import { describe, expect, test } from "vitest";
import { sentence } from "../src/api";
import { stillShared, together } from "../src/pages/agent";
import { onward, passwordFault } from "../src/pages/entrance";
import { deploying, placesFor } from "../src/parts/deploy";
import { givable } from "../src/parts/roles";
import { arrived } from "../src/parts/shell";
import { left, seconds, steps as signable } from "../src/parts/unredactions";
import { steps } from "../src/parts/waterfall";
import { reasons } from "../src/parts/why-so";
import { accessHref, readRoute } from "../src/route";
import { actorName, lasted, milliseconds, stageOrder, targetName } from "../src/words";

describe("problems as sentences", () => {
  test("the box's own words come first, with the fields it finds fault with", () => {
    expect(sentence(503, { title: "This cannot be answered now." })).toBe("This cannot be answered now.");
    expect(sentence(400, { title: "Not understood at all", errors: [{ where: "name", what: "is missing" }] })).toBe(
      "Not understood at all. “name” is missing.",
    );
    expect(sentence(400, { title: "The rest", detail: "The detail." })).toBe("The detail.");
  });

  test("a bare word or nothing at all becomes a sentence of ours", () => {
    expect(sentence(401, { title: "Unauthorized" })).toMatch(/^You are not signed in/);
    expect(sentence(502, null)).toContain("(502)");
  });
});

describe("where a page leads", () => {
  test("only to a path of this place", () => {
    expect(onward("?next=/demo")).toBe("/demo");
    for (const elsewhere of ["//evil.test", "/\\evil.test", "https://evil.test", "javascript:alert(1)", ""]) {
      expect(onward(`?next=${encodeURIComponent(elsewhere)}`)).toBe("/");
    }
  });

  test("the fragment says which page", () => {
    expect(readRoute("")).toEqual({ page: "overview" });
    expect(readRoute("#/nonsense")).toEqual({ page: "overview" });
    expect(readRoute("#/conversations?before=36")).toEqual({ page: "conversations", before: 36 });
    expect(readRoute("#/conversations?before=x")).toEqual({ page: "conversations", before: null });
    expect(readRoute("#/agents/my_desk")).toEqual({ page: "agent", name: "my_desk" });
    expect(readRoute("#/conversations/a%20b")).toEqual({ page: "conversation", id: "a b" });
  });
});

describe("who may what", () => {
  test("home is the first place that one may see", () => {
    const home = readRoute("");
    expect(arrived(home, ["insights.read", "agents.read"])).toEqual(home);
    expect(arrived(home, ["keys.manage", "agents.read"])).toEqual({ page: "agents" });
    expect(arrived(home, [])).toEqual({ page: "account" });
    expect(arrived({ page: "keys" }, [])).toEqual({ page: "keys" });
  });

  test("only roles whose every right one has are offered", () => {
    const member = { role: "member", rights: ["agents.read"] };
    const analyst = { role: "analyst", rights: ["agents.read", "insights.read"] };
    expect(givable([analyst, member], ["agents.read", "accounts.manage"])).toEqual([member]);
  });

  test("people have a page each", () => {
    expect(readRoute("#/people")).toEqual({ page: "people" });
    expect(readRoute("#/people/dz37")).toEqual({ page: "person", id: "dz37" });
    expect(readRoute("#/account")).toEqual({ page: "account" });
  });
});

test("passwords are long enough and the same", () => {
  expect(passwordFault("short", "short")).toContain("12");
  expect(passwordFault("correct horse", "correct horse")).toContain("one digit");
  expect(passwordFault("1234567890123", "1234567890123")).toContain("one letter");
  expect(passwordFault("correct horse 1", "correct horse 2")).toContain("not the same");
  expect(passwordFault("correct horse 1", "correct horse 1")).toBeNull();
});

test("stages follow one another, and what spans them all is no stage of its own", () => {
  const { steps: found, total } = steps({ decided: 2, redacted: 3, voice_to_voice: 99, heard_until: 9 });
  expect(found).toEqual([
    { stage: "redacted", ms: 3, from: 0 },
    { stage: "decided", ms: 2, from: 3 },
  ]);
  expect(total).toBe(5);
  expect(["voice_to_voice", "unheard_of", "endpoint"].sort(stageOrder)).toEqual([
    "endpoint",
    "voice_to_voice",
    "unheard_of",
  ]);
});

describe("deploying", () => {
  const target = (agent: string, before: string[] = [], share: string | null = null) => {
    return { agent, version: "old", canary: share === null ? null : { version: share, share: 10 }, before };
  };
  const targets = {
    "agent:banking": target("banking"),
    "agent:sales": target("sales"),
    "number:1000": target("banking", ["older"], "new"),
    "widget:demo": target("sales"),
  };
  const tally = (version: string) => ({ version, ended: 1, contained: 1, failed: 0, slow: 0 });
  const figures = { stable: tally("old"), candidate: tally("new"), worse_by: {}, least: 20 };

  test("what is chosen is one question to the box, or a sentence", () => {
    const share = null;
    expect(deploying({ to: ["widget:demo"], number: " 1000 ", share })).toEqual({ to: ["widget:demo", "number:1000"] });
    expect(deploying({ to: ["number:1"], number: "1", share: "99" })).toEqual({ to: ["number:1"], share: 99 });
    expect(deploying({ to: [], number: "", share })).toContain("at least one");
    expect(deploying({ to: [], number: "1 000", share })).toContain("no blanks");
    for (const wrong of ["0", "100", "2.5", "", "ten"]) {
      expect(deploying({ to: ["number:1"], number: "", share: wrong })).toContain("1 to 99");
    }
  });

  test("to every place but another agent's own name", () => {
    const deployments = { revision: 1, targets, changes: [], canaries: [] };
    expect(placesFor("banking", deployments)).toEqual(["number:1000", "widget:demo", "agent:banking"]);
    expect(placesFor("new_one", deployments)).toContain("agent:new_one");
  });

  test("a share that has ended is not ended again", () => {
    const canaries = [{ agent: "banking", to: ["agent:banking", "number:1000", "widget:demo"], ...figures }];
    const found = stillShared("banking", { revision: 1, targets, changes: [], canaries });
    expect(found.map(({ to }) => to)).toEqual([["number:1000"]]);
  });

  test("several places are rolled back at once where all of them get the same version again", () => {
    const places = (...before: string[][]) => before.map((one, n) => [`number:${n}`, target("a", one)] as const);
    expect(together(places(["x", "w"], ["x"]))).toEqual({ names: ["number:0", "number:1"], to: "x" });
    for (const other of [places(["x"]), places(["x"], ["y"]), places(["x"], ["x"], [])]) {
      expect(together(other)).toBeNull();
    }
  });
});

test("why: what is not on record is left out", () => {
  const nothing = {
    candidates: [],
    entities: [],
    also: [],
    nearest: [],
    about: {},
    // biome-ignore lint/suspicious/noThenProperty: the API's own name.
    then: [],
    citations: [],
    happened: [],
  };
  const unknown = { confidence: null, intent: null, intent_confidence: null, language: null, rule: null, worded: null };
  const why = { number: 1, stack_before: [], stack_after: ["a", "b"], understood_by: null, ...nothing, ...unknown };
  expect(reasons(why)).toEqual([
    ["Understood", ["Nothing: what was said was taken as it is"]],
    ["Rule", ["None on record"]],
    ["Flows before", ["None"]],
    ["Flows after", ["a › b"]],
  ]);
});

test("what a second person can sign hangs on the request's state", () => {
  const signed = (state: string, acknowledged_by: string | null = null) => signable({ state, acknowledged_by });
  expect(signed("waiting")).toEqual(["approve", "deny"]);
  expect(signed("open")).toEqual(["deny", "acknowledge"]);
  expect(signed("open", "4f0c2ab91d33e871")).toEqual(["deny"]);
  expect(signed("unreviewed")).toEqual(["acknowledge"]);
  for (const past of ["lapsed", "denied", "withdrawn", "over", "reviewed"]) expect(signed(past)).toEqual([]);
});

test("who and where in words", () => {
  expect(["account:0f1e2d3c4b5a", "api_key:77", "box", "operator"].map(actorName)).toEqual([
    "Account 0f1e2d3c",
    "API key 77",
    "The box itself",
    "Operator",
  ]);
  expect(["number:1000 (10 %)", "widget:demo", "agent:banking", "odd"].map(targetName)).toEqual([
    "Phone number 1000 (10 %)",
    "Widget demo",
    "API, by name: banking",
    "odd",
  ]);
});

test("numbers as people read them", () => {
  expect([1.24, 46.4, 1240, 12_400].map(milliseconds)).toEqual(["1.2 ms", "46 ms", "1.24 s", "12.4 s"]);
  expect(lasted("2026-11-21T10:00:00Z", "2026-11-21T10:02:34Z")).toBe("2 min 34 s");
  expect(lasted("2026-11-21T10:00:00Z", null)).toBe("still open");
});

describe("access requests", () => {
  test("a fragment is a state and a page, and what is none is what waits", () => {
    const before = "5b0c6f1d2e3a4b5c";
    expect(readRoute(accessHref("past", before))).toEqual({ page: "access", group: "past", before });
    for (const hash of ["#/access", "#/access?group=other", "#/access?group=pending&before=../x"])
      expect(readRoute(hash)).toEqual({ page: "access", group: "pending", before: null });
  });

  test("what is left is rounded up, and over when it is", () => {
    expect([1, 60_000, 60_001, 3_600_000, 5_430_000].map((ms) => left(ms, 0))).toEqual([
      "1 min left",
      "1 min left",
      "2 min left",
      "1 h 0 min left",
      "1 h 31 min left",
    ]);
    expect([left(0, 0), left(0, 1)]).toEqual(["over", "over"]);
  });

  test("what others did stands in sentences", () => {
    const nobody = { decided_by: null, decided_at: null, withdrawn_by: null, acknowledged_by: null };
    const asked = {
      id: "a",
      conversation: "c",
      kind: "two-person",
      reason: "T-1",
      minutes: 60,
      asked_by: "k",
    } as const;
    const request = { ...asked, asked_at: "2026-11-21T11:00:00Z", readable_until: null, ...nobody };
    expect(seconds({ ...request, state: "waiting" })).toEqual([]);
    expect(seconds({ ...request, state: "denied", decided_by: "two" })).toEqual(["Denied by key two"]);
    const ended = { ...request, state: "withdrawn", decided_by: "two", withdrawn_by: "three" };
    expect(seconds(ended)).toEqual(["Approved by key two", "Ended early by key three"]);
    expect(seconds({ ...request, state: "reviewed", acknowledged_by: "two" })).toEqual(["Reviewed by key two"]);
  });
});
