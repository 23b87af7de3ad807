"""A browser, the built pages, the scripted gateway and an intranet page that embeds the widget with one script tag."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright import async_api, sync_api
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.fakes.gateway_http import Console
from tests.fakes.gateway_ws import FakeGateway

ROOT = Path(__file__).resolve().parents[4]
WEB = ROOT / "services" / "gateway" / "web"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP intranet.test 127.0.0.1",
]
WAIT_MS = 30_000
sync_api.expect.set_options(timeout=WAIT_MS)
async_api.expect.set_options(timeout=WAIT_MS)


AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"


def build_pages() -> Path:
    """The built pages, built now where they are missing or their sources have changed."""
    how = ["--if-changed"] if AXE.is_file() else []
    built = subprocess.run(
        ["sh", ROOT / "scripts" / "pages", "build", *how], capture_output=True, text=True, timeout=300
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return WEB / "dist"


@pytest.fixture(scope="session")
def pages() -> Path:
    return build_pages()


def need_browser() -> None:
    if not Path(CHROMIUM).is_file():
        pytest.skip(f"no browser at {CHROMIUM} (Debian package chromium)")
    wrong = driver_problem()
    if wrong:
        pytest.skip(f"what drives the browser does not run (Debian package libatomic1?): {wrong}")


@cache
def driver_problem() -> str:
    """Why Playwright's own program cannot be started here; empty where it can."""
    try:
        done = subprocess.run(
            [compute_driver_executable()[0], "--version"], capture_output=True, text=True, timeout=120, check=False
        )
    except OSError as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Per module, not per session: Playwright's synchronous face keeps a loop that asynchronous tests would trip over.
    need_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Intranet:
    """A page of another origin than the gateway's, under a content policy that allows the gateway and nothing else."""

    def __init__(self) -> None:
        self.attributes = 'data-widget="demo"'
        self.gateway = ""
        intranet = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                origin = intranet.gateway
                body = intranet.body(origin).encode()
                lines = f"connect-src {origin} {origin.replace('http', 'ws')}"
                policy = f"default-src 'none'; img-src 'self'; script-src {origin}; {lines}"
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-security-policy", f"{policy}; require-trusted-types-for 'script'")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def body(self, origin: str) -> str:
        script = f'<script src="{origin}/widget.js" {self.attributes} async></script>'
        head = "<meta charset=utf-8><meta name=viewport content='width=device-width'>"
        text = "<h1>Intranet</h1><p><a id=first href=#first>First link</a></p>"
        return (
            f"<!doctype html><html lang=en><head>{head}<title>Intranet</title>{script}</head><body><main>{text}</main>"
        )

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def insecure_url(self) -> str:
        """The same page where browsers keep WebCrypto away: plain HTTP, not a loopback name."""
        return f"http://intranet.test:{self.port}/"


@pytest.fixture
def intranet() -> Iterator[Intranet]:
    page = Intranet()
    yield page
    page.server.shutdown()
    page.server.server_close()


@pytest.fixture
def gateway(pages: Path, intranet: Intranet) -> Iterator[FakeGateway]:
    origins = [intranet.url.rstrip("/"), intranet.insecure_url.rstrip("/")]
    fake = FakeGateway(pages, origins=origins)
    fake.start()
    intranet.gateway = fake.url
    yield fake
    fake.stop()


@pytest.fixture
def console() -> Console:
    return Console(signed_in=True)


@pytest.fixture
def box(pages: Path, console: Console) -> Iterator[FakeGateway]:
    fake = FakeGateway(pages, routes=console.routes())
    fake.start()
    yield fake
    fake.stop()
    assert fake.violations == []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1100, "height": 760})
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()


def watched(context: BrowserContext, trouble: list[str]) -> Page:
    """A page that notes what must not happen: errors in scripts and breaches of its content policy."""
    page = context.new_page()
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.expose_function("violated", lambda text: trouble.append(f"policy: {text}"))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => e.disposition === 'enforce' && "
        "violated(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile))"
    )
    return page


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    trouble: list[str] = []
    page = watched(context, trouble)
    yield page
    page.wait_for_timeout(20)
    assert trouble == []


@pytest.fixture(scope="session")
def axe_source(pages: Path) -> str:
    return AXE.read_text()


@pytest.fixture
def violations(axe_source: str) -> Callable[[Page], list[str]]:
    """What axe-core finds against WCAG 2.2 A and AA and its own best practices."""

    def check(page: Page) -> list[str]:
        page.evaluate(f"() => {{ if (!window.axe) {{ {axe_source} }} }}")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        run = f"() => axe.run(document, {{ runOnly: {json.dumps(tags)}, resultTypes: ['violations'] }})"
        result: dict[str, Any] = page.evaluate(run)
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in result["violations"]
            for node in rule["nodes"]
        ]

    return check
