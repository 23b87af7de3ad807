"""A TPM and a token as software, for tests that skip where the programs are absent."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import free_port

SOFTHSM = next(
    (
        place
        for place in (
            Path("/usr/lib/softhsm/libsofthsm2.so"),
            Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
            Path("/usr/lib64/pkcs11/libsofthsm2.so"),
            Path("/usr/lib64/softhsm/libsofthsm2.so"),
        )
        if place.exists()
    ),
    None,
)


@pytest.fixture
def tcti(tmp_path: Path) -> Iterator[str]:
    """A TPM 2.0 of the test's own, as tpm2-tools reach it."""
    for program, package in (("swtpm", "swtpm"), ("tpm2_unseal", "tpm2-tools")):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (package {package})")
    state = tmp_path / "tpm"
    state.mkdir()
    for _ in range(20):
        port = free_port()
        server, control = f"type=tcp,port={port},disconnect=no", f"type=tcp,port={port + 1}"
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--server", server, "--ctrl", control]
        process = subprocess.Popen(
            [*command, "--flags", "not-need-init,startup-clear"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        tcti = f"swtpm:host=127.0.0.1,port={port}"
        if _answers(process, tcti):
            break
    else:
        raise TimeoutError("swtpm did not start")
    yield tcti
    process.kill()
    process.wait(5)


def _answers(process: subprocess.Popen[bytes], tcti: str) -> bool:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        asked = subprocess.run(
            ["tpm2_getcap", "-T", tcti, "properties-fixed"], capture_output=True, check=False, timeout=20
        )
        if asked.returncode == 0:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Iterator[str]]:
    """The module of a software token, and labels of fresh tokens. It finds its tokens once a process, when loaded."""
    if SOFTHSM is None or shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2-util is not installed (package softhsm2)")
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed (extra pkcs11)")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(config)
    labels = [f"b2t-{number}" for number in range(8)]
    for label in labels:
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "5678"]
        subprocess.run(command, check=True, capture_output=True)
    return SOFTHSM, iter(labels)


@pytest.fixture
def softhsm(tokens: tuple[Path, Iterator[str]]) -> Path:
    return tokens[0]


@pytest.fixture
def token(tokens: tuple[Path, Iterator[str]]) -> str:
    """A fresh token's label; its PIN is 1234."""
    return next(tokens[1])
