/** The protocol as a trace: what happens on the left, what the widget does about it on the right. */
import { describe, expect, test } from "vitest";
import { retryDelay, step } from "../src/protocol/machine";
import { readFrame } from "../src/protocol/messages";
import { begin, type Command, type Event, type State, type Timer } from "../src/protocol/state";
import { openCapture } from "../src/protocol/transcript";

/** Drives the machine and keeps what it sent. */
class Widget {
  state: State;
  commands: readonly Command[] = [];
  readonly sent: unknown[] = [];

  constructor(resume: string | null = null) {
    this.state = begin(resume);
  }

  on(event: Event): this {
    [this.state, this.commands] = step(this.state, event);
    for (const command of this.commands) if (command.type === "send") this.sent.push(command.frame);
    return this;
  }

  hears(fields: Record<string, unknown>): this {
    const frame = readFrame(JSON.stringify(fields));
    if (frame === null) throw new Error("unknown frame");
    return this.on({ type: "frameReceived", frame, now: 1_000_000 });
  }

  connect(conversation = "c1"): this {
    this.on({ type: "wanted" });
    return this.resume(conversation);
  }

  resume(conversation = "c1"): this {
    this.on({ type: "ticketGranted", ticket: "t" }).on({ type: "socketOpened" });
    return this.hears(welcome(conversation));
  }

  breaks(): this {
    return this.on({ type: "socketClosed", random: 0 });
  }

  reconnects(conversation = "c1"): this {
    return this.breaks().fires("retry").resume(conversation);
  }

  fires(timer: Timer): this {
    return this.on({ type: "timerFired", timer, random: 0 });
  }

  writes(id: string, text = id): this {
    return this.on({ type: "messageWritten", id, text });
  }

  get says(): unknown[] {
    return this.sent.filter((frame) => (frame as { type: string }).type === "say").map((f) => (f as { id: string }).id);
  }

  get shown(): string[] {
    return this.state.entries.map((entry) => (entry.kind === "captured" ? `(${entry.capture})` : entry.text));
  }

  commanded<T extends Command["type"]>(type: T): Extract<Command, { type: T }>[] {
    return this.commands.filter((command): command is Extract<Command, { type: T }> => command.type === type);
  }
}

const welcome = (conversation = "c1") => ({
  type: "welcome",
  conversation,
  resume: `resume-${conversation}`,
  agent: { name: "Banking" },
  phone_number: null,
});
const said = (id: string, sequence: number) => ({ type: "said", id, sequence, text: id });
const started = (reply: string, sequence: number) => ({ type: "reply_started", reply, sequence });
const delta = (reply: string, text: string) => ({ type: "reply_delta", reply, text });
const finished = (reply: string, sequence: number, text = reply, secure: unknown = null) => ({
  type: "reply_finished",
  reply,
  sequence,
  text,
  secure,
});
const pin = { capture: "k1", label: "pin", min: 4, max: 8, public_key: { kty: "EC", crv: "P-256", x: "x", y: "y" } };

