"""The built pages, and what is said where nothing is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.gateway.page_files import DIST, FOR_EVER, Pages
from tests.services.gateway.conftest import Shared


def built(folder: Path) -> Path:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "widget.js").write_text("1")
    (folder / "assets" / "index-Da1bhA0f.js").write_text("2")
    (folder / "assets" / "icon.svg").write_text("<svg/>")
    (folder / "notes.xyz").write_text("no")
    (folder / "link.js").symlink_to("/etc/passwd")
    return folder


def test_only_what_was_built_is_served(tmp_path: Path) -> None:
    pages = Pages(built(tmp_path / "dist"))
    assert pages.find("index.html") is not None
    hashed, plain = pages.find("assets/index-Da1bhA0f.js"), pages.find("assets/icon.svg")
    assert hashed is not None
    assert hashed.caching == FOR_EVER
    assert plain is not None
    assert plain.caching == "no-cache"
    for name in ("notes.xyz", "link.js", "../dist/index.html", "/etc/passwd", ""):
        assert pages.find(name) is None


def test_pages_built_later_are_found_without_a_restart(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "dist")
    assert not pages.built
    built(tmp_path / "dist")
    assert pages.built


@pytest.mark.asyncio(loop_scope="module")
async def test_pages_over_http(shared: Shared) -> None:
    async with shared.box.client() as client:
        page = await client.get("/")
        if not DIST.is_dir():
            assert page.status_code == 503
            assert "npm run build" in page.text
            pytest.skip("the pages are not built here")
        for path in ("/", "/sign-in", "/setup"):
            answer = await client.get(path)
            assert answer.text == page.text
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["cache-control"] == "no-cache"
            assert "script-src 'self'" in answer.headers["content-security-policy"]
        again = await client.get("/", headers={"if-none-match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        widget = await client.get("/widget.js")
        assert widget.headers["access-control-allow-origin"] == "*"
        assert widget.headers["cross-origin-resource-policy"] == "cross-origin"
        assert widget.headers["content-type"] == "text/javascript; charset=utf-8"
        assert (await client.get("/assets/..%2findex.html")).status_code == 404
        assert (await client.get("/assets/%2e%2e/%2e%2e/package.json")).status_code == 404
