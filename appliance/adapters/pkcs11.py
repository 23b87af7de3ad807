"""Root keys in a PKCS#11 token by python-pkcs11: made there, never to be had out of it. The only file that imports it.

A generation is an AES-256 key named `b2t root <n>`, sensitive and not extractable; the token itself wraps and unwraps
(CKM_AES_GCM with our nonce and associated data), so what is stored is the same as under a root key in a file.
"""

from __future__ import annotations

import importlib
import os
import re
import threading
from pathlib import Path
from typing import Any

from appliance.errors import Invalid, Tampered, Unavailable

LABEL = "b2t root"
TAG_BITS = 128
_LABELLED = re.compile(rf"{LABEL} ([1-9][0-9]{{0,5}})")


class Token:
    """One session with a token, opened anew where it was lost. Methods block; calls wait for one another."""

    def __init__(self, module: Path, label: str, pin: str) -> None:
        try:
            self._pkcs11: Any = importlib.import_module("pkcs11")
        except ImportError:
            raise Unavailable(
                "A PKCS#11 root key needs the package python-pkcs11: install b2t-voice[pkcs11]."
            ) from None
        self._module, self._label, self._pin = module, label, pin
        self._lock = threading.Lock()
        self._session: Any = None
        self._keys: dict[int, Any] = {}
        self._open()

    @property
    def generations(self) -> tuple[int, ...]:
        return tuple(sorted(self._keys))

    def add(self, generation: int) -> None:
        """Make a key in the token. Raises Unavailable; Invalid where there is one of that number."""
        if generation in self._keys:
            raise Invalid("The token has a root key of this number.")
        flags, names = self._pkcs11.MechanismFlag, self._pkcs11.Attribute
        with self._lock:
            try:
                self._keys[generation] = self._session.generate_key(
                    self._pkcs11.KeyType.AES,
                    256,
                    label=f"{LABEL} {generation}",
                    store=True,
                    capabilities=flags.ENCRYPT | flags.DECRYPT,
                    template={names.SENSITIVE: True, names.EXTRACTABLE: False, names.MODIFIABLE: False},
                )
            except self._pkcs11.PKCS11Error:
                raise Unavailable("The token makes no key now.") from None

    def reload(self) -> None:
        """Look for keys that another copy of the vault has made."""
        with self._lock:
            self._find()

    def cipher(self, generation: int) -> TokenCipher:
        return TokenCipher(self, generation)

    def crypt(self, generation: int, nonce: bytes, data: bytes, bound: bytes, *, encrypt: bool) -> bytes:
        """Raises Tampered for what this key did not write, Unavailable where the token does not answer."""
        with self._lock:
            try:
                return self._crypt(generation, nonce, data, bound, encrypt)
            except self._pkcs11.PKCS11Error:
                pass
            # Tokens tell a wrong tag and a lost session by all kinds of codes: whether it still works is what tells.
            if not self._works(generation):
                self._open()
                try:
                    return self._crypt(generation, nonce, data, bound, encrypt)
                except self._pkcs11.PKCS11Error:
                    if not self._works(generation):
                        raise Unavailable("The token does not answer.") from None
            raise Tampered("a wrapped key is not what was written")

    def close(self) -> None:
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _crypt(self, generation: int, nonce: bytes, data: bytes, bound: bytes, encrypt: bool) -> bytes:
        key = self._keys[generation]
        parameters = {
            "mechanism": self._pkcs11.Mechanism.AES_GCM,
            "mechanism_param": self._pkcs11.GCMParams(nonce, bound, TAG_BITS),
        }
        done: bytes = (key.encrypt if encrypt else key.decrypt)(data, **parameters)
        return done

    def _works(self, generation: int) -> bool:
        probe, nonce = b"b2t", os.urandom(12)
        try:
            sealed = self._crypt(generation, nonce, probe, b"b2t token probe", True)
            return self._crypt(generation, nonce, sealed, b"b2t token probe", False) == probe
        except (self._pkcs11.PKCS11Error, KeyError):
            return False

    def _open(self) -> None:
        wrong = (self._pkcs11.PinIncorrect, self._pkcs11.PinLocked, self._pkcs11.PinLenRange)
        try:
            library = self._pkcs11.lib(str(self._module))
            token = library.get_token(token_label=self._label)
            try:
                self._session = token.open(user_pin=self._pin, rw=True)
            except self._pkcs11.UserAlreadyLoggedIn:  # a process signs in once, for all of its sessions
                self._session = token.open(rw=True)
            self._find()
        except self._pkcs11.NoSuchToken:
            raise Invalid(f"There is no token named {self._label} behind {self._module.name}.") from None
        except wrong:
            raise Invalid("The token refuses its PIN.") from None
        except (self._pkcs11.PKCS11Error, RuntimeError):
            raise Unavailable(f"The token behind {self._module.name} does not answer.") from None

    def _find(self) -> None:
        names = self._pkcs11.Attribute
        wanted = {names.CLASS: self._pkcs11.ObjectClass.SECRET_KEY}
        found: dict[int, Any] = {}
        for key in self._session.get_objects(wanted):
            numbered = _LABELLED.fullmatch(key.label or "")
            if numbered is None:
                continue
            number = int(numbered[1])
            if number in found:
                raise Invalid("The token has two root keys of one number.")
            if key[names.EXTRACTABLE] or not key[names.SENSITIVE]:
                raise Invalid("A root key in the token can be taken out of it; it is not used.")
            found[number] = key
        self._keys = found


class TokenCipher:
    """One generation, as `appliance.privacy.vault.RootCipher`."""

    __slots__ = ("_generation", "_token")

    def __init__(self, token: Token, generation: int) -> None:
        self._token, self._generation = token, generation

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        return self._token.crypt(self._generation, nonce, data, associated_data or b"", encrypt=True)

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        return self._token.crypt(self._generation, nonce, data, associated_data or b"", encrypt=False)
