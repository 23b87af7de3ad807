from __future__ import annotations

import pickle
import resource
import subprocess
import sys

import pytest
import structlog

from services.vault import memory
from services.vault.memory import Secret
from tests.conftest import ROOT


def test_a_secret_takes_over_what_it_is_given_and_is_zeroed():
    given = bytearray(b"k" * 32)
    secret = Secret(given)
    assert given == bytes(32)
    held = secret.content
    assert held == b"k" * 32
    secret.wipe()
    assert held == bytes(32)
    assert secret.content == b""
    secret.wipe()


def test_a_secret_is_neither_shown_nor_pickled():
    secret = Secret(b"k" * 32)
    assert "k" not in repr(secret)[1:].replace("Secret", "")
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_what_is_dropped_is_zeroed():
    secret = Secret(b"k" * 32)
    held = secret.content
    del secret
    assert held == bytes(32)


def test_where_memory_may_not_be_locked_the_log_says_so(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (65536, 65536))
    monkeypatch.setattr(memory, "_may_lock", lambda: False)
    with structlog.testing.capture_logs() as lines:
        assert memory.lock_memory() is False
    assert [(line["event"], line["limit_kib"]) for line in lines] == [("memory_not_locked", 64)]


def test_a_process_that_forbids_dumps_has_none_and_cannot_be_looked_into():
    script = """
import ctypes, resource
from services.vault.memory import forbid_dumps, lock_memory
forbid_dumps()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
lock_memory()
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "(0, 0) 0"
