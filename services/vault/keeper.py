"""Who holds the root key while the vault runs: sealed, waiting for its first shares, or open. Methods block."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import Literal

import structlog

from appliance.adapters import shamir
from appliance.adapters.tpm import Tpm
from appliance.config import Paths, RootKind, VaultConfig
from appliance.errors import Conflict, Denied, Invalid, Tampered, Unavailable
from appliance.privacy.sealing import KEY_BYTES
from appliance.privacy.vault import RootCipher, RootKey
from services.vault import sealed_root
from services.vault.files import changing
from services.vault.memory import Secret
from services.vault.roots import RootSource, UnlockedRoot, open_with_first, plain_source

log = structlog.get_logger(__name__)

State = Literal["open", "sealed", "new"]
"""`new`: a root key by shares that nobody has made yet."""
APPROVED_S = 600.0
"""So long after enough people have approved may new shares be made, once."""
UNLOCKED: tuple[RootKind, ...] = ("tpm", "shares")


@dataclass(frozen=True, slots=True)
class Given:
    """Shares given so far, of those that are needed."""

    given: int
    needed: int


@dataclass(frozen=True, slots=True, repr=False)
class _Pending:
    """Shares that were handed out and are not in force yet."""

    unlocking: Secret
    sealed: sealed_root.SealedRoot


class RootKeeper:
    def __init__(self, config: VaultConfig, paths: Paths) -> None:
        self._config, self._paths = config, paths
        self._changing = threading.Lock()
        self._root: RootKey | None = None
        self._source: RootSource | None = None
        self._shares: dict[int, shamir.Share] = {}
        self._pending: _Pending | None = None
        self._approved_until = 0.0

    # ---- what there is -----------------------------------------------------------------------------------------

    @property
    def kind(self) -> RootKind:
        return self._config.root_key

    @property
    def state(self) -> State:
        if self._root is not None:
            return "open"
        return "sealed" if self._paths.sealed_root.exists() else "new"

    @property
    def root(self) -> RootKey:
        """Raises Unavailable while the vault is sealed."""
        if self._root is None:
            raise Unavailable("The vault is sealed.")
        return self._root

    @property
    def in_token(self) -> bool:
        """Whether using the root key waits for a token."""
        return "pkcs11" in (self._config.root_key, *self._config.root_key_before)

    @property
    def progress(self) -> Given:
        sealed = sealed_root.read(self._paths.sealed_root)
        needed = sealed.shares.needed if sealed is not None and sealed.shares is not None else 0
        return Given(len(self._shares), needed)

    # ---- opening -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open what opens by itself. Raises Unavailable or Invalid where it should and does not."""
        if self.kind in UNLOCKED:
            self._start_locked()
        else:
            self._open(plain_source(self.kind, self._config, self._paths))

    def _start_locked(self) -> None:
        sealed = sealed_root.read(self._paths.sealed_root)
        if sealed is None and self.kind == "tpm":
            with changing(self._paths.secrets):
                sealed = sealed_root.read(self._paths.sealed_root) or self._make_for_tpm()
        if sealed is None:
            if self._config.root_key_before:
                self._open_before()  # until there are shares, the earlier place is the place
            return
        if self.kind == "tpm" and sealed.blob is not None:
            try:
                self._unlock(Secret(bytearray(Tpm(self._config.tpm).unseal(sealed.blob))))
            except (Denied, Tampered) as error:
                if sealed.shares is None:
                    raise
                log.error("tpm_refused", title=error.title)

    def _make_for_tpm(self) -> sealed_root.SealedRoot:
        unlocking = Secret(bytearray(os.urandom(KEY_BYTES)))
        blob = Tpm(self._config.tpm).seal(bytes(unlocking.content), self._config.tpm_registers)
        first = max(self._before(), default=0) + 1
        sealed = sealed_root.seal(unlocking.content, {first: os.urandom(KEY_BYTES)}).with_blob(blob)
        sealed_root.write(self._paths.sealed_root, sealed)
        return sealed

    def _unlock(self, unlocking: Secret) -> None:
        self._open(UnlockedRoot(self._paths.sealed_root, unlocking))

    def _open(self, source: RootSource) -> None:
        generations = open_with_first(source, self._before(), self._paths.secrets)
        self._root, self._source = RootKey(generations), source
        self._forget_shares()

    def _open_before(self) -> None:
        self._root, self._source = RootKey(self._before()), None

    def _before(self) -> dict[int, bytes | RootCipher]:
        found: dict[int, bytes | RootCipher] = {}
        for kind in self._config.root_key_before:
            if kind in UNLOCKED or kind == self.kind:
                raise Invalid("vault.root_key_before names other places than vault.root_key, that open by themselves.")
            found |= plain_source(kind, self._config, self._paths).open()
        return found

    def reload(self) -> None:
        """Look again: another copy of the vault may have rotated."""
        with self._changing:
            if self._source is not None:
                self._root = RootKey({**self._before(), **self._source.open()})

    def give(self, words: str) -> Given:
        """One share more. With the last that is needed the vault opens. Raises Invalid, Conflict, Denied."""
        with self._changing:
            if self.state != "sealed":
                raise Conflict("The vault is not sealed.")
            given = self._collect(words)
            if given.given >= given.needed:
                self._unlock_with_shares()
            return given

    def approve(self, words: str) -> Given:
        """One share more for that new shares may be made. Raises Invalid, Conflict, Denied."""
        with self._changing:
            if self.state != "open":
                raise Conflict("The vault is not open.")
            given = self._collect(words)
            if given.given >= given.needed:
                try:
                    unlocking = Secret(bytearray(shamir.combine(list(self._shares.values()))))
                    self._in_force().open(unlocking.content)
                except (Invalid, Tampered):
                    raise Invalid("These shares do not belong together; all have to be given again.") from None
                finally:
                    self._forget_shares()
                self._approved_until = time.monotonic() + APPROVED_S
            return given

    def _collect(self, words: str) -> Given:
        in_force = self._in_force().shares
        assert in_force is not None
        share = shamir.read(words)
        if (share.split, share.needed) != (in_force.split, in_force.needed):
            raise Invalid("This share is not of the set that is in force.")
        self._shares[share.index] = share
        return Given(len(self._shares), in_force.needed)

    def _in_force(self) -> sealed_root.SealedRoot:
        sealed = sealed_root.read(self._paths.sealed_root)
        if sealed is None or sealed.shares is None or self.kind not in UNLOCKED:
            raise Denied("This root key was never split into shares.")
        return sealed

    def _unlock_with_shares(self) -> None:
        try:
            unlocking = Secret(bytearray(shamir.combine(list(self._shares.values()))))
            self._unlock(unlocking)
        except (Invalid, Tampered):
            raise Invalid("These shares do not belong together; all have to be given again.") from None
        finally:
            self._forget_shares()
        if self.kind == "tpm":
            self._bind_to_tpm(unlocking)

    def _bind_to_tpm(self, unlocking: Secret) -> None:
        """After shares had to help: this TPM, in the state it is in now, unlocks from now on."""
        with changing(self._paths.secrets):
            sealed = sealed_root.read(self._paths.sealed_root)
            assert sealed is not None
            try:
                blob = Tpm(self._config.tpm).seal(bytes(unlocking.content), self._config.tpm_registers)
            except Unavailable as error:
                log.error("tpm_not_bound", title=error.title)
                return
            sealed_root.write(self._paths.sealed_root, sealed.with_blob(blob))

    def _forget_shares(self) -> None:
        self._shares.clear()

    def seal(self) -> None:
        """Drop the root key. Raises Denied where nobody could open it again."""
        with self._changing:
            sealed = sealed_root.read(self._paths.sealed_root)
            if self.kind not in UNLOCKED or sealed is None or sealed.shares is None:
                raise Denied("Only a vault that shares can open is sealed while it runs.")
            if isinstance(self._source, UnlockedRoot):
                self._source.unlocking.wipe()
            self._root, self._source = None, None
            self._forget_shares()
            self._withdraw()

    def withdraw(self) -> None:
        """What was approved and made is not in force and never will be: all of it has to be given anew."""
        with self._changing:
            if self.state == "open":
                self._forget_shares()
            self._withdraw()

    def _withdraw(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.unlocking.wipe()
        self._approved_until = 0.0

    # ---- changing ----------------------------------------------------------------------------------------------

    def rotate(self) -> int:
        """A new generation, durable and in use; its number. Raises Denied, Unavailable."""
        with self._changing, changing(self._paths.secrets):
            if self._source is None:
                raise Unavailable("The vault is sealed, or its shares are not made yet.")
            before = {**self._before(), **self._source.open()}
            generation = max(before) + 1
            self._source.add(generation)
            self._root = RootKey({**self._before(), **self._source.open()})
            return generation

    def split(self, needed: int, of: int) -> tuple[str, ...]:
        """New shares, not in force before `confirm`: those of now work until then. Raises Denied, Invalid."""
        with self._changing:
            if self.kind not in UNLOCKED:
                raise Denied("Shares unlock a root key of the kind tpm or shares; vault.root_key is neither.")
            if self.state == "sealed":
                raise Unavailable("The vault is sealed.")
            before = sealed_root.read(self._paths.sealed_root)
            if before is not None and before.shares is not None and time.monotonic() > self._approved_until:
                raise Denied("New shares need as many of those in force as open the vault: `b2t vault approve`.")
            self._approved_until = 0.0
            unlocking = Secret(bytearray(os.urandom(KEY_BYTES)))
            made = shamir.split(bytes(unlocking.content), needed, of)
            generations = self._materials()
            sealed = sealed_root.seal(unlocking.content, generations)
            split = sealed_root.Split(needed, of, made[0].split)
            self._pending = _Pending(unlocking, _with_split(sealed, split))
            return tuple(share.words for share in made)

    def confirm(self) -> int:
        """Put the shares of the last `split` in force; how many are needed. Raises Conflict, Unavailable."""
        with self._changing, changing(self._paths.secrets):
            if self.state == "sealed":
                raise Unavailable("The vault is sealed.")
            pending = self._pending
            if pending is None or pending.sealed.shares is None:
                raise Conflict("No shares wait for being confirmed.")
            try:
                self._check_whole(pending.sealed)
                sealed = pending.sealed
                if self.kind == "tpm":
                    tpm = Tpm(self._config.tpm)
                    sealed = sealed.with_blob(tpm.seal(bytes(pending.unlocking.content), self._config.tpm_registers))
            except BaseException:
                self._withdraw()
                raise
            self._pending = None
            sealed_root.write(self._paths.sealed_root, sealed)
            self._unlock(pending.unlocking)
            assert sealed.shares is not None
            return sealed.shares.needed

    def _check_whole(self, made: sealed_root.SealedRoot) -> None:
        """That nothing is lost by writing it. Raises Conflict."""
        used = set(self._root.generations) if self._root is not None else set[int]()
        written = set(made.generations)
        if not (set(self._materials()) <= written and used <= written | set(self._before())):
            raise Conflict("The root key was rotated meanwhile; make the shares anew.")

    def _materials(self) -> dict[int, bytes]:
        """What `root.sealed` holds, or a first generation for it. Raises Conflict where it is there but not opened."""
        sealed = sealed_root.read(self._paths.sealed_root)
        if isinstance(self._source, UnlockedRoot):
            assert sealed is not None
            return sealed.open(self._source.unlocking.content)
        if sealed is not None:
            raise Conflict("Another copy of the vault has made shares meanwhile: start this one again.")
        return {max(self._before(), default=0) + 1: os.urandom(KEY_BYTES)}


def _with_split(sealed: sealed_root.SealedRoot, split: sealed_root.Split) -> sealed_root.SealedRoot:
    return sealed_root.SealedRoot(sealed.unlock, sealed.generations, split)
