"""Removes what has been kept long enough, every day, and what an operator says has to go; nothing that is held.

The keys go first: from then on whatever else is still there, here or in a backup, is noise. Then each unit removes what
it owns. Everything can be repeated, so what broke off is done whole the next time: a purge finds what is over again, an
erasure is on disk before its keys go and is finished at the start, every ten minutes and at every run.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import structlog
from pydantic import ValidationError

from appliance.adapters.nats import conversation_subject, pause
from appliance.adapters.vault import manage
from appliance.errors import B2TError, Invalid, Unavailable, Unknown
from appliance.privacy.forgetting import (
    CONNECTORS,
    DIALOGUE,
    FORGET,
    FORGET_S,
    FORGOTTEN,
    GATEWAY,
    INSIGHTS,
    MOST,
    RETENTION_ANSWERED,
    RETENTION_ASKED,
    Forget,
    Operation,
    RetentionAnswered,
    RetentionAsked,
)
from appliance.privacy.managing import ErasureAsked, ManageAsked
from appliance.privacy.retention import Held, over
from services.scribe.archive import Archive, parties_of, read_batch
from services.scribe.files import write_whole
from services.scribe.holds import Holds
from services.scribe.unfinished import Unfinished
from services.unit import Unit

log = structlog.get_logger(__name__)

AFTER_MIDNIGHT: Final = timedelta(minutes=30)
AFTER_START_S: Final = 120.0
AGAIN_S: Final = 600.0
UNIT: Final = "scribe"


@dataclass(slots=True)
class Removed:
    """How many were removed where; `held`: conversations that a hold keeps though their time is over."""

    conversations: int = 0
    keys: int = 0
    event_log: int = 0
    archive: int = 0
    calls: int = 0
    gateway: int = 0
    recordings: int = 0
    analytics: int = 0
    held: int = 0
    unused_keys: int = 0
    """Keys of conversations that never came to anything: nothing of them is in the event log or the archive."""


@dataclass(slots=True)
class Retention:
    unit: Unit
    archive: Archive
    holds: Holds
    unfinished: Unfinished
    folder: Path
    _working: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Every day, half an hour after midnight (UTC); a day that was missed is made up for once the box is up."""
        await asyncio.sleep(AFTER_START_S)
        while True:
            try:
                now = datetime.now(UTC)
                if await asyncio.to_thread(self._due, now):
                    await self.purge(now)
                elif await asyncio.to_thread(self.unfinished.all):
                    await self._finish(RetentionAsked(operation="finish"))
                self.unit.parts["retention"] = "ok"
            except B2TError as error:
                self.unit.parts["retention"] = error.title
                log.error("not_purged", code=error.code, title=error.title)
            await pause(min(AGAIN_S, _until_next(datetime.now(UTC))))

    def _due(self, now: datetime) -> bool:
        """Nothing was purged since half an hour after midnight, nor in the half hour before that."""
        return not self._file(now).exists() and not self._file(now - AFTER_MIDNIGHT).exists()

    async def answer(self, raw: bytes) -> bytes:
        """`b2t.scribe.retention`."""
        operations: dict[Operation, Callable[[RetentionAsked], Awaitable[dict[str, Any]]]] = {
            "hold": self._hold,
            "lift": self._lift,
            "holds": self._list,
            "run": self._run,
            "report": self._report,
            "forget": self._forget_asked,
            "finish": self._finish,
        }
        try:
            asked = RETENTION_ASKED.validate_json(raw)
            answered = RetentionAnswered(answer=await operations[asked.operation](asked))
        except ValidationError:
            answered = RetentionAnswered(code=Invalid.code, title="The scribe did not understand the question.")
        except B2TError as error:
            answered = RetentionAnswered(code=error.code, title=error.title)
        return RETENTION_ANSWERED.dump_json(answered)

    # ---- what is over ------------------------------------------------------------------------------------------

    async def purge(self, now: datetime, *, dry_run: bool = False) -> dict[str, Any]:
        """What is over by the settings goes; the report stays, and its hash is in the audit log."""
        async with self._working:
            held = await asyncio.to_thread(self.holds.held)
            going, kept_back = await asyncio.to_thread(self._over, held, now)
            keep = await asyncio.to_thread(self._kept_by, held)
            removed = Removed(held=kept_back)
            if dry_run:
                removed.conversations = len(going)
                removed.analytics = await self._ask(INSIGHTS, Forget(purge=True, keep=keep, dry_run=True))
                return {"at": _text(now), "dry_run": True, **asdict(removed)}
            await self._finish_erasures(held)
            for at in range(0, len(going), MOST):
                some = tuple(going[at : at + MOST])
                await self._remove(some, (), "retention", removed, figures=False)  # these have days of their own
            removed.unused_keys = await self._remove_unused(held)
            removed.analytics += await self._ask(INSIGHTS, Forget(purge=True, keep=keep, rewrite=True))
            return await self._keep_report(now, removed)

    async def _remove_unused(self, held: Held) -> int:
        """Keys of conversations that dialogue has long left and that nothing is kept of; how many there were."""
        count, after = 0, ""
        while True:
            asked = ManageAsked(operation="unused", after=(after, "", 0))
            answer = (await manage(self.unit.bus, UNIT, asked)).answer
            going = [one for one in answer["conversations"] if not held.holds(one, ()) and await self._is_nothing(one)]
            if going:
                erase = ManageAsked(operation="erase", holders=tuple(map(ErasureAsked, going)), why="unused")
                count += int((await manage(self.unit.bus, UNIT, erase)).answer["keys"])
            if answer["next"] is None:
                return count
            after = str(answer["next"])

    async def _is_nothing(self, conversation: str) -> bool:
        if await asyncio.to_thread(self.archive.last_sequence, conversation):
            return False
        return not await self.unit.bus.last_sequence("CONVERSATIONS", conversation_subject(conversation))

    def _over(self, held: Held, now: datetime) -> tuple[list[str], int]:
        due = list(over(self.unit.config.retention, "archive", self.archive.ended(), now))
        going = [one.conversation for one in due if not held.holds(one.conversation, one.parties)]
        return going, len(due) - len(going)

    def _kept_by(self, held: Held) -> tuple[str, ...]:
        """What insights, which knows no persons, has to keep."""
        return tuple(sorted(held.conversations | set(self.archive.of(held.persons) if held.persons else ())))

    async def _keep_report(self, now: datetime, removed: Removed) -> dict[str, Any]:
        settings = self.unit.config.retention.model_dump(mode="json")
        document = {"at": _text(now), "dry_run": False, **asdict(removed), "settings": settings}
        content = (json.dumps(document, indent=2) + "\n").encode()
        await asyncio.to_thread(write_whole, self._file(now), content)
        report = sha256(content).hexdigest()
        await self.unit.audit("data_purged", conversations=removed.conversations, report=report, result="done")
        log.info("data_purged", conversations=removed.conversations, held=removed.held)
        return document | {"report": report}

    # ---- what an operator says -----------------------------------------------------------------------------------

    async def _run(self, asked: RetentionAsked) -> dict[str, Any]:
        return await self.purge(datetime.now(UTC), dry_run=asked.dry_run)

    async def _report(self, _asked: RetentionAsked) -> dict[str, Any]:
        files = await asyncio.to_thread(lambda: sorted(self.folder.glob("*.json")))
        if not files:
            raise Unknown("Nothing was purged yet.")
        content = await asyncio.to_thread(files[-1].read_bytes)
        document: dict[str, Any] = json.loads(content)
        return document | {"report": sha256(content).hexdigest()}

    async def _hold(self, asked: RetentionAsked) -> dict[str, Any]:
        async with self._working:
            await asyncio.to_thread(self.holds.add, _subjects(asked), asked.account, asked.reason)
            await self._tell_each("hold_set", asked)
        return await self._list(asked)

    async def _lift(self, asked: RetentionAsked) -> dict[str, Any]:
        async with self._working:
            if not await asyncio.to_thread(self.holds.lift, _subjects(asked)):
                raise Unknown("There is no such hold.")
            await self._tell_each("hold_lifted", asked)
        return await self._list(asked)

    async def _list(self, _asked: RetentionAsked) -> dict[str, Any]:
        return {"holds": [asdict(one) for one in await asyncio.to_thread(self.holds.all)]}

    async def _tell_each(self, action: str, asked: RetentionAsked) -> None:
        for subject, _ in _subjects(asked):
            await self.unit.audit(
                action, subject=subject, account=asked.account, reason=asked.reason, source="box", result="done"
            )

    async def _forget_asked(self, asked: RetentionAsked) -> dict[str, Any]:
        """Remove these conversations and persons; what is held is left, and named in the answer."""
        async with self._working:
            held = Held() if asked.replay else await asyncio.to_thread(self.holds.held)
            kept = [one for one in asked.conversations if held.holds(one, await self._parties(one))]
            persons_kept = sorted(held.persons & set(asked.persons))
            if persons_kept:
                kept = list(asked.conversations)  # a person who is held keeps all that is theirs
            removed = Removed(held=len(kept))
            persons = () if kept else asked.persons
            going = tuple(one for one in asked.conversations if one not in set(kept))
            if going or persons:
                await asyncio.to_thread(self.unfinished.add, going)
                await self._remove(going, persons, asked.reason or "rights", removed, figures=True)
                await asyncio.to_thread(self.unfinished.remove, going)
        return {**asdict(removed), "kept": kept, "persons_kept": persons_kept}

    async def _finish(self, _asked: RetentionAsked) -> dict[str, Any]:
        """No erasure is half done, and what was removed is in no byte of the insights database any more."""
        async with self._working:
            finished = await self._finish_erasures(await asyncio.to_thread(self.holds.held))
            await self._ask(INSIGHTS, Forget(rewrite=True))
        return {"finished": finished}

    async def _finish_erasures(self, held: Held) -> int:
        """What broke off is done whole, but for what is held since. Raises Unavailable: an owner is still away."""
        names = await asyncio.to_thread(self.unfinished.all)
        going = [one for one in names if not held.holds(one, await self._parties(one))]
        for at in range(0, len(going), MOST):
            some = tuple(going[at : at + MOST])
            await self._remove(some, (), "rights", Removed(), figures=True)
            await asyncio.to_thread(self.unfinished.remove, some)
        if going:
            log.info("erasures_finished", conversations=len(going))
        return len(going)

    async def _parties(self, conversation: str) -> set[str]:
        parties = set(await asyncio.to_thread(self.archive.parties, conversation))
        async for sequence, raw in self.unit.bus.read("CONVERSATIONS", f"b2t.conversation.{conversation}"):
            parties |= parties_of(read_batch(sequence, raw).batch["events"])
        return parties

    # ---- removing ------------------------------------------------------------------------------------------------

    async def _remove(
        self, going: tuple[str, ...], persons: tuple[str, ...], why: str, removed: Removed, *, figures: bool
    ) -> None:
        holders = [ErasureAsked(one) for one in going] + [ErasureAsked(one, person=True) for one in persons]
        erase = ManageAsked(operation="erase", holders=tuple(holders), why=why)
        removed.keys += int((await manage(self.unit.bus, UNIT, erase)).answer["keys"])
        removed.event_log += await self._ask(DIALOGUE, Forget(conversations=going, persons=persons))
        removed.calls += await self._ask(CONNECTORS, Forget(conversations=going))
        removed.gateway += await self._ask(GATEWAY, Forget(conversations=going))
        removed.recordings += await asyncio.to_thread(self._remove_recordings, going)
        if figures:
            removed.analytics += await self._ask(INSIGHTS, Forget(conversations=going))
        async with self.archive.changing:
            removed.archive += await asyncio.to_thread(self.archive.remove, going)
        removed.conversations += len(going)

    def _remove_recordings(self, going: tuple[str, ...]) -> int:
        """Their keys are gone already: this is for the disk's sake."""
        folder, count = self.unit.paths.folder("recordings"), 0
        for conversation in going:
            own = folder / conversation
            if own.parent == folder and own.is_dir() and not own.is_symlink():
                count += len(list(own.glob("*.b2ts")))
                shutil.rmtree(own, ignore_errors=True)
        return count

    async def _ask(self, subject: str, forget: Forget) -> int:
        answered = FORGOTTEN.validate_json(await self.unit.bus.request(subject, FORGET.dump_json(forget), FORGET_S))
        if answered.code:
            raise Unavailable(answered.title)
        return answered.removed

    def _file(self, day: datetime) -> Path:
        return self.folder / f"{day:%Y-%m-%d}.json"


def _subjects(asked: RetentionAsked) -> list[tuple[str, bool]]:
    found = [(one, False) for one in asked.conversations] + [(one, True) for one in asked.persons]
    if not found:
        raise Invalid("Nobody is named.")
    return found


def _until_next(now: datetime) -> float:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1) + AFTER_MIDNIGHT - now).total_seconds()


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
