from __future__ import annotations

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from appliance.errors import Invalid
from appliance.privacy.vault import RootKey, read_generations
from services.vault.store import START, Holder, KeyStore, open_root_key


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


PERSON = "ab" * 16


def rotated(tmp_path) -> RootKey:
    first = read_generations((tmp_path / "root.key").read_text())[1]
    return RootKey({1: first, 2: os.urandom(32)})


def test_all_keys_are_wrapped_anew_a_few_at_a_time_and_stay_what_they_were(tmp_path):
    root = open_root_key(tmp_path / "root.key")
    store = KeyStore(tmp_path / "keys.sqlite")
    before = {(key.conversation, key.key): root.unwrap(key) for n in range(5) for key in store.create(root, f"c{n}")}
    store.create_of(root, Holder(PERSON, person=True))
    new = rotated(tmp_path)
    after, counts = START, []
    while after is not None:
        done = store.rewrap(new, after, limit=3)
        counts.append(done.count)
        after = done.last
    assert sum(counts) == 11
    assert max(counts) == 3
    assert store.count_keys() == {2: 11}
    for key in store.page():
        assert new.unwrap(key) == before.get((key.conversation, key.key), new.unwrap(key))
    assert store.rewrap(new).count == 0


def test_a_damaged_key_is_named_and_keeps_no_other_from_being_wrapped_anew(tmp_path):
    root = open_root_key(tmp_path / "root.key")
    store = KeyStore(tmp_path / "keys.sqlite")
    for name in ("c1", "c2"):
        store.create(root, name)
    with sqlite3.connect(tmp_path / "keys.sqlite") as database:
        database.execute("UPDATE wrapped_keys SET wrapped = zeroblob(60) WHERE conversation = 'c1' AND key = 'raw'")
    done = store.rewrap(rotated(tmp_path))
    assert (done.count, done.damaged, done.last) == (3, (("c1", "raw", 1),), None)
    assert store.count_keys() == {1: 1, 2: 3}


def test_keys_that_are_erased_are_in_no_file_any_more_and_nobody_makes_new_ones(tmp_path):
    root = open_root_key(tmp_path / "root.key")
    store = KeyStore(tmp_path / "keys.sqlite")
    wrapped = [key.wrapped for name in ("c1", "c2") for key in store.create(root, name)]
    person = store.create_of(root, Holder(PERSON, person=True))
    assert store.erase([Holder("c1"), Holder(PERSON, person=True), Holder("c9")]) == 3
    assert store.erase([Holder("c1")]) == 0
    content = b"".join(file.read_bytes() for file in tmp_path.glob("keys.sqlite*"))
    assert not any(one in content for one in (*wrapped[:2], person[0].wrapped))
    assert all(one in content for one in wrapped[2:])
    assert store.create(root, "c1") == ()
    assert store.create_of(root, Holder(PERSON, person=True)) == ()
    assert {holder for holder, _ in store.erased()} == {Holder("c1"), Holder("c9"), Holder(PERSON, person=True)}


def test_a_person_and_a_conversation_of_one_name_have_nothing_to_do_with_each_other(tmp_path):
    root = open_root_key(tmp_path / "root.key")
    store = KeyStore(tmp_path / "keys.sqlite")
    store.create(root, PERSON)
    store.create_of(root, Holder(PERSON, person=True))
    assert {key.key for key in store.find(PERSON)} == {"redacted", "raw"}
    store.erase([Holder(PERSON)])
    assert [key.key for key in store.find_of(Holder(PERSON, person=True))] == ["person"]


def test_what_dialogue_worked_on_lately_is_known_for_its_time(tmp_path):
    root = open_root_key(tmp_path / "root.key")
    store = KeyStore(tmp_path / "keys.sqlite")
    store.create(root, "c1")
    assert store.worked_on_lately("c1", 7)
    assert not store.worked_on_lately("c2", 7)
    with sqlite3.connect(tmp_path / "keys.sqlite") as database:
        database.execute("UPDATE worked_on SET at = at - 10 * 86400")
    assert not store.worked_on_lately("c1", 7)
    assert store.worked_on_lately("c1", 30)
    store.note_work("c1")
    assert store.worked_on_lately("c1", 7)
