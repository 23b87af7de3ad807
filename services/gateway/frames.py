"""The chat protocol's frames: reading untrusted ones, writing ours. Counterpart: `web/widget/src/protocol`."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from appliance.errors import Invalid
from appliance.events import Id
from appliance.privacy.capture import MAX_BOX

MAX_FRAME: Final = 64 * 1024
MAX_TEXT: Final = 4000
MAX_DELTAS: Final = 64

InputId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
"""A UUID in lower case, chosen by the client, so that a message sent again is taken once."""
MessageText = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=r"\S")]


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Hello(_Frame):
    type: Literal["hello"]
    ticket: Annotated[str, Field(max_length=2048)] = ""
    after: Annotated[int, Field(ge=0, le=2**53)] = 0


class Say(_Frame):
    type: Literal["say"]
    id: InputId
    text: MessageText


class Capture(_Frame):
    type: Literal["capture"]
    id: InputId
    capture: Id
    box: Annotated[str, Field(min_length=1, max_length=MAX_BOX)] | None = None
    cancelled: bool = False


class Code(_Frame):
    type: Literal["code"]


class End(_Frame):
    type: Literal["end"]


class Ping(_Frame):
    type: Literal["ping"]


ClientFrame = Hello | Say | Capture | Code | End | Ping
_FRAMES: Final[dict[str, type[ClientFrame]]] = {
    "hello": Hello,
    "say": Say,
    "capture": Capture,
    "code": Code,
    "end": End,
    "ping": Ping,
}
_RAW: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class UnknownType(Invalid):
    code = "unknown-type"


def read_frame(text: str) -> ClientFrame:
    """Raises UnknownType, and Invalid with fixed text for whatever else is wrong; neither holds what was sent."""
    try:
        raw = _RAW.validate_json(text)
    except ValidationError:
        raise Invalid("A frame is one JSON object.") from None
    kind = raw.get("type")
    model = _FRAMES.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise UnknownType("There is no frame of this type.")
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        names = sorted({str(found["loc"][0]) for found in error.errors(include_input=False) if found["loc"]})
        raise Invalid(f"A {kind} frame has a wrong {', '.join(names) or 'content'}.") from None


def input_id_in(text: str) -> str | None:
    """The id of a frame that could not be taken, so that the client knows which one it was."""
    try:
        found = _RAW.validate_json(text).get("id")
    except ValidationError:
        return None
    return found if isinstance(found, str) and re.fullmatch(r"[0-9a-f-]{36}", found) else None


def write(type: str, **fields: Any) -> str:
    return json.dumps({"type": type, **fields}, ensure_ascii=False, separators=(",", ":"))


def problem(code: str, title: str, *, retryable: bool, id: str | None = None) -> str:
    fields = {} if id is None else {"id": id}
    return write("problem", code=code, title=title, retryable=retryable, **fields)


_SENTENCE_END = re.compile(r"[.!?…][\"')\]]*\s+")


def deltas(text: str) -> list[str]:
    """A reply in the pieces it is streamed in: sentences, which together are the whole text, at most `MAX_DELTAS`."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)][: MAX_DELTAS - 1]
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [piece for piece in pieces if piece]


def scoped_input(conversation: str, client_id: str) -> str:
    """The client's id, unique across conversations: nobody can name an input of another conversation."""
    return f"{conversation}-{client_id.replace('-', '')}"


def client_input(conversation: str, input_id: str) -> str:
    """The id the client knows an input by; inputs of other channels keep theirs."""
    start, _, rest = input_id.rpartition("-")
    if start != conversation or len(rest) != 32:
        return input_id
    return f"{rest[:8]}-{rest[8:12]}-{rest[12:16]}-{rest[16:20]}-{rest[20:]}"
