"""One call from order to answer: resolve what the operation declares, call, seal what came back. Repeats no effect."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import structlog

from appliance.adapters.vault import KeyRing
from appliance.connectors import (
    CAPTURE_LOST,
    FAILED,
    OPTION,
    UNKNOWN,
    Connector,
    Operation,
    Outcome,
    check_arguments,
    check_outcome,
    declared,
)
from appliance.errors import B2TError, Invalid, Tampered, Unavailable, Unknown
from appliance.events import INBOX, ConnectorCall, Reference, Returned
from appliance.privacy.references import NAME, returned_name, reveal, seal_value
from appliance.privacy.sealing import ConversationKeys
from appliance.privacy.values import Digits, Text, Value, from_literal, literal, show
from services import faults
from services.connectors.call_log import FORGOTTEN, CallLog
from services.connectors.captures import CaptureMemory

log = structlog.get_logger(__name__)

LEASE_S: Final = 4.0
RECALL_S: Final = 2.0


class Caller:
    def __init__(
        self, connectors: Mapping[str, Connector], keys: KeyRing, captures: CaptureMemory, calls: CallLog
    ) -> None:
        self._connectors = connectors
        self._keys = keys
        self._captures = captures
        self._calls = calls

    async def answer(self, order: ConnectorCall) -> bytes:
        """The `Returned` for the inbox: an earlier delivery's where there was one. Raises Unavailable: come again."""
        logged = await asyncio.to_thread(self._calls.find, order.call)
        if logged is not None and logged.returned == FORGOTTEN:
            return INBOX.dump_json(_returned(order, Outcome(UNKNOWN), None))
        if logged is not None and logged.returned is not None:
            return logged.returned
        told = log.bind(connector=order.connector, operation=order.operation, call=order.call)
        started = time.perf_counter()
        try:
            returned = await self._answer(order, attempted=logged is not None)
        except Unavailable:
            raise
        except B2TError as error:
            told.error("call_refused", code=error.code, title=error.title)
            returned = _returned(order, await self._refused(order), None)
        except Exception:
            told.exception("call_broke")
            returned = _returned(order, await self._refused(order), None)
        took_ms = round((time.perf_counter() - started) * 1000, 3)
        raw = INBOX.dump_json(replace(returned, took_ms=took_ms))
        faults.point("connectors.returned")
        await asyncio.to_thread(self._record, order.call, raw)
        faults.point("connectors.recorded")
        told.info("call_returned", outcome=returned.outcome, took_ms=took_ms)
        return raw

    async def _answer(self, order: ConnectorCall, *, attempted: bool) -> Returned:
        connector = self._connectors.get(order.connector)
        if connector is None:
            raise Unknown("There is no such connector.")
        operation = declared(connector, order.operation)
        check_arguments(operation, order.arguments, order.captures)
        keys = await self._keys.lease(order.conversation, LEASE_S)
        if attempted:
            outcome = await self._resume(connector, operation, order, keys)
        else:
            outcome = await self._call(connector, operation, order, keys)
        return _returned(order, outcome, keys)

    async def _refused(self, order: ConnectorCall) -> Outcome:
        """After an error of any kind: an attempt may have had its effect, so it is not said to have failed."""
        if await asyncio.to_thread(self._calls.find, order.call) is None:
            return Outcome(FAILED)
        connector = self._connectors.get(order.connector)
        operation = connector.operations.get(order.operation) if connector is not None else None
        return Outcome(UNKNOWN if operation is None or operation.changes else FAILED)

    def _record(self, call: str, returned: bytes) -> None:
        if self._calls.find(call) is None:
            self._calls.attempt(call)
        self._calls.answer(call, returned)

    async def _resume(
        self, connector: Connector, operation: Operation, order: ConnectorCall, keys: ConversationKeys
    ) -> Outcome:
        """An earlier delivery began this call, and its answer is lost."""
        if not connector.knows_keys:
            return Outcome(UNKNOWN if operation.changes else FAILED)
        done = await self._recall(connector, operation, order)
        return done or await self._call(connector, operation, order, keys, again=True)

    async def _recall(self, connector: Connector, operation: Operation, order: ConnectorCall) -> Outcome | None:
        try:
            async with asyncio.timeout(RECALL_S):
                done = await connector.recall(order.call)
        except TimeoutError:
            raise Unavailable("The connector does not say what became of a call.") from None
        if done is not None:
            check_outcome(operation, done)
        return done

    async def _call(
        self,
        connector: Connector,
        operation: Operation,
        order: ConnectorCall,
        keys: ConversationKeys,
        *,
        again: bool = False,
    ) -> Outcome:
        arguments = _resolve(operation, order, keys)
        now = asyncio.get_running_loop().time()
        for name in order.captures:
            digits = self._captures.use(order.conversation, order.arguments[name], now)
            if digits is None:
                return Outcome(CAPTURE_LOST)
            arguments[name] = digits
        if not again:
            await asyncio.to_thread(self._calls.attempt, order.call)
        faults.point("connectors.attempted")
        deadline_s = order.timeout_ms / 1000
        try:
            async with asyncio.timeout(deadline_s):
                outcome = await connector.call(order.operation, arguments, order.call, deadline_s)
            check_outcome(operation, outcome)
            return outcome
        except TimeoutError:
            log.warning("call_timed_out", connector=order.connector, operation=order.operation, call=order.call)
            return Outcome(UNKNOWN if operation.changes else FAILED)
        except Unavailable as error:
            # Its secrets are used up, so it cannot be tried again; and the party waits.
            log.warning("connector_unavailable", connector=order.connector, call=order.call, title=error.title)
            return Outcome(FAILED)
        except B2TError:
            raise
        except Exception:  # a mistake of ours in the middle of an effect
            log.exception("connector_broke", connector=order.connector, call=order.call)
            return Outcome(UNKNOWN if operation.changes else FAILED)


