"""Requests whose JSON may be anything: what cannot be read is the sender's mistake, whatever the reader raises.

A body may take its time: once it is there, whoever sent it must still be allowed to.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException

from services.gateway.authentication import check_again


class CheckedRequest(Request[Any, Any, Any]):
    """msgspec raises these as they are: text that is not UTF-8, arrays within arrays without end."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Every reading of a body comes to this."""
        async for piece in super().stream():
            yield piece
        await check_again(self, self.route_handler)

    async def json(self) -> Any:
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError):
            raise SerializationException("The body is not JSON.") from None
