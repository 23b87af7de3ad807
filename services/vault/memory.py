"""Keys in memory: never in a core dump, never looked at by a debugger, kept from the disk where the system allows it.

What Python copies on its way (an integer, a string, the cipher's own schedule inside OpenSSL) cannot be wiped from
here; that is why the whole process is locked into memory and forbids dumps, and why it does nothing but this.
"""

from __future__ import annotations

import ctypes
import resource

import structlog

log = structlog.get_logger(__name__)

_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_ENOUGH = 512 << 20


def forbid_dumps() -> None:
    """No core dump and no debugger of the same user: `setrlimit(2)` and `prctl(2)`."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def lock_memory() -> bool:
    """Keep all of this process out of swap: `mlockall(2)`. False, with a line in the log, where that is not allowed.

    A limit that is too low for everything is not tried: later allocations would fail instead of being swapped.
    """
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if limit == resource.RLIM_INFINITY or limit >= _ENOUGH or _may_lock():
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0:
            return True
    log.warning("memory_not_locked", limit_kib=limit >> 10)
    return False


def _may_lock() -> bool:
    """Whether this process has CAP_IPC_LOCK, for which the limit does not count."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("CapEff:"))
    except (OSError, StopIteration):
        return False
    return bool(int(line.split()[1], 16) >> 14 & 1)


class Secret:
    """32 bytes or so in a buffer of its own: locked into memory if that is allowed, zeroed by `wipe` and at its end."""

    __slots__ = ("_buffer", "_locked")

    def __init__(self, content: bytes | bytearray) -> None:
        """A bytearray is emptied: its content is here from now on."""
        self._buffer = bytearray(content)
        if isinstance(content, bytearray):
            _zero(content)
        self._locked = self._buffer != b"" and _libc().mlock(*_where(self._buffer)) == 0

    def __repr__(self) -> str:
        return "Secret()"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("keys are not pickled")

    @property
    def content(self) -> bytearray:
        """The buffer itself. Whoever makes `bytes` of it makes a copy that nobody wipes."""
        return self._buffer

    def wipe(self) -> None:
        if self._buffer:
            _zero(self._buffer)
            if self._locked:
                _libc().munlock(*_where(self._buffer))
            self._locked = False
            self._buffer = bytearray()

    def __del__(self) -> None:
        self.wipe()


def _zero(buffer: bytearray) -> None:
    buffer[:] = bytes(len(buffer))


def _where(buffer: bytearray) -> tuple[ctypes.c_void_p, ctypes.c_size_t]:
    array = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    return ctypes.c_void_p(ctypes.addressof(array)), ctypes.c_size_t(len(buffer))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
