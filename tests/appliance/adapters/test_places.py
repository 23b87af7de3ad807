from __future__ import annotations

import re
import stat

import pytest

from appliance.adapters.audit_room import check_room
from appliance.adapters.places import Places
from appliance.errors import Unavailable


def test_a_place_has_one_name_and_it_is_not_its_address(tmp_path) -> None:
    file = tmp_path / "secrets" / "places.key"
    name = Places(file).name("192.0.2.7")
    assert re.fullmatch(r"h:[0-9a-f]{32}", name)
    assert Places(file).name("192.0.2.7") == name
    assert Places(file).name("192.0.2.8") != name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["places.key"]
    file.unlink()
    assert Places(file).name("192.0.2.7") != name


def test_a_damaged_key_is_told(tmp_path) -> None:
    (tmp_path / "places.key").write_bytes(b"short")
    with pytest.raises(Unavailable):
        Places(tmp_path / "places.key").name("192.0.2.7")


def test_below_the_reserve_there_is_no_room(tmp_path) -> None:
    check_room(tmp_path / "not" / "there" / "yet", 0)
    with pytest.raises(Unavailable, match="reserve"):
        check_room(tmp_path, 1 << 40)
