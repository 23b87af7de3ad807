"""Where root keys come from: each source gives the generations it has and, where it can, makes one more durably."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from appliance.adapters.pkcs11 import Token
from appliance.config import Paths, RootKind, VaultConfig
from appliance.errors import Denied, Invalid, Unavailable
from appliance.privacy.sealing import KEY_BYTES
from appliance.privacy.vault import RootCipher, RootKey, new_root_file, read_generations, root_line
from services.vault import sealed_root
from services.vault.files import changing, create_secret, read_secret, write_secret
from services.vault.memory import Secret

PIN_CREDENTIAL = "b2t-pkcs11-pin"
Generations = Mapping[int, bytes | RootCipher]


class RootSource(Protocol):
    def open(self) -> Generations:
        """What there is; nothing at all before the first `add`. Blocks."""
        ...

    def add(self, generation: int) -> None:
        """Make a new root key of this number, durably. Raises Denied where it is made elsewhere."""
        ...


class FileRoot:
    """`secrets/root.key`, 0600, a line a generation."""

    def __init__(self, file: Path) -> None:
        self._file = file.resolve()  # where it is a link, what it leads to is rotated, not the link

    def open(self) -> Generations:
        return _read(read_secret(self._file)) if self._file.exists() else {}

    def add(self, generation: int) -> None:
        line = root_line(generation, os.urandom(KEY_BYTES)).encode("ascii")
        if not self._file.exists():
            create_secret(self._file, line)
            return
        before = read_secret(self._file)
        if generation not in _read(before):
            write_secret(self._file, before.rstrip(b"\n") + b"\n" + line)


class CredentialRoot:
    """A systemd credential (`LoadCredential=`, `LoadCredentialEncrypted=`): the lines of a root key file."""

    def __init__(self, name: str) -> None:
        self._name = name

    def open(self) -> Generations:
        return _read(read_credential(self._name))

    def add(self, generation: int) -> None:
        raise Denied(
            f"The root key is the credential {self._name}: add the line that `b2t vault root-line {generation}` "
            "prints to it and start the vault again."
        )


class TokenRoot:
    """Keys in a PKCS#11 token, which do not leave it."""

    def __init__(self, config: VaultConfig, paths: Paths) -> None:
        if config.pkcs11_module is None:
            raise Invalid("vault.pkcs11_module has to name the token's library.")
        pin_file = paths.secrets / "pkcs11.pin"
        raw = read_secret(pin_file) if pin_file.exists() else read_credential(PIN_CREDENTIAL)
        self._token = Token(config.pkcs11_module, config.pkcs11_token, raw.decode("utf-8").strip())

    def open(self) -> Generations:
        self._token.reload()
        return {number: self._token.cipher(number) for number in self._token.generations}

    def add(self, generation: int) -> None:
        self._token.reload()
        if generation not in self._token.generations:
            self._token.add(generation)


class UnlockedRoot:
    """`secrets/root.sealed`, opened with the unlocking key, which is kept for the generations to come."""

    def __init__(self, file: Path, unlocking: Secret) -> None:
        self._file = file
        self.unlocking = unlocking

    def open(self) -> Generations:
        sealed = sealed_root.read(self._file)
        return {} if sealed is None else dict(sealed.open(self.unlocking.content))

    def add(self, generation: int) -> None:
        fresh = {generation: os.urandom(KEY_BYTES)}
        made = sealed_root.seal(self.unlocking.content, fresh)
        before = sealed_root.read(self._file)
        if before is None:
            sealed_root.write(self._file, made)
        elif generation not in before.generations:
            before.open(self.unlocking.content)
            before.generations.update(made.generations)
            sealed_root.write(self._file, before)


def plain_source(kind: RootKind, config: VaultConfig, paths: Paths) -> RootSource:
    """A source that needs nobody to unlock it."""
    if kind == "file":
        return FileRoot(paths.root_key)
    if kind == "credential":
        return CredentialRoot(config.credential)
    if kind == "pkcs11":
        return TokenRoot(config, paths)
    raise Invalid(f"A root key of the kind {kind} has to be unlocked first.")


def read_credential(name: str) -> bytes:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise Unavailable("There are no systemd credentials: $CREDENTIALS_DIRECTORY is not set.")
    file = Path(folder) / name
    if not file.is_file():
        raise Unavailable(f"There is no systemd credential {name}.")
    return file.read_bytes()


def open_root_key(file: Path) -> RootKey:
    """The root key in a file, made at first start: the file appears whole (0600) or not at all."""
    if not file.exists():
        create_secret(file, new_root_file().encode("ascii"))
    return RootKey(_read(read_secret(file)))


def open_with_first(source: RootSource, others: Generations, secrets: Path) -> dict[int, bytes | RootCipher]:
    """Everything there is; a source with nothing yet gets its first generation, above all that came before."""
    found = dict(source.open())
    if not found:
        with changing(secrets):
            found = dict(source.open())
            if not found:
                source.add(max(others, default=0) + 1)
                found = dict(source.open())
    both = set(found) & set(others)
    if both or max(found) < max(others, default=0):
        raise Invalid("The root key's generations are numbered twice, or an earlier place has the newest one.")
    return {**others, **found}


def _read(content: bytes) -> dict[int, bytes]:
    try:
        return read_generations(content.decode("ascii"))
    except UnicodeDecodeError:
        raise Invalid("the root key has a line that is not a number and 32 bytes of base64") from None
