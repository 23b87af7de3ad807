"""PCI DSS 4.0.1, 8.3.6, and nothing of a password in a message."""

from __future__ import annotations

import pytest

from appliance.access.passwords import check_password
from appliance.errors import Invalid


@pytest.mark.parametrize("password", ["correct horse 7", "abcdefghijk1", "пароль-из-букв-1", "x" * 251 + "abcd1"])
def test_good_ones(password: str) -> None:
    check_password(password, "admin")


@pytest.mark.parametrize(
    "password",
    ["", "abcdefghij1", "abcdefghijkl", "123456789012", "aaaaaaaaaaa1", "MyAdmin12345678", "a1" * 129],
)
def test_bad_ones(password: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_password(password, "admin")
    assert not password or password not in caught.value.title
