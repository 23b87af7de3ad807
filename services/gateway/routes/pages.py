"""The pages themselves."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from services.gateway.gateway import Gateway
from services.gateway.page_files import MISSING, POLICY


def answer(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    gateway: Gateway = request.app.state.gateway
    page = gateway.pages.find(name)
    if page is None and not gateway.pages.built:
        headers = {"Retry-After": "30", "Content-Security-Policy": POLICY}
        return Response(MISSING.encode(), status_code=503, media_type="text/html", headers=headers)
    if page is None:
        raise NotFoundException
    headers = {"ETag": page.etag, "Cache-Control": page.caching, "Content-Security-Policy": POLICY}
    if name == "widget.js":  # a script for pages of other sites
        headers |= {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    if request.headers.get("if-none-match") == page.etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(page.content, media_type=page.media_type, headers=headers)


@get(
    ["/", "/sign-in", "/setup", "/invitation"],
    opt={"public": True},
    include_in_schema=False,
    sync_to_thread=False,
)
def console(request: Request[Any, Any, Any]) -> Response[bytes]:
    return answer(request, "index.html")


@get("/demo", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def demo(request: Request[Any, Any, Any]) -> Response[bytes]:
    return answer(request, "demo.html")


@get("/widget.js", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def widget(request: Request[Any, Any, Any]) -> Response[bytes]:
    return answer(request, "widget.js")


@get("/assets/{name:str}", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    return answer(request, f"assets/{name}")
