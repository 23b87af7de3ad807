"""The unit's work: open the records, listen, serve until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import Final

import structlog
import uvicorn

from appliance.access.asking import SUBJECT as ACCOUNTS
from appliance.errors import Unavailable
from appliance.privacy.forgetting import GATEWAY
from services.gateway.app import make_app
from services.gateway.forgetting import Forgetting
from services.gateway.frames import MAX_FRAME
from services.gateway.gateway import Gateway, build
from services.gateway.operating import Operating
from services.gateway.protocols import MAX_HEAD, BoundedHttp, BoundedWebSocket
from services.gateway.setup_link import base_url
from services.unit import Unit

log = structlog.get_logger(__name__)

STOP_S: Final = 2
STALLED_MS: Final = 30_000
BACKLOG: Final = 2048


class _Server(uvicorn.Server):
    """Signals are the unit's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run(unit: Unit) -> None:
    gateway = build(unit)
    try:
        await _serve(unit, gateway)
    finally:
        await gateway.close()


async def _serve(unit: Unit, gateway: Gateway) -> None:
    for name in ("uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # their messages quote what was sent
    unit.parts["records"] = "ok"
    unit.parts["pages"] = "ok" if gateway.pages.built else "They are not built; scripts/pages builds them."
    listening = listen(gateway.config.gateway.host, gateway.config.gateway.port)
    await gateway.desk.replies.open()
    stop_forgetting = await unit.bus.serve(GATEWAY, Forgetting(gateway.records).answer, queue="gateway", limit=4)
    operating = Operating(gateway.managing, base_url(gateway.config, listening.getsockname()[1]))
    stop_operating = await unit.bus.serve(ACCOUNTS, operating.answer, queue="gateway", limit=4)
    server = _Server(
        uvicorn.Config(
            make_app(gateway),
            http=BoundedHttp,
            ws=BoundedWebSocket,
            ws_max_size=MAX_FRAME,
            ws_per_message_deflate=False,
            ws_ping_interval=30,
            ws_ping_timeout=30,
            h11_max_incomplete_event_size=MAX_HEAD,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=STOP_S,
        )
    )
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(gateway.desk.replies.watch(), name="watch replies")
        keeping = group.create_task(gateway.housekeeping(), name="housekeeping")
        serving = group.create_task(server.serve(sockets=[listening]), name="serve")
        while not server.started and not serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        log.info("listening", port=listening.getsockname()[1])
        unit.ready()
        try:
            await asyncio.shield(serving)
        finally:
            unit.is_ready = False
            await stop_forgetting()
            await stop_operating()
            watching.cancel()
            keeping.cancel()
            await gateway.end_streams()
            server.should_exit = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(serving), STOP_S + 1)


def listen(host: str, port: int) -> socket.socket:
    """Raises Unavailable where the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_MS)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise Unavailable(f"The gateway cannot listen on {host}:{port}: {error.strerror}.") from None
    listening.setblocking(False)
    return listening
