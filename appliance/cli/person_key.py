"""The key with which a person signs for seeing values: a file of theirs under a passphrase of theirs."""

from __future__ import annotations

import base64
import getpass
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from appliance.cli.new_file import new_file
from appliance.errors import Denied, Invalid

LEAST: Final = 12

Key = Annotated[
    Path, typer.Option("--key", envvar="B2T_PERSON_KEY", help="Your key, as `b2t rights unredact key` made it.")
]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="A file with its passphrase (0600); without it you are asked.")
]


def make_key(file: Path, passphrase: str) -> str:
    """A new key in a file that is not there yet (0600); its public half. Raises Invalid."""
    if len(passphrase) < LEAST:
        raise Invalid(f"A passphrase has at least {LEAST} characters.")
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    with new_file(file) as opened:
        opened.write(content)
    return public_text(key)


def read_key(file: Path, passphrase: str) -> Ed25519PrivateKey:
    """Raises Invalid for a file that is no such key, Denied for a wrong passphrase or a file that others can read."""
    try:
        if file.stat().st_mode & 0o077:
            raise Denied(f"{file} must be readable by its owner alone (mode 0600).")
        content = file.read_bytes()
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.") from None
    try:
        key = load_pem_private_key(content, passphrase.encode())
    except TypeError:
        raise Denied(f"{file} is under no passphrase.") from None
    except ValueError:
        raise Denied("The passphrase is wrong, or the file is no key.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(f"{file} is no Ed25519 key.")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")


def passphrase(file: Path | None, *, twice: bool = False) -> str:
    """From the file, else asked for where somebody sits at a terminal. Raises Invalid, Denied."""
    if file is not None:
        try:
            if file.stat().st_mode & 0o077:
                raise Denied(f"{file} must be readable by its owner alone (mode 0600).")
            return file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise Invalid(f"{file} cannot be read.") from None
    if not sys.stdin.isatty():
        raise Invalid("Nobody can be asked for the passphrase here: give --passphrase-file.")
    given = getpass.getpass("Passphrase: ")
    if twice and getpass.getpass("Again: ") != given:
        raise Invalid("These are two passphrases.")
    return given
