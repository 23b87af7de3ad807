from __future__ import annotations

import pytest

from appliance.access.origins import Origins, normal_origin

WIDGETS = {"demo": ("https://Intranet.example", "http://portal.example:8000/")}
PLAIN = Origins.of({"box"}, None, WIDGETS)
HTTPS = Origins.of({"box"}, "https://voice.bank.example/", WIDGETS)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:80", "[::1]:8080", "box:8080", "10.1.2.3"])
def test_hosts_we_go_by(host: str) -> None:
    assert PLAIN.serves(host)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "box.evil.example", "box@evil.example", "box/evil", "box:80:80", "box:port", "[::1"]
)
def test_hosts_we_do_not_go_by(host: str) -> None:
    assert not PLAIN.serves(host)


def test_the_public_url_is_a_host_of_ours() -> None:
    assert HTTPS.serves("voice.bank.example")
    assert not PLAIN.serves("voice.bank.example")
    assert HTTPS.is_https


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("http://localhost:8081", "localhost:8080", False),
        ("http://evil.example", "127.0.0.1:8080", False),
        ("http://evil.example:8080", "evil.example:8080", False),
        ("null", "127.0.0.1:8080", False),
        ("", "127.0.0.1:8080", False),
        ("http://127.0.0.1:8080@evil.example", "127.0.0.1:8080", False),
    ],
)
def test_which_pages_are_ours(origin: str, host: str, own: bool) -> None:
    assert PLAIN.is_own(origin, host) is own


def test_with_https_only_the_public_origin_is_ours() -> None:
    assert HTTPS.is_own("https://voice.bank.example", "voice.bank.example")
    assert not HTTPS.is_own("http://voice.bank.example", "voice.bank.example")


def test_which_pages_may_carry_a_widget() -> None:
    assert PLAIN.may_embed("demo", "https://intranet.example")
    assert PLAIN.may_embed("demo", "http://portal.example:8000")
    assert not PLAIN.may_embed("demo", "http://intranet.example")
    assert not PLAIN.may_embed("other", "https://intranet.example")
    assert PLAIN.embeds_any("https://intranet.example")
    assert not PLAIN.embeds_any("https://intranet.example.evil.example")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTPS://A.example:443/x", "https://a.example"),
        ("http://a.example:80", "http://a.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("ftp://a.example", None),
        ("null", None),
        ("http://a.example:99999", None),
        ("http://", None),
    ],
)
def test_origins_are_compared_in_one_form(url: str, origin: str | None) -> None:
    assert normal_origin(url) == origin
