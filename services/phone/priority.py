"""Sound has to leave on time, whatever else the machine does: real-time scheduling where it is allowed.

Measured with 50 calls on two cores that other work kept three times over-committed: p99 of the interval between packets
22 ms off under the usual scheduling, 1.9 ms under SCHED_RR. A fault that spins must not take the machine with it, so
the kernel warns after half a second of uninterrupted work (RLIMIT_RTTIME) and the privilege is given back.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
from typing import Final

import structlog

log = structlog.get_logger(__name__)

PRIORITY: Final = 10
NICE: Final = -10
SPIN_US: Final = 500_000


def prefer_sound() -> str:
    """Go before other work, by as much as the machine allows; which scheduling it is."""
    gc.collect()
    gc.freeze()  # what was loaded stays; a full collection then looks at calls only
    signal.signal(signal.SIGXCPU, _give_back)
    try:
        resource.setrlimit(resource.RLIMIT_RTTIME, (SPIN_US, resource.RLIM_INFINITY))
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
        scheduling = "real-time"
    except (OSError, ValueError):  # without CAP_SYS_NICE or LimitRTPRIO
        scheduling = "usual"
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, NICE)
            scheduling = "preferred"
    log.info("scheduling_chosen", scheduling=scheduling)
    return scheduling


def _give_back(_number: int, _frame: object) -> None:
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    log.error("realtime_given_back")
