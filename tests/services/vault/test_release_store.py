"""The key store of every release there has been is read for ever; `release-1` was written by it and never changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from appliance.config import Paths, VaultConfig
from appliance.events import Sealed
from appliance.privacy.sealing import ConversationKeys
from services.vault.keeper import RootKeeper
from services.vault.store import Holder, KeyStore

RELEASES = sorted(Path(__file__).parent.glob("release-*"))


@pytest.fixture(params=RELEASES, ids=lambda folder: folder.name)
def release(request, tmp_path) -> tuple[RootKeeper, KeyStore, list[dict[str, str]]]:
    paths = Paths(tmp_path / "data")
    paths.secrets.mkdir(parents=True)
    paths.folder("vault").mkdir()
    shutil.copyfile(request.param / "root.key", paths.root_key)
    paths.root_key.chmod(0o600)
    shutil.copyfile(request.param / "keys.sqlite", paths.folder("vault") / "keys.sqlite")
    keeper = RootKeeper(VaultConfig(), paths)
    keeper.start()
    boxes = [json.loads(line) for line in (request.param / "sealed.jsonl").read_text().splitlines()]
    return keeper, KeyStore(paths.folder("vault") / "keys.sqlite"), boxes


def read_everything(keeper: RootKeeper, store: KeyStore, boxes: list[dict[str, str]]) -> None:
    for box in boxes:
        keys: dict = {}
        for wrapped in store.find(box["conversation"]):
            keys.setdefault(wrapped.key, {})[wrapped.generation] = keeper.root.unwrap(wrapped)
        ring = ConversationKeys(box["conversation"], keys)
        if "digest" in box:
            assert ring.digest(box["digest_of"]) == box["digest"]
        else:
            assert ring.unseal_text(box["place"], Sealed(box["key"], box["box"])) == box["text"]
            assert box["text"] not in repr(ring)


def test_it_is_read_as_it_was_written(release):
    read_everything(*release)


def test_it_is_read_after_its_root_key_was_rotated_and_its_keys_wrapped_anew(release):
    keeper, store, boxes = release
    keeper.rotate()
    read_everything(keeper, store, boxes)
    assert store.rewrap(keeper.root).count == 6
    assert store.count_keys() == {2: 6}
    read_everything(keeper, store, boxes)


def test_its_conversations_may_still_be_open_and_can_be_erased(release):
    keeper, store, _ = release
    assert store.worked_on_lately("c1", 7)
    assert store.erase([Holder("c1")]) == 2
    assert store.find("c1") == ()
    assert store.create(keeper.root, "c1") == ()
    assert len(store.find("c2")) == 2
