"""The built pages: what may be served is a table made from the build folder, so no path leads anywhere else.

Hashed assets may be kept for ever, everything else is asked for again each time. Where nothing is built, one says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DIST: Final = Path(__file__).parent / "web" / "dist"
TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".txt": "text/plain",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "media-src blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
WIDGET: Final = "public, max-age=300"
MISSING: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>B2T Voice: pages are not built</title>
<h1>The pages are not built</h1>
<p>The gateway runs, but its pages are not built yet. Build them with <code>scripts/pages</code>, or by hand with
<code>npm ci</code> and <code>npm run build</code> in <code>services/gateway/web</code>, then load this page again.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    content: bytes
    media_type: str
    etag: str
    caching: str


class Pages:
    """Read at first use; as long as nothing is built, looked for again each time."""

    def __init__(self, folder: Path = DIST) -> None:
        self._folder = folder
        self._pages: dict[str, Page] = {}

    def find(self, name: str) -> Page | None:
        """`name` as in the build folder, such as `assets/index-Da1bhA0f.js`."""
        if not self._pages:
            self._pages = _read(self._folder)
        return self._pages.get(name)

    @property
    def built(self) -> bool:
        return self.find("index.html") is not None


def _read(folder: Path) -> dict[str, Page]:
    pages: dict[str, Page] = {}
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        media_type = TYPES.get(file.suffix)
        if media_type is None or not file.is_file() or file.is_symlink():
            continue
        name = file.relative_to(folder).as_posix()
        content = file.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        pages[name] = Page(content, media_type, etag, _caching(name))
    return pages


def _caching(name: str) -> str:
    if name == "widget.js":
        return WIDGET
    hashed = name.startswith("assets/") and "-" in name
    return FOR_EVER if hashed else ASK_AGAIN