describe("connecting", () => {
  test("a ticket, then the socket, then hello, then what was written meanwhile", () => {
    const widget = new Widget("old").on({ type: "wanted" });
    expect(widget.commanded("getTicket")).toEqual([{ type: "getTicket", resume: "old" }]);
    widget.writes("m1").on({ type: "ticketGranted", ticket: "t1" });
    expect(widget.commands).toEqual([{ type: "openSocket" }]);
    widget.on({ type: "socketOpened" });
    expect(widget.sent).toEqual([{ type: "hello", ticket: "t1", after: 0 }]);
    widget.hears(welcome());
    expect(widget.says).toEqual(["m1"]);
    expect(widget.commanded("remember")).toEqual([{ type: "remember", resume: "resume-c1" }]);
  });

  test("each try waits longer, up to half a minute, and half of it is chance", () => {
    expect([0, 1, 2, 6, 20].map((tries) => retryDelay(tries, 0))).toEqual([250, 500, 1000, 15_000, 15_000]);
    expect(retryDelay(0, 0.999)).toBe(500);
    expect(retryDelay(20, 0.999)).toBeLessThanOrEqual(30_000);
    const widget = new Widget().on({ type: "wanted" });
    const delays = [0, 1, 2].map(() => {
      widget.on({ type: "ticketRefused", title: "", retryable: true, random: 0 });
      const [arm] = widget.commanded("arm");
      widget.fires("retry");
      return arm?.ms;
    });
    expect(delays).toEqual([250, 500, 1000]);
  });

  test("a gateway that falls over right after its welcome is not met faster and faster", () => {
    const widget = new Widget().connect().reconnects().reconnects().breaks();
    expect(widget.commanded("arm")[0]?.ms).toBe(1000);
    widget.fires("retry").resume().hears({ type: "pong" }).breaks();
    expect(widget.commanded("arm")[0]?.ms).toBe(250);
  });

  test("a resume token that is refused for good is given up for a new conversation", () => {
    const widget = new Widget("stale").on({ type: "wanted" });
    widget.on({ type: "ticketRefused", title: "Gone", retryable: false, random: 0 });
    expect(widget.commanded("remember")).toEqual([{ type: "remember", resume: null }]);
    expect(widget.commanded("getTicket")).toEqual([{ type: "getTicket", resume: null }]);
    widget.on({ type: "ticketRefused", title: "Not here", retryable: false, random: 0 });
    expect(widget.state.link).toBe("closed");
    expect(widget.state.problem?.title).toBe("Not here");
    expect(widget.on({ type: "wanted" }).commanded("getTicket")).toHaveLength(1);
  });

  test("a socket refused once keeps the conversation, since its ticket may have grown old; refused twice it does not", () => {
    const problem = { type: "problem", code: "denied", title: "Not valid any more", retryable: false };
    const widget = new Widget("kept").on({ type: "wanted" }).on({ type: "ticketGranted", ticket: "t" });
    widget.on({ type: "socketOpened" }).hears(problem).breaks().fires("retry");
    expect(widget.commanded("getTicket")).toEqual([{ type: "getTicket", resume: "kept" }]);
    widget.on({ type: "ticketGranted", ticket: "t" }).on({ type: "socketOpened" }).hears(problem);
    expect(widget.commanded("getTicket")).toEqual([{ type: "getTicket", resume: null }]);
  });

  test("no answer while greeting, or to a ping, is a broken line", () => {
    const widget = new Widget().on({ type: "wanted" }).on({ type: "ticketGranted", ticket: "t" }).fires("greet");
    expect(widget.state.link).toBe("waiting");
    expect(widget.commanded("closeSocket")).toHaveLength(1);
    widget.fires("retry").resume().fires("ping");
    expect(widget.sent.at(-1)).toEqual({ type: "ping" });
    expect(widget.fires("pong").state.link).toBe("waiting");
  });

  test("offline waits for the network and then tries at once", () => {
    const widget = new Widget().connect().on({ type: "wentOffline" });
    expect(widget.state.link).toBe("offline");
    expect(widget.commanded("closeSocket")).toHaveLength(1);
    widget.writes("m1").on({ type: "wentOnline" });
    expect(widget.commanded("getTicket")).toHaveLength(1);
    expect(widget.resume().says).toEqual(["m1"]);
  });

  test("frames of a kind it does not know are passed over, damaged ones break the line", () => {
    expect(readFrame('{"type":"confetti"}')).toBeNull();
    expect(() => readFrame('{"type":"said","sequence":"7"}')).toThrow(TypeError);
    expect(() => readFrame("[]")).toThrow(TypeError);
    const widget = new Widget().connect().on({ type: "frameDamaged", random: 0 });
    expect(widget.state.link).toBe("waiting");
  });
});

