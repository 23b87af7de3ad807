/** The frames of the chat WebSocket, and the reading of untrusted ones. Its counterpart is the gateway's chat endpoint. */

/** Where the digits of one secure capture go: sealed to `publicKey`, never into the transcript. */
export interface SecureCapture {
  readonly capture: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly publicKey: JsonWebKey;
}

export type ClientFrame =
  | { readonly type: "hello"; readonly ticket: string; readonly after: number }
  | { readonly type: "say"; readonly id: string; readonly text: string }
  | { readonly type: "capture"; readonly id: string; readonly capture: string; readonly box: string }
  | { readonly type: "capture"; readonly id: string; readonly capture: string; readonly cancelled: true }
  | { readonly type: "code" }
  | { readonly type: "end" }
  | { readonly type: "ping" };

export type ServerFrame =
  | {
      readonly type: "welcome";
      readonly conversation: string;
      readonly resume: string | null;
      readonly agent: string;
      readonly phoneNumber: string | null;
    }
  | { readonly type: "accepted"; readonly id: string }
  | { readonly type: "said"; readonly sequence: number; readonly id: string; readonly text: string }
  | { readonly type: "reply_started"; readonly sequence: number; readonly reply: string }
  | { readonly type: "reply_delta"; readonly reply: string; readonly text: string }
  | {
      readonly type: "reply_finished";
      readonly sequence: number;
      readonly reply: string;
      readonly text: string;
      readonly secure: SecureCapture | null;
    }
  | { readonly type: "code"; readonly code: string; readonly expiresIn: number; readonly phoneNumber: string | null }
  | { readonly type: "ended"; readonly reason: string }
  | {
      readonly type: "problem";
      readonly code: string;
      readonly title: string;
      readonly retryable: boolean;
      readonly id: string | null;
    }
  | { readonly type: "pong" };

type Fields = Record<string, unknown>;

const text = (fields: Fields, name: string): string => {
  const value = fields[name];
  if (typeof value !== "string") throw new TypeError(`${name} is not text`);
  return value;
};

const textOrNull = (fields: Fields, name: string): string | null =>
  fields[name] === null || fields[name] === undefined ? null : text(fields, name);

const whole = (fields: Fields, name: string): number => {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`${name} is not a whole number`);
  }
  return value;
};

const record = (value: unknown, name: string): Fields => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError(`${name} is no object`);
  return value as Fields;
};

const secure = (value: unknown): SecureCapture | null => {
  if (value === null || value === undefined) return null;
  const fields = record(value, "secure");
  return {
    capture: text(fields, "capture"),
    label: text(fields, "label"),
    min: whole(fields, "min"),
    max: whole(fields, "max"),
    publicKey: record(fields.public_key, "public_key") as JsonWebKey,
  };
};

const readers: Record<string, (fields: Fields) => ServerFrame> = {
  welcome: (f) => ({
    type: "welcome",
    conversation: text(f, "conversation"),
    resume: textOrNull(f, "resume"),
    agent: text(record(f.agent, "agent"), "name"),
    phoneNumber: textOrNull(f, "phone_number"),
  }),
  accepted: (f) => ({ type: "accepted", id: text(f, "id") }),
  said: (f) => ({ type: "said", sequence: whole(f, "sequence"), id: text(f, "id"), text: text(f, "text") }),
  reply_started: (f) => ({ type: "reply_started", sequence: whole(f, "sequence"), reply: text(f, "reply") }),
  reply_delta: (f) => ({ type: "reply_delta", reply: text(f, "reply"), text: text(f, "text") }),
  reply_finished: (f) => ({
    type: "reply_finished",
    sequence: whole(f, "sequence"),
    reply: text(f, "reply"),
    text: text(f, "text"),
    secure: secure(f.secure),
  }),
  code: (f) => ({
    type: "code",
    code: text(f, "code"),
    expiresIn: whole(f, "expires_in"),
    phoneNumber: textOrNull(f, "phone_number"),
  }),
  ended: (f) => ({ type: "ended", reason: text(f, "reason") }),
  problem: (f) => ({
    type: "problem",
    code: text(f, "code"),
    title: text(f, "title"),
    retryable: f.retryable === true,
    id: textOrNull(f, "id"),
  }),
  pong: () => ({ type: "pong" }),
};

/** Reads one text frame. Null for one of a type this release does not know (a newer gateway); throws on a damaged one. */
export function readFrame(data: string): ServerFrame | null {
  const fields = record(JSON.parse(data) as unknown, "frame");
  const read = readers[text(fields, "type")];
  return read === undefined ? null : read(fields);
}
