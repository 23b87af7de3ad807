"""The vocabulary: every message, in the order a call meets them.

Inputs reach a conversation through the inbox; events are what became of them and are never changed; notices tell the
channels. The public part of an event holds ids, enums and numbers; free text is only ever inside a `Sealed`. Times are
UTC ISO 8601 strings, durations milliseconds on one process's clock. Codecs are derived from these types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

SCHEMA = 1
"""Version of the event schema written today. Readers upcast every earlier one."""

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
LOCALE = r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$"
"""Language, script and region (RFC 5646) and nothing more: it is stored in the clear, so it must have no room."""
Locale = Annotated[str, Field(pattern=LOCALE)]


class Channel(StrEnum):
    PHONE = "phone"
    VOICE = "voice"
    CHAT = "chat"
    API = "api"


class Modality(StrEnum):
    SPEECH = "speech"
    TEXT = "text"
    KEYS = "keys"


class Assurance(StrEnum):
    """How surely we know the party on one leg. A caller's number is a hint, never proof."""

    NONE = "none"
    HINT = "hint"
    SIGNED_IN = "signed_in"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Sealed:
    """AES-256-GCM ciphertext under one of the conversation's keys; its place is bound as associated data."""

    key: Literal["redacted", "raw"]
    box: str
    """base64 of key generation (u8), nonce (12 bytes), ciphertext and tag."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands in redacted text for a personal value: `name` is `KIND_N`, written `<KIND_N>` in the text."""

    name: str
    kind: str
    value: Sealed | None = None
    """JSON of the value under the raw key; None for sensitive authentication data, which is stored in no form."""
    digest: str | None = None
    """Keyed hash, so that the same value keeps its name within the conversation."""
    digits: int | None = None
    """How many digits the value has, where it is nothing but digits: what a slot of digits is matched by."""


@dataclass(frozen=True, slots=True)
class Identity:
    assurance: Assurance = Assurance.NONE
    party: str | None = None
    """Keyed hash of the account signed in with, or of the caller's number."""


