"""The end of a call from our side: after the last words have gone out, hang up or put through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from appliance.telephony.signalling import EndCall, Input, TransferCall
from appliance.telephony.sip_grammar import SipError
from services.faults import point

log = structlog.get_logger(__name__)

TAIL_S: Final = 0.25
"""Silence between the last sound and the BYE: the other side still has some of it in its jitter buffer."""
TRANSFER_S: Final = 15.0
GIVE_UP_S: Final = 40.0
"""Last words take no longer than that."""


class Ending:
    def __init__(self, call: str, transfers: Mapping[str, str], wish: Callable[[Input], None]) -> None:
        self._call, self._transfers, self._wish = call, transfers, wish
        self._wanted = False
        self._transfer: str | None = None
        self._since: float | None = None
        self._silent_since: float | None = None
        self._transferring_since: float | None = None

    def set(self, transfer: str | None) -> None:
        """End once it is silent. `transfer` names a target of the configuration; an unknown one is hung up on."""
        self._wanted = True
        if transfer is not None:
            self._transfer = self._transfers.get(transfer)
            if self._transfer is None:
                log.warning("transfer_target_unknown", target=transfer)

    def look(self, now: float, *, silent: bool) -> None:
        """Called every 100 ms or so."""
        if not self._wanted:
            return
        if self._since is None:
            self._since = now
        if self._transferring_since is not None:
            if now - self._transferring_since >= TRANSFER_S:
                self._hang_up()
            return
        if not silent and now - self._since < GIVE_UP_S:
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = now
        elif now - self._silent_since >= TAIL_S:
            self._end(now)

    def transfer_failed(self, status: int) -> bool:
        """Whether this answer means that the party stays with us; then hanging up is all that is left."""
        if self._transferring_since is None or status < 300:
            return False
        log.warning("transfer_failed", status=status)
        self._transferring_since = self._transfer = self._silent_since = None
        return True

    def _end(self, now: float) -> None:
        point("phone.ending")
        if self._transfer is None:
            self._hang_up()
            return
        self._transferring_since = now
        try:
            self._wish(TransferCall(self._call, self._transfer))
        except SipError:
            log.error("transfer_target_malformed")
            self._hang_up()

    def _hang_up(self) -> None:
        self._wish(EndCall(self._call))
