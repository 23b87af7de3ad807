"""Requests whose JSON may be anything: what cannot be read is the sender's mistake, whatever the reader raises."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException


class CheckedRequest(Request[Any, Any, Any]):
    """msgspec raises these as they are: text that is not UTF-8, arrays within arrays without end."""

    async def json(self) -> Any:
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError):
            raise SerializationException("The body is not JSON.") from None
