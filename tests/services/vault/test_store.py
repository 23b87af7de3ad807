from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from appliance.errors import Invalid
from services.vault.store import KeyStore, open_root_key


def test_the_root_key_is_made_once_and_for_its_owner_only(tmp_path):
    file = tmp_path / "secrets" / "root.key"
    wrapped = open_root_key(file).make("c1", "raw")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_root_key(file).unwrap(wrapped)
    assert os.listdir(file.parent) == ["root.key"]


def test_copies_that_start_at_once_agree_on_one_root_key(tmp_path):
    file = tmp_path / "root.key"
    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(open_root_key, [file] * 4))
    wrapped = keys[0].make("c1", "raw")
    assert len({key.unwrap(wrapped) for key in keys}) == 1


def test_a_root_key_others_can_read_is_refused(tmp_path):
    file = tmp_path / "root.key"
    open_root_key(file)
    file.chmod(0o640)
    with pytest.raises(Invalid, match="0600"):
        open_root_key(file)


def test_keys_outlive_the_process(tmp_path):
    root = open_root_key(tmp_path / "root.key")
    store = KeyStore(tmp_path / "keys.sqlite")
    assert store.find("c1") == ()
    made = store.create(root, "c1")
    assert {key.key for key in made} == {"redacted", "raw"}
    assert set(store.find("c1")) == set(made)
    store.close()
    assert set(KeyStore(tmp_path / "keys.sqlite").find("c1")) == set(made)


def test_two_copies_that_make_keys_at_once_end_with_the_same(tmp_path):
    root = open_root_key(tmp_path / "root.key")
    one, two = KeyStore(tmp_path / "keys.sqlite"), KeyStore(tmp_path / "keys.sqlite")
    assert set(one.create(root, "c1")) == set(two.create(root, "c1"))
    assert one.count() == 1


def test_nothing_in_the_files_unwraps_without_the_root_key(tmp_path):
    root = open_root_key(tmp_path / "root.key")
    store = KeyStore(tmp_path / "keys.sqlite")
    materials = [root.unwrap(key) for key in store.create(root, "c1")]
    for file in tmp_path.glob("keys.sqlite*"):
        assert not any(material in file.read_bytes() for material in materials)