# ---- what a channel asks of dialogue: raw, in memory only, answered by Accepted or Refused -------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A leg opens a conversation. Exactly one of `number`, `widget`, `agent` names the deployment."""

    kind: Literal["start"] = "start"
    input_id: Id
    conversation: Id
    leg: Id
    channel: Channel
    number: str | None = None
    widget: str | None = None
    agent: str | None = None
    locale: Locale = "en-US"
    account: str | None = None
    """Account signed in with; hashed before it is stored."""
    caller: str | None = None
    """Calling number as signalled; hashed before it is stored."""
    continued_from: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """A further leg joins a conversation it has the right to (its channel has checked a resume token or session)."""

    kind: Literal["attach"] = "attach"
    input_id: Id
    conversation: Id
    leg: Id
    channel: Channel
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the party said or typed. `stages` are the channel's own measurements in ms (see TurnMeasured)."""

    kind: Literal["said"] = "said"
    input_id: Id
    conversation: Id
    leg: Id
    modality: Modality
    text: str
    confidence: float | None = None
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """Keys pressed outside a secure capture, up to a pause or `#`. Empty in the inbox only."""

    kind: Literal["keyed"] = "keyed"
    input_id: Id
    conversation: Id
    leg: Id
    digits: Annotated[str, Field(pattern=r"^[0-9*#A-D]{0,64}$")]
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A secure capture ended. The digits themselves went to connectors, encrypted to their key."""

    kind: Literal["captured"] = "captured"
    input_id: Id
    conversation: Id
    leg: Id
    capture: Id
    outcome: Literal["valid", "invalid", "cancelled", "timeout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the party actually heard of a reply. Chat reports delivery with `total_ms` 0."""

    kind: Literal["played"] = "played"
    input_id: Id
    conversation: Id
    leg: Id
    reply: Id
    heard_ms: int
    total_ms: int
    interrupted: bool = False
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """Nothing came from the party for as long as the reply's expectation said."""

    kind: Literal["waited"] = "waited"
    input_id: Id
    conversation: Id
    leg: Id
    waited_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A leg is gone: the caller hung up, the chat was closed, the media stopped."""

    kind: Literal["leave"] = "leave"
    input_id: Id
    conversation: Id
    leg: Id
    reason: Literal["hangup", "closed", "media_timeout", "failed", "ended"]
    ends: bool = False
    """True where the party ended the conversation itself, not just this leg."""


ChannelInput = Annotated[
    Start | Attach | Said | Keyed | Captured | Played | Waited | Leave,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True)
class Accepted:
    """Durably in the inbox. The conversation may be another one than asked for, where the leg has moved."""

    input_id: str
    conversation: str
    kind: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True)
class Refused:
    input_id: str
    code: str
    title: str
    retryable: bool
    kind: Literal["refused"] = "refused"


Answer = Annotated[Accepted | Refused, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """A leg that reads wants a one-time code to go on by phone."""

    conversation: Id
    leg: Id


@dataclass(frozen=True, slots=True)
class CodeMade:
    """To be shown on that leg only; good for `expires_in` seconds and for one use."""

    code: str
    expires_in: int
    kind: Literal["code_made"] = "code_made"


CodeAnswer = Annotated[CodeMade | Refused, Field(discriminator="kind")]


# ---- what lies in the inbox: redacted and sealed -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A channel's input as the inbox keeps it: text redacted and sealed, numbers and accounts hashed.

    `input` is the channel's input with every raw field emptied; `text` and `references` stand for them.
    """

    kind: Literal["stored"] = "stored"
    input: ChannelInput
    text: Sealed | None = None
    references: tuple[Reference, ...] = ()
    identity: Identity = field(default_factory=Identity)
    urgent: str | None = None
    """The intent that the very words mean and that goes before everything else: looked for before redaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A connector's call came back. `outcome` is one the operation declares, or `unknown`, `failed`, `capture_lost`."""

    kind: Literal["returned"] = "returned"
    input_id: Id
    conversation: Id
    call: Id
    outcome: Id
    values: dict[str, Reference] = field(default_factory=dict)
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LegArrived:
    """A leg of another conversation keyed this one's one-time code."""

    kind: Literal["leg_arrived"] = "leg_arrived"
    input_id: Id
    conversation: Id
    leg: Id
    channel: Channel
    from_conversation: Id
    identity: Identity = field(default_factory=Identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleTimeReached:
    """Nothing has happened for as long as the agent's policy allows."""

    kind: Literal["idle_time_reached"] = "idle_time_reached"
    input_id: Id
    conversation: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeKeyed:
    """A leg keyed a one-time code. The code itself is stored in no form: it was looked up before this was written."""

    kind: Literal["code_keyed"] = "code_keyed"
    input_id: Id
    conversation: Id
    leg: Id
    to_conversation: Id | None = None
    """The conversation whose code it is; None where the code is wrong or too old."""


# ---- what is understood --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entity:
    """`value` is an option's name from the agent's definition or a reference's name, never free text."""

    kind: str
    value: str
    role: str | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """One of several things wanted in one sentence."""

    intent: str
    confidence: float
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """One of the agent's own examples that a turn is like: the reason for an intent. `similarity` is at most 1."""

    text: str
    intent: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Understanding:
    intent: str | None
    confidence: float
    candidates: tuple[tuple[str, float], ...] = ()
    entities: tuple[Entity, ...] = ()
    language: str | None = None
    """Of this turn; None where it is too short to say."""
    sentiment: float | None = None
    """-1 (angry) to 1 (glad); None where no engine judges it."""
    also: tuple[Wish, ...] = ()
    """What else the same sentence asks for, in order: done one after the other."""
    language_confidence: float | None = None
    anger: float | None = None
    """How likely the party is angry, 0 to 1; None where no engine judges it."""
    nearest: tuple[Near, ...] = ()
    """The agent's examples that are nearest, nearest first."""
    urgent: bool = False
    """Whether the very words say `intent`, which goes before everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeAnswered:
    """What the knowledge bases have for a question (`AskKnowledge`). `text` lies at `answer/CALL`, redacted."""

    kind: Literal["knowledge_answered"] = "knowledge_answered"
    input_id: Id
    conversation: Id
    call: Id
    outcome: Literal["answered", "nothing", "failed"]
    text: Sealed | None = None
    source: Sealed | None = None
    """Title of the document, at `source/CALL`."""
    citations: tuple[Id, ...] = ()
    """Ids of the passages that the answer is taken from."""
    took_ms: float = 0.0
    composed: bool = False
    """A language model's sentences, each carried by a passage it cites; else a quotation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswered:
    """What the language model made of a turn (`AskModel`): one of the wishes it was given, with values by reference or
    option. Judged like any other understanding: it can name no step, no connector and no value."""

    kind: Literal["model_answered"] = "model_answered"
    input_id: Id
    conversation: Id
    call: Id
    outcome: Literal["answered", "nothing", "failed"]
    understanding: Understanding | None = None
    took_ms: float = 0.0
    reason: Literal["none", "garbage", "late", "not_asked"] | None = None
    """Why there is no understanding: it chose none, what it said is not what was asked for, it did not answer in time,
    or it was not asked."""


InboxMessage = Annotated[
    Stored | Returned | LegArrived | IdleTimeReached | CodeKeyed | KnowledgeAnswered | ModelAnswered,
    Field(discriminator="kind"),
]


# ---- events --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConversationStarted:
    agent: str
    version: str
    channel: Channel
    locale: str
    continued_from: str | None = None
    kind: Literal["conversation_started"] = "conversation_started"


@dataclass(frozen=True, slots=True)
class LegAttached:
    leg: str
    channel: Channel
    identity: Identity = field(default_factory=Identity)
    from_conversation: str | None = None
    kind: Literal["leg_attached"] = "leg_attached"


@dataclass(frozen=True, slots=True)
class LegDetached:
    leg: str
    reason: str
    kind: Literal["leg_detached"] = "leg_detached"


@dataclass(frozen=True, slots=True)
class LegMoved:
    """The leg proved its right to another conversation and goes on there."""

    leg: str
    to_conversation: str
    channel: Channel = Channel.PHONE
    identity: Identity = field(default_factory=Identity)
    kind: Literal["leg_moved"] = "leg_moved"


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """A keyed one-time code was wrong or too old."""

    leg: str
    tries: int
    kind: Literal["code_refused"] = "code_refused"


@dataclass(frozen=True, slots=True)
class TurnHeard:
    turn: str
    leg: str
    modality: Modality
    input_id: str
    text: Sealed | None = None
    references: tuple[Reference, ...] = ()
    confidence: float | None = None
    kind: Literal["turn_heard"] = "turn_heard"


@dataclass(frozen=True, slots=True)
class TurnUnderstood:
    turn: str
    understanding: Understanding
    locale: str | None = None
    """The conversation goes on in this one from here, because the party speaks it."""
    by: Literal["model"] | None = None
    """A language model proposed it, as far as it fitted; else the agent's own classifier."""
    kind: Literal["turn_understood"] = "turn_understood"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing could be made of a turn, or not what was asked for; `times` in a row. `rung` is what is tried now."""

    turn: str | None
    times: int
    rung: str | None = None
    place: int | None = None
    """Of the rung in the agent's ladder, from 0."""
    offered: tuple[str, ...] = ()
    """The intents that are offered as the likeliest."""
    kind: Literal["not_understood"] = "not_understood"


@dataclass(frozen=True, slots=True)
class TurnPostponed:
    """What this turn wants is done once the connector that works now has answered, or what it wants first is done:
    `wish` counts its further wishes from 0."""

    turn: str
    wish: int | None = None
    kind: Literal["turn_postponed"] = "turn_postponed"


@dataclass(frozen=True, slots=True)
class TurnTakenUp:
    turn: str
    wish: int | None = None
    kind: Literal["turn_taken_up"] = "turn_taken_up"


@dataclass(frozen=True, slots=True)
class FlowStarted:
    flow: str
    reason: Literal["start", "intent", "digression"]
    part: bool = False
    """It runs as part of the flow on top, whose slots it knows."""
    kind: Literal["flow_started"] = "flow_started"


@dataclass(frozen=True, slots=True)
class FlowFinished:
    flow: str
    outcome: Literal["done", "cancelled", "failed"]
    kind: Literal["flow_finished"] = "flow_finished"


@dataclass(frozen=True, slots=True)
class StepReached:
    flow: str
    step: str
    kind: Literal["step_reached"] = "step_reached"


@dataclass(frozen=True, slots=True)
class SlotFilled:
    """`value` is an option's name, a reference's name, a literal (`privacy.values.literal`), `true` or `false`. `kept`
    until the conversation ends, not just the flow."""

    slot: str
    value: str
    kept: bool = False
    kind: Literal["slot_filled"] = "slot_filled"


@dataclass(frozen=True, slots=True)
class SecureCaptureStarted:
    capture: str
    slot: str
    min_digits: int
    max_digits: int
    kind: Literal["secure_capture_started"] = "secure_capture_started"


@dataclass(frozen=True, slots=True)
class SecureCaptureEnded:
    capture: str
    outcome: Literal["valid", "invalid", "cancelled", "timeout"]
    kind: Literal["secure_capture_ended"] = "secure_capture_ended"


@dataclass(frozen=True, slots=True)
class Decided:
    """Why it was answered so: names and numbers alone. `about` says what the rule was applied to."""

    rule: str
    about: dict[str, str] = field(default_factory=dict)
    stack: tuple[str, ...] = ()
    """`flow/step` as the turn found them, the one on top last."""
    then: tuple[str, ...] = ()
    """Rules that were applied after it."""


@dataclass(frozen=True, slots=True)
class ConnectorCallStarted:
    """Written before the effect. `arguments` map a declared name to an option, `<REFERENCE>` name or capture id."""

    call: str
    connector: str
    operation: str
    arguments: dict[str, str]
    captures: tuple[str, ...] = ()
    """Names of those arguments that are capture ids."""
    timeout_ms: int = 5000
    aside: bool = False
    """No step waits for it: it takes another call back, or asks knowledge or the language model about a turn."""
    decided: Decided | None = field(default=None, compare=False)
    """Where nothing is said in the same step."""
    kind: Literal["connector_call_started"] = "connector_call_started"


@dataclass(frozen=True, slots=True)
class ConnectorCallReturned:
    call: str
    outcome: str
    values: dict[str, Reference] = field(default_factory=dict)
    took_ms: float = 0.0
    kind: Literal["connector_call_returned"] = "connector_call_returned"


@dataclass(frozen=True, slots=True)
class SecureCapture:
    capture: str
    min_digits: int
    max_digits: int
    label: str = "pin"
    """Name of the prompt in the widget's texts, such as `pin`."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a reply says of the next input. `hints` names a set of phrases of the agent's version: `flow/step`."""

    hints: str | None = None
    digits: bool = False
    amounts: bool = False
    """An amount of money is asked for."""
    wait_ms: int = 8000
    interruptible: bool = True
    secure: SecureCapture | None = None
    speed: float | None = None
    """How fast it is to be spoken, 0.5 to 2, where not at the usual pace: the agent's own, or the party's wish."""
    voice: str | None = None
    """What it is to be spoken by, where it is not the engine's usual voice of the language."""
    language: str | None = None
    """Of the reply and of what is expected after it, as ISO 639 names it; none: English."""


@dataclass(frozen=True, slots=True)
class ReplyMade:
    """`text` is redacted: references stand in it and are resolved by the channel as it speaks or shows them."""

    reply: str
    turn: str | None
    text: Sealed
    expectation: Expectation = field(default_factory=Expectation)
    decided: Decided | None = None
    citations: tuple[str, ...] = ()
    """Passages of knowledge that it quotes."""
    worded: Literal["phrased", "composed"] | None = None
    """A language model's words: for the agent's own text, or for passages that carry each sentence."""
    kind: Literal["reply_made"] = "reply_made"


@dataclass(frozen=True, slots=True)
class ReplyHeard:
    """What the party heard of it, and when: `heard_ms` of `total_ms` of speech."""

    reply: str
    leg: str
    heard_ms: int
    total_ms: int
    interrupted: bool
    kind: Literal["reply_heard"] = "reply_heard"


@dataclass(frozen=True, slots=True)
class TurnMeasured:
    """Durations in ms by stage, each taken on one clock: `speech_end` (since its onset), `endpoint`, `recognised`,
    `redacted`, `understood`, `decided`, `recorded`, `first_audio`, `heard_until`, `voice_to_voice` (end of speech to
    first reply audio)."""

    turn: str | None
    stages: dict[str, float]
    reply: str | None = None
    kind: Literal["turn_measured"] = "turn_measured"


@dataclass(frozen=True, slots=True)
class PartyWaited:
    waited_ms: int
    times: int
    kind: Literal["party_waited"] = "party_waited"


@dataclass(frozen=True, slots=True)
class TransferRequested:
    """The party is to be put through to a person; `target` is a name of the agent's definition. `summary` is what that
    person is told, redacted; it lies at `summary`."""

    target: str
    summary: Sealed | None = None
    kind: Literal["transfer_requested"] = "transfer_requested"


@dataclass(frozen=True, slots=True)
class ConversationParked:
    """The log holds something this release cannot read: nothing more is decided, a person is offered."""

    reason: Literal["unknown_event", "damaged"]
    kind: Literal["conversation_parked"] = "conversation_parked"


@dataclass(frozen=True, slots=True)
class ConversationEnded:
    """`outcome`: contained (the agent did it alone), transferred, abandoned (left in the middle), continued."""

    reason: Literal["goodbye", "hangup", "idle", "closed", "continued", "failed", "transferred"]
    outcome: Literal["contained", "transferred", "abandoned", "continued"]
    kind: Literal["conversation_ended"] = "conversation_ended"


Event = Annotated[
    ConversationStarted
    | LegAttached
    | LegDetached
    | LegMoved
    | CodeRefused
    | TurnHeard
    | TurnUnderstood
    | NotUnderstood
    | TurnPostponed
    | TurnTakenUp
    | FlowStarted
    | FlowFinished
    | StepReached
    | SlotFilled
    | SecureCaptureStarted
    | SecureCaptureEnded
    | ConnectorCallStarted
    | ConnectorCallReturned
    | ReplyMade
    | ReplyHeard
    | TurnMeasured
    | PartyWaited
    | TransferRequested
    | ConversationParked
    | ConversationEnded,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One step's events as one message: atomic, one fsync, compare-and-set on the whole conversation."""

    conversation: str
    agent: str
    version: str
    number: int
    """1 for the conversation's first batch."""
    taken: int
    """Stream sequence of the inbox message this batch came from."""
    at: str
    events: tuple[Event, ...]
    schema: int = SCHEMA


# ---- what goes round live, and what connectors are asked -----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A batch was stored at this stream sequence. May come twice; a gap is read from the stream."""

    sequence: int
    batch: Batch
    phrases: tuple[str, ...] = ()
    """The phrases the last expectation's hints stand for; never stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorCall:
    """A durable order to the connectors; its `call` is the idempotency key."""

    conversation: str
    call: str
    connector: str
    operation: str
    arguments: dict[str, str]
    captures: tuple[str, ...] = ()
    references: dict[str, Reference] = field(default_factory=dict)
    timeout_ms: int = 5000


CHANNEL_INPUT: TypeAdapter[ChannelInput] = TypeAdapter(ChannelInput)
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)
CODE_ASKED: TypeAdapter[CodeAsked] = TypeAdapter(CodeAsked)
CODE_ANSWER: TypeAdapter[CodeAnswer] = TypeAdapter(CodeAnswer)
INBOX: TypeAdapter[InboxMessage] = TypeAdapter(InboxMessage)
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
BATCH: TypeAdapter[Batch] = TypeAdapter(Batch)
NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)
CONNECTOR_CALL: TypeAdapter[ConnectorCall] = TypeAdapter(ConnectorCall)
