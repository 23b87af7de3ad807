"""Errors as RFC 9457 problem details: one shape for every error there is, and never a word of what was sent."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, ValidationException
from pydantic import BaseModel, ConfigDict, Field

from appliance.errors import B2TError

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:b2t:problem:"


class Mistake(BaseModel):
    """One thing that is wrong with a request; what was sent is not repeated."""

    model_config = ConfigDict(frozen=True)

    where: str = Field(description="Name of the field or parameter.", examples=["text"])
    what: str = Field(description="What is wrong with it.", examples=["is missing"])


class Problem(BaseModel):
    """What went wrong (RFC 9457). `code` is for programs, `title` for people; `retryable`: trying again may help."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=["urn:b2t:problem:unavailable"])
    title: str = Field(examples=["The conversation service does not answer now."])
    status: int = Field(examples=[503])
    code: str = Field(examples=["unavailable"])
    retryable: bool = Field(examples=[True])
    instance: str = Field(
        description="Id of the request, as in the log and in `X-Request-Id`.", examples=["urn:b2t:request:…"]
    )
    errors: list[Mistake] | None = None


TITLES: Final = {
    400: ("invalid", "The request is not understood."),
    401: ("not-signed-in", "Sign in or send an API key first."),
    403: ("denied", "You may not do this."),
    404: ("unknown", "There is nothing here."),
    405: ("method-not-allowed", "This cannot be done here."),
    406: ("not-acceptable", "There is no answer in a form you accept."),
    408: ("too-slow", "The request took too long to arrive."),
    411: ("length-required", "The request must say how long it is."),
    413: ("too-large", "The request is too large."),
    414: ("too-long", "The address is too long."),
    415: ("unsupported-media-type", "Send JSON, as application/json."),
    421: ("misdirected", "This is not the host you asked for; its names are set by gateway.public_url."),
    429: ("too-many", "There were too many tries; wait a little."),
    431: ("headers-too-large", "The request's headers are too large."),
    500: ("internal", "Something went wrong here."),
    503: ("unavailable", "This cannot be answered now."),
}


def make(status: int, request_id: str, *, code: str = "", title: str = "", **more: Any) -> Problem:
    known_code, known_title = TITLES.get(status, ("error", _phrase(status)))
    code = code or known_code
    retryable = bool(more.pop("retryable", status in (408, 429, 503)))
    return Problem(
        type=TYPE_PREFIX + code,
        title=title or known_title,
        status=status,
        code=code,
        retryable=retryable,
        instance=f"urn:b2t:request:{request_id}",
        **more,
    )


def encode(problem: Problem) -> bytes:
    return json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=False, separators=(",", ":")).encode()


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's handler for every exception."""
    request_id = str(request.scope.get("b2t_request_id", ""))
    headers: dict[str, str] = {}
    if isinstance(error, B2TError):
        retry_after = getattr(error, "retry_after", None)
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        problem = make(error.status, request_id, code=error.code, title=error.title, retryable=error.retryable)
    elif isinstance(error, ValidationException):
        problem = make(400, request_id, errors=mistakes(error.extra))
    elif isinstance(error, HTTPException):
        if isinstance(error, MethodNotAllowedException) and error.headers:
            headers.update({key: value for key, value in error.headers.items() if key.lower() == "allow"})
        problem = make(error.status_code, request_id)
    else:
        log.error("request_failed", exc_info=error)
        problem = make(500, request_id)
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="b2t"'
    return Response(encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


WORDS: Final = (
    ("Field required", "is missing"),
    ("Missing required", "is missing"),
    ("at least", "is too short or too small"),
    ("at most", "is too long or too large"),
    ("greater than", "is too small"),
    ("less than", "is too large"),
    ("match pattern", "has a wrong form"),
    ("Extra inputs", "is not known"),
    ("valid string", "is not text"),
    ("valid integer", "is not a whole number"),
    ("Expected `", "is of a wrong type"),
)
"""What a validator says, to what is passed on: validators quote what they were given."""
FIELDS: set[str] = set()
"""Names that may be repeated: those of our own fields and parameters."""


def mistakes(extra: Any) -> list[Mistake] | None:
    if not isinstance(extra, list):
        return None
    found: dict[tuple[str, str], Mistake] = {}
    for entry in extra:
        if not isinstance(entry, dict):
            continue
        name = str(entry.get("key", "")).split(".")[0]
        message = str(entry.get("message", ""))
        what = next((words for said, words in WORDS if said in message), "is not valid")
        where = name if name in FIELDS else "request"
        found[where, what] = Mistake(where=where, what=what)
    return list(found.values()) or None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
