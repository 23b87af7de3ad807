from __future__ import annotations

import re

import pytest

from appliance.access.tokens import (
    ApiKey,
    digest,
    is_secret,
    keyed_digest,
    new_id,
    new_secret,
    open_signed,
    same,
    sign,
)
from appliance.errors import Denied

KEY = bytes(range(32))


def test_ids_fit_bus_subjects_and_events() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[a-z2-7]{26}", id) for id in ids)
    assert len(new_id(16)) == 16


def test_an_api_key_reads_back_and_nothing_else_does() -> None:
    key = ApiKey.make()
    assert ApiKey.read(key.show()) == key
    assert key.secret not in repr(key)
    for text in ("", "b2t_", key.show() + "x", key.show()[:-1], key.show().upper(), f" {key.show()}"):
        assert ApiKey.read(text) is None


def test_secrets_have_one_form() -> None:
    assert is_secret(new_secret())
    assert not is_secret("../../etc/passwd")
    assert not is_secret("")


def test_digests_differ_by_key_and_purpose() -> None:
    assert digest("a") != digest("b")
    marks = {keyed_digest(key, purpose, "a") for key in (KEY, KEY[::-1]) for purpose in ("resume", "ticket")}
    assert len(marks) == 4
    assert same("a", "a")
    assert not same("a", "b")


def test_signed_content_is_read_back_and_changed_content_refused() -> None:
    content: dict[str, str | int | None] = {"w": "demo", "e": 7, "a": None}
    token = sign(KEY, "ticket", content)
    assert open_signed(KEY, "ticket", token) == content
    body, _, mark = token.partition(".")
    flipped = ("A" if mark[0] != "A" else "B") + mark[1:]
    for bad in (f"{body}.{flipped}", f"{body}A.{mark}", body, "", ".", f"{body}.{mark}x", "é.é"):
        with pytest.raises(Denied):
            open_signed(KEY, "ticket", bad)
    with pytest.raises(Denied):
        open_signed(KEY, "resume", token)
    with pytest.raises(Denied):
        open_signed(KEY[::-1], "ticket", token)