def _resolve(operation: Operation, order: ConnectorCall, keys: ConversationKeys) -> dict[str, str]:
    """Options as they are, others from behind their references. Only declared arguments are ever unsealed."""
    arguments: dict[str, str] = {}
    for name, kind in operation.arguments.items():
        given = order.arguments[name]
        if kind == "option":
            arguments[name] = given
        elif kind == "digits":
            arguments[name] = _digits(order, given.strip("<>"), keys)
        elif kind == "value":
            arguments[name] = _anything(order, given, keys)
    return arguments


def _digits(order: ConnectorCall, name: str, keys: ConversationKeys) -> str:
    value = _behind(order, name, keys)
    if not isinstance(value, Digits):
        raise Invalid("An argument's reference is not digits.")
    return value.digits


def _anything(order: ConnectorCall, given: str, keys: ConversationKeys) -> str:
    """An option's name or a literal as it is, anything else from behind its reference."""
    named = given.strip("<>")
    if NAME.fullmatch(named):
        return _plain(_behind(order, named, keys))
    if OPTION.fullmatch(given) or from_literal(given) is not None:
        return given
    raise Invalid("An argument is neither an option, a literal nor a reference.")


def _behind(order: ConnectorCall, name: str, keys: ConversationKeys) -> Value:
    reference: Reference | None = order.references.get(name)
    if reference is None:
        reference = next((one for one in order.references.values() if one.name == name), None)
    if reference is None or reference.name != name or reference.value is None:
        raise Invalid("An argument names a reference that did not come with the call.")
    value = reveal(keys, [reference]).get(name)
    if value is None:
        raise Invalid("An argument's reference holds something other than a value.")
    return value


def _plain(value: Value) -> str:
    """What a connector gets of a value that has no name: digits, text, or its literal."""
    if isinstance(value, Digits):
        return value.digits
    return value.text if isinstance(value, Text) else literal(value) or show(value, "written")


def _returned(order: ConnectorCall, outcome: Outcome, keys: ConversationKeys | None) -> Returned:
    values: dict[str, Reference] = {}
    for name, value in outcome.values.items():
        if keys is None:
            raise Tampered("a value has no key to be sealed under")
        kind = value.type.upper()
        values[name] = seal_value(keys, returned_name(kind, order.call, name), kind, value)
    return Returned(
        input_id=order.call,
        conversation=order.conversation,
        call=order.call,
        outcome=outcome.name,
        values=values,
    )
