"""A TPM 2.0 through tpm2-tools: seals 32 bytes so that only this machine's TPM, in this state, gives them back.

Under the storage hierarchy's own primary key (nothing is made persistent in the TPM); values cross to the TPM in a
session whose parameters are encrypted to it. Each program of tpm2-tools runs by itself, so that no native binding is
built into the vault. Blobs may lie anywhere: without the TPM they are noise.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import Denied, Invalid, Unavailable

PROGRAMS = (
    "tpm2_createprimary",
    "tpm2_create",
    "tpm2_load",
    "tpm2_unseal",
    "tpm2_createpolicy",
    "tpm2_policypcr",
    "tpm2_startauthsession",
    "tpm2_sessionconfig",
    "tpm2_flushcontext",
)
WAIT_S = 20.0
_PCRS = re.compile(r"sha(256|384|512):[0-9]{1,2}(,[0-9]{1,2})*")
_DENIED = ("0x99D", "0x98E", "0x921", "0x1C4", "0x1DF", "policy check failed")
"""The TPM's own codes for: policy not met, authorisation failed, locked out, a blob that is not its own."""


@dataclass(frozen=True, slots=True)
class TpmBlob:
    """A sealed object's public and (encrypted) private part, and the registers it is bound to, as `sha256:7`."""

    public: bytes
    private: bytes
    pcrs: str


class Tpm:
    """`tcti`: how it is reached, as tpm2-tools spell it: `device:/dev/tpmrm0`, `swtpm:host=127.0.0.1,port=2321`."""

    def __init__(self, tcti: str) -> None:
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            raise Unavailable(f"A root key in a TPM needs tpm2-tools: {missing[0]} is not installed.")
        self._tcti = tcti

    def seal(self, secret: bytes, pcrs: str = "") -> TpmBlob:
        """Blocks for about a second. `pcrs`: empty binds to this TPM alone. Raises Unavailable, Invalid."""
        if pcrs and not _PCRS.fullmatch(pcrs):
            raise Invalid("TPM registers are written as sha256:7 or sha256:0,2,7.")
        with self._folder() as folder:
            bound = "fixedtpm|fixedparent|noda" + ("" if pcrs else "|userwithauth")
            arguments = ["-C", "primary", "-i", "-", "-a", bound, "-u", "public", "-r", "private"]
            if pcrs:
                self._call(folder, "tpm2_createpolicy", "--policy-pcr", "-l", pcrs, "-L", "policy")
                self._flush(folder)
                arguments += ["-L", "policy"]
            self._call(folder, "tpm2_create", *arguments, secret=secret)
            self._flush(folder)
            return TpmBlob((folder / "public").read_bytes(), (folder / "private").read_bytes(), pcrs)

    def unseal(self, blob: TpmBlob) -> bytes:
        """Raises Denied where this TPM, or its state, is not what it was sealed for; Unavailable without one."""
        with self._folder() as folder:
            (folder / "public").write_bytes(blob.public)
            (folder / "private").write_bytes(blob.private)
            self._call(folder, "tpm2_load", "-C", "primary", "-u", "public", "-r", "private", "-c", "object")
            self._flush(folder)
            kind = "--policy-session" if blob.pcrs else "--hmac-session"
            self._call(folder, "tpm2_startauthsession", kind, "--tpmkey-context", "primary", "-S", "session")
            try:
                self._call(folder, "tpm2_sessionconfig", "session", "--enable-encrypt")
                if blob.pcrs:
                    self._call(folder, "tpm2_policypcr", "-S", "session", "-l", blob.pcrs)
                return self._call(folder, "tpm2_unseal", "-c", "object", "-p", "session:session")
            finally:
                self._call(folder, "tpm2_flushcontext", "session", must=False)
                self._call(folder, "tpm2_flushcontext", "-l", must=False)  # one that was refused is not in the file
                self._flush(folder)

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Where the programs hand contexts to one another (encrypted by the TPM); with a primary key in it."""
        with tempfile.TemporaryDirectory(prefix="b2t-tpm-") as name:
            folder = Path(name)
            self._call(folder, "tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", "primary")
            self._flush(folder)
            yield folder

    def _flush(self, folder: Path) -> None:
        """A TPM without a resource manager has room for three objects."""
        self._call(folder, "tpm2_flushcontext", "-t", must=False)

    def _call(
        self, folder: Path, program: str, *arguments: str, secret: bytes | None = None, must: bool = True
    ) -> bytes:
        quiet = (
            []
            if program in ("tpm2_unseal", "tpm2_flushcontext", "tpm2_startauthsession", "tpm2_sessionconfig")
            else ["-Q"]
        )
        path = shutil.which(program)
        if path is None:
            raise Unavailable(f"A root key in a TPM needs tpm2-tools: {program} is not installed.")
        try:
            done = subprocess.run(  # noqa: S603
                [path, *quiet, "-T", self._tcti, *arguments],
                cwd=folder,
                input=secret if secret is not None else b"",
                capture_output=True,
                timeout=WAIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable("The TPM does not answer.") from None
        if done.returncode != 0 and must:
            said = done.stderr.decode("utf-8", "replace")
            if any(code in said for code in _DENIED):
                raise Denied("The TPM does not give the key out: it is another one, or in another state than then.")
            raise Unavailable(f"The TPM does not answer ({program}).")
        return done.stdout
