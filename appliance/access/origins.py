"""Which web origins and Host names are ours, so that another site's page cannot act with a visitor's cookie.

An origin is `scheme://host[:port]` as browsers send it. A Host that is a name we do not go by may be an attacker's name
pointed at us (DNS rebinding); an address written in digits cannot be.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost"})


@dataclass(frozen=True, slots=True)
class Origins:
    """`hosts`: names we go by, lower case, no port. `public`: the origin people's browsers use, where one is set."""

    hosts: frozenset[str]
    public: str | None
    widgets: dict[str, frozenset[str]]

    @staticmethod
    def of(hosts: Iterable[str], public_url: str | None, widgets: dict[str, tuple[str, ...]]) -> Origins:
        public = normal_origin(public_url) if public_url else None
        names = {name.lower() for name in hosts} | LOOPBACK_NAMES
        if public is not None:
            names.add(urlsplit(public).hostname or "")
        allowed = {key: frozenset(filter(None, map(normal_origin, given))) for key, given in widgets.items()}
        return Origins(frozenset(names), public, allowed)

    @property
    def is_https(self) -> bool:
        return self.public is not None and self.public.startswith("https://")

    def serves(self, host: str) -> bool:
        """Whether the value of a Host header names us."""
        name = _hostname(host)
        return name is not None and (name in self.hosts or _is_address(name))

    def is_own(self, origin: str, host: str) -> bool:
        """Whether the page at `origin` was served by us under the Host that this request names."""
        normal = normal_origin(origin)
        if normal is None or not self.serves(host):
            return False
        if normal == self.public:
            return True
        return normal in (f"http://{host.lower()}", f"https://{host.lower()}") and not self.is_https

    def may_embed(self, widget: str, origin: str) -> bool:
        """Whether a page of another site may carry this widget."""
        return normal_origin(origin) in self.widgets.get(widget, frozenset())

    def embeds_any(self, origin: str) -> bool:
        return any(self.may_embed(widget, origin) for widget in self.widgets)


def normal_origin(url: str) -> str | None:
    """Scheme and host lower case, default port left out; None for what is no http(s) origin (`null` included)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" if port in (None, default) else f"{parts.scheme}://{host}:{port}"


def _hostname(host: str) -> str | None:
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    bare = not (parts.path or parts.query or parts.fragment or parts.username is not None)
    return parts.hostname if bare else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