describe("messages", () => {
  test("one at a time, in order", () => {
    const widget = new Widget().connect().writes("m1").writes("m2").writes("m3");
    expect(widget.says).toEqual(["m1"]);
    widget.hears({ type: "accepted", id: "m1" });
    expect(widget.says).toEqual(["m1", "m2"]);
    widget.hears(said("m2", 5));
    expect(widget.says).toEqual(["m1", "m2", "m3"]);
  });

  test("what was not accepted goes out again with the same id, what was does not", () => {
    const widget = new Widget().connect().writes("m1").writes("m2").hears({ type: "accepted", id: "m1" });
    widget.reconnects();
    expect(widget.says).toEqual(["m1", "m2", "m2"]);
    widget.hears({ type: "accepted", id: "m2" }).reconnects();
    expect(widget.says).toEqual(["m1", "m2", "m2"]);
  });

  test("taken, but the answer was lost: the replay says so and nothing is shown or sent twice", () => {
    const widget = new Widget().connect().writes("m1").breaks().fires("retry");
    widget.on({ type: "ticketGranted", ticket: "t" }).on({ type: "socketOpened" }).hears(welcome());
    widget.hears(said("m1", 7)).hears(finished("r1", 7)).hears({ type: "accepted", id: "m1" });
    expect(widget.shown).toEqual(["m1", "r1"]);
    expect(widget.reconnects().says).toEqual(["m1", "m1"]);
  });

  test("refused: shown as not sent, the next one goes out, and a retry keeps the id", () => {
    const widget = new Widget().connect().writes("m1").writes("m2");
    widget.hears({ type: "problem", code: "redaction_failed", title: "Try later", retryable: true, id: "m1" });
    expect(widget.state.entries[0]).toMatchObject({ delivery: { state: "failed", title: "Try later" } });
    expect(widget.says).toEqual(["m1", "m2"]);
    widget.reconnects();
    expect(widget.says).toEqual(["m1", "m2", "m2"]);
    widget.hears({ type: "accepted", id: "m2" }).on({ type: "retryAsked", id: "m1" });
    expect(widget.says).toEqual(["m1", "m2", "m2", "m1"]);
    expect(widget.shown).toEqual(["m2", "m1"]);
  });

  test("refused for good: there is no retry", () => {
    const widget = new Widget().connect().writes("m1");
    widget.hears({ type: "problem", code: "too_long", title: "Too long", retryable: false, id: "m1" });
    expect(widget.on({ type: "retryAsked", id: "m1" }).says).toEqual(["m1"]);
  });

  test("silence: once more on a new line, then the person decides", () => {
    const widget = new Widget().connect().writes("m1").fires("accept");
    expect(widget.state.link).toBe("waiting");
    widget.fires("retry").resume().fires("accept");
    expect(widget.says).toEqual(["m1", "m1"]);
    expect(widget.state.entries[0]).toMatchObject({ delivery: { state: "failed", retryable: true } });
    expect(widget.fires("retry").resume().says).toEqual(["m1", "m1"]);
  });

  test("what another tab said is shown where it belongs, below it what is still unsent", () => {
    const widget = new Widget().connect().hears(finished("r1", 3)).breaks().writes("m9");
    widget.fires("retry").resume().hears(said("other", 5)).hears(finished("r2", 5));
    expect(widget.shown).toEqual(["r1", "other", "r2", "m9"]);
    widget.hears({ type: "accepted", id: "m9" }).hears(finished("r3", 8)).hears(said("m9", 8));
    expect(widget.shown).toEqual(["r1", "other", "r2", "m9", "r3"]);
  });
});

describe("replies", () => {
  test("grow, and end as the gateway says", () => {
    const widget = new Widget().connect().hears(started("r1", 4)).hears(delta("r1", "Hel")).hears(delta("r1", "lo"));
    expect(widget.shown).toEqual(["Hello"]);
    expect(widget.hears(finished("r1", 4, "Hello there.")).shown).toEqual(["Hello there."]);
  });

  test("broken in the middle: asked for again, never shown twice, never shrinking", () => {
    const widget = new Widget()
      .connect()
      .hears(finished("r0", 2))
      .hears(started("r1", 4))
      .hears(delta("r1", "One two"));
    widget.reconnects();
    expect(widget.sent.at(-1)).toEqual({ type: "hello", ticket: "t", after: 3 });
    widget.hears(started("r1", 4)).hears(delta("r1", "One"));
    expect(widget.shown).toEqual(["r0", "One two"]);
    widget.hears(delta("r1", " two three")).hears(finished("r1", 4, "One two three."));
    widget
      .hears(finished("r1", 4, "One two three."))
      .hears(started("r1", 4))
      .hears(delta("r1", "x"));
    expect(widget.shown).toEqual(["r0", "One two three."]);
  });

  test("a line that breaks inside a batch asks for the whole batch again", () => {
    const widget = new Widget().connect().writes("m1").hears({ type: "accepted", id: "m1" }).hears(said("m1", 9));
    widget.reconnects();
    expect(widget.sent.at(-1)).toEqual({ type: "hello", ticket: "t", after: 8 });
    widget.hears(said("m1", 9)).hears(finished("r1", 9));
    expect(widget.shown).toEqual(["m1", "r1"]);
  });

  test("the assistant is writing from acceptance until it speaks, or for a while", () => {
    const widget = new Widget().connect().writes("m1").hears({ type: "accepted", id: "m1" });
    expect(widget.state.writing).toBe(true);
    expect(widget.hears(started("r1", 4)).state.writing).toBe(false);
    widget.hears(finished("r1", 4)).writes("m2").hears({ type: "accepted", id: "m2" });
    expect(widget.fires("writing").state.writing).toBe(false);
  });

  test("another conversation than before replaces what is shown, but keeps what is unsent", () => {
    const widget = new Widget().connect().hears(finished("r1", 4)).breaks().writes("m1").fires("retry").resume("c2");
    expect(widget.shown).toEqual(["m1"]);
    expect(widget.says).toEqual(["m1"]);
  });
});

