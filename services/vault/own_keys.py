"""Raw keys that the vault uses itself and lends to nobody: its own, and those of a conversation it shows values of."""

from __future__ import annotations

from appliance.errors import Unknown
from appliance.privacy.sealing import ConversationKeys
from appliance.privacy.vault import OWN
from services.vault.keeper import RootKeeper
from services.vault.store import Holder, KeyStore


def raw_keys(keeper: RootKeeper, store: KeyStore, name: str) -> ConversationKeys:
    """Raises Unknown where there are none, or none any more; Unavailable while the vault is sealed. Blocks."""
    root = keeper.root
    wrapped = [one for one in store.find_of(Holder(name)) if one.key == "raw"]
    if not wrapped:
        raise Unknown("There are no keys of this conversation.")
    if any(not root.knows(one.root_generation) for one in wrapped):
        keeper.reload()
        root = keeper.root
    return ConversationKeys(name, {"raw": {one.generation: root.unwrap(one) for one in wrapped}})


class OwnKeys:
    """Under these stands the record of who may see values."""

    def __init__(self, keeper: RootKeeper, store: KeyStore) -> None:
        self._keeper, self._store = keeper, store

    def find(self) -> ConversationKeys | None:
        """None where nobody was ever enrolled. Raises Unavailable while the vault is sealed."""
        _ = self._keeper.root
        return raw_keys(self._keeper, self._store, OWN) if self._store.find_of(Holder(OWN)) else None

    def make(self) -> ConversationKeys:
        """Those that there are, else new ones."""
        root, holder = self._keeper.root, Holder(OWN)
        if not self._store.find_of(holder):
            self._store.create_of(root, holder)
        return raw_keys(self._keeper, self._store, OWN)
