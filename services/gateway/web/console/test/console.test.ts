/** The console's rules that need no browser. */
import { describe, expect, test } from "vitest";
import { sentence } from "../src/api";
import { onward, passwordFault } from "../src/pages/entrance";
import { steps } from "../src/parts/waterfall";
import { readRoute } from "../src/route";
import { lasted, milliseconds, stageOrder } from "../src/words";

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
    expect(readRoute("#/conversations/a%20b")).toEqual({ page: "conversation", id: "a b" });
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

test("numbers as people read them", () => {
  expect([1.24, 46.4, 1240, 12_400].map(milliseconds)).toEqual(["1.2 ms", "46 ms", "1.24 s", "12.4 s"]);
  expect(lasted("2026-11-21T10:00:00Z", "2026-11-21T10:02:34Z")).toBe("2 min 34 s");
  expect(lasted("2026-11-21T10:00:00Z", null)).toBe("still open");
});