describe("secure capture", () => {
  test("asks, sends the sealed digits once accepted keeps none, and is over", () => {
    const widget = new Widget().connect().hears(finished("r1", 4, "PIN?", pin));
    expect(openCapture(widget.state)?.secure.capture).toBe("k1");
    widget.on({ type: "digitsSealed", id: "d1", capture: "k1", box: "Ym94" });
    expect(widget.sent.at(-1)).toEqual({ type: "capture", id: "d1", capture: "k1", box: "Ym94" });
    widget.reconnects();
    expect(widget.sent.at(-1)).toEqual({ type: "capture", id: "d1", capture: "k1", box: "Ym94" });
    widget.hears({ type: "accepted", id: "d1" });
    expect(openCapture(widget.state)).toBeNull();
    expect(JSON.stringify(widget.state)).not.toContain("Ym94");
  });

  test("not delivered: asks again, and the new answer takes the place of the old", () => {
    const widget = new Widget().connect().hears(finished("r1", 4, "PIN?", pin));
    widget.on({ type: "digitsSealed", id: "d1", capture: "k1", box: "Ym94" });
    widget.hears({ type: "problem", code: "unavailable", title: "Not now", retryable: true, id: "d1" });
    expect(openCapture(widget.state)?.answer?.delivery).toMatchObject({ state: "failed", title: "Not now" });
    widget.on({ type: "digitsSealed", id: "d2", capture: "k1", box: "Zm9v" });
    expect(widget.state.entries.filter((entry) => entry.kind === "captured")).toHaveLength(1);
  });

  test("told again with a new key, it seals to that one", () => {
    const widget = new Widget().connect().hears(finished("r1", 4, "PIN?", pin));
    widget.hears(finished("r1", 4, "PIN?", { ...pin, public_key: { ...pin.public_key, x: "new" } }));
    expect(openCapture(widget.state)?.secure.publicKey.x).toBe("new");
    expect(openCapture(widget.hears(finished("r1", 4, "PIN?")).state)).toBeNull();
  });

  test("can be cancelled", () => {
    const widget = new Widget().connect().hears(finished("r1", 4, "PIN?", pin));
    widget.on({ type: "captureCancelled", id: "d1", capture: "k1" });
    expect(widget.sent.at(-1)).toEqual({ type: "capture", id: "d1", capture: "k1", cancelled: true });
  });

  test("an old one replayed after a reload is not asked again", () => {
    const widget = new Widget()
      .connect()
      .hears(finished("r1", 4, "PIN?", pin))
      .hears(finished("r2", 6, "Thank you."));
    expect(openCapture(widget.state)).toBeNull();
  });
});

describe("phone code and ending", () => {
  test("a code asked for while the line is down is asked for when it is up", () => {
    const widget = new Widget().connect().breaks().on({ type: "codeAsked" }).fires("retry").resume();
    expect(widget.sent.at(-1)).toEqual({ type: "code" });
    widget.hears({ type: "code", code: "123456", expires_in: 300, phone_number: "+1" });
    expect(widget.state.code).toMatchObject({ state: "shown", code: "123456", expiresAt: 1_300_000 });
    const problem = { type: "problem", code: "unavailable", title: "No code now", retryable: true };
    widget.on({ type: "codeAsked" }).hears(problem);
    expect(widget.state.code).toEqual({ state: "failed", title: "No code now" });
  });

  test("after the end nothing reconnects, and a new conversation begins from nothing", () => {
    const widget = new Widget().connect().hears(finished("r1", 4)).hears({ type: "ended", reason: "goodbye" }).breaks();
    expect(widget.state.link).toBe("closed");
    expect(widget.commanded("remember")).toEqual([{ type: "remember", resume: null }]);
    widget.on({ type: "newConversationAsked" });
    expect(widget.shown).toEqual([]);
    expect(widget.commanded("getTicket")).toEqual([{ type: "getTicket", resume: null }]);
  });

  test("an end that comes before the last reply is whole still fetches it", () => {
    const widget = new Widget().connect().hears(started("r1", 4)).hears({ type: "ended", reason: "goodbye" }).breaks();
    expect(widget.state.link).toBe("waiting");
    widget
      .fires("retry")
      .resume()
      .hears(finished("r1", 4, "Goodbye."))
      .breaks();
    expect(widget.state.link).toBe("closed");
    expect(widget.shown).toEqual(["Goodbye."]);
  });

  test("what was still unsent at the end is said to be so", () => {
    const widget = new Widget().connect().writes("m1").hears({ type: "ended", reason: "idle" });
    expect(widget.state.entries[0]).toMatchObject({ delivery: { state: "failed", retryable: false } });
  });
});
