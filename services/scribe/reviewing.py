"""Makes each day's review once the day is over, keeps it as a file, and tells the log of it with the file's hash."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import structlog

from appliance.adapters.nats import pause
from appliance.audit.review import Glass, LogResult, Review, Reviewing, follow_glass
from appliance.errors import B2TError, Invalid, Tampered
from services.scribe.audit_log import AuditLog
from services.scribe.audit_store import kept_at
from services.scribe.files import write_whole
from services.scribe.shipping import shipped_notes
from services.unit import Unit

log = structlog.get_logger(__name__)

BEFORE_DAYS: Final = 14
"""So many days' reviews say what is usual."""
LOOK_BACK_DAYS: Final = 31
"""So many days that were missed are made up for."""
AFTER_MIDNIGHT_S: Final = 300
AGAIN_S: Final = 600
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NS: Final = 1_000_000_000


@dataclass(slots=True)
class Reviews:
    unit: Unit
    audit: AuditLog
    folder: Path

    async def run(self) -> None:
        while True:
            try:
                await self.make_missing(datetime.now(UTC))
                self.unit.parts["review"] = "ok"
                wait = _until_next(datetime.now(UTC))
            except B2TError as error:
                self.unit.parts["review"] = error.title
                log.error("review_not_made", code=error.code, title=error.title)
                wait = AGAIN_S
            await pause(wait)

    async def make_missing(self, now: datetime) -> list[str]:
        """Every day that is over and has entries or lies after one that had, but no review."""
        first = await asyncio.to_thread(self._first_day)
        if first is None:
            return []
        today = (now - timedelta(seconds=AFTER_MIDNIGHT_S)).date()
        day = max(first, today - timedelta(days=LOOK_BACK_DAYS))
        days = [(day + timedelta(days=after)).isoformat() for after in range((today - day).days)]
        missing = [one for one in days if not self._file(one).exists()]
        verified = await asyncio.to_thread(self._verified) if missing else None
        for one in missing:
            await self.make(one, verified)
        return missing

    async def make(self, day: str, verified: LogResult | None = None) -> dict[str, Any]:
        """Review a day, keep the report and tell the log. Raises Unavailable."""
        review = await asyncio.to_thread(self._review, day, verified)
        document = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(review)}
        content = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
        await asyncio.to_thread(write_whole, self._file(day), content)
        digest = sha256(content).hexdigest()
        await self.unit.audit("audit_reviewed", day=day, findings=len(review.questions), report=digest)
        log.info("audit_reviewed", day=day, questions=len(review.questions), log_ok=review.log.ok)
        return document

    async def answer(self, request: bytes) -> bytes:
        """`b2t.scribe.review`: a day (YYYY-MM-DD) in, its review out; one of today is made anew and not kept."""
        try:
            return json.dumps(await self._asked(request.decode("ascii", "replace"))).encode()
        except B2TError as error:
            return json.dumps({"error": {"code": error.code, "title": error.title}}).encode()

    async def _asked(self, day: str) -> dict[str, Any]:
        if not _DAY.fullmatch(day) or _date(day) > datetime.now(UTC).date():
            raise Invalid("A day is YYYY-MM-DD and not in the future.")
        file = self._file(day)
        if file.exists():
            found: dict[str, Any] = json.loads(await asyncio.to_thread(file.read_bytes))
            return found
        review = await asyncio.to_thread(self._review, day)
        return {"made_at": None, **asdict(review)}

    def _review(self, day: str, verified: LogResult | None = None) -> Review:
        start = int(datetime.combine(_date(day), datetime.min.time(), UTC).timestamp()) * _NS
        reader, size = self.audit.reader, self.audit.size
        first, end = reader.first_kept(start, size), reader.first_kept(start + 86_400 * _NS, size)
        reviewing = Reviewing(day, self._before(day), self._unreviewed(day, first))
        for row in reader.rows(first, end):
            reviewing.take(json.loads(row.content))
        return reviewing.finish(verified or self._verified())

    def _unreviewed(self, day: str, first: int) -> dict[str, Glass]:
        """Emergency accesses before this day that wait for a second person: from the last review, and since."""
        found: dict[str, Glass] = {}
        since = _date(day) - timedelta(days=LOOK_BACK_DAYS)
        for back in range(1, LOOK_BACK_DAYS + 1):
            earlier = _date(day) - timedelta(days=back)
            file = self._file(earlier.isoformat())
            if file.exists():
                kept = json.loads(file.read_bytes()).get("unreviewed", {})
                found = {request: Glass(**glass) for request, glass in kept.items()}
                since = earlier + timedelta(days=1)
                break
        start = int(datetime.combine(since, datetime.min.time(), UTC).timestamp()) * _NS
        for row in self.audit.reader.rows(self.audit.reader.first_kept(start, self.audit.size), first):
            follow_glass(json.loads(row.content), found)
        return found

    def _verified(self) -> LogResult:
        try:
            found = self.audit.examine(shipped_notes(self.unit.config.audit.ship_folder))
        except Tampered as error:
            return LogResult(False, 0, 0, 0, (error.title,))
        whats = tuple(sorted({one.what for one in found.findings}))
        return LogResult(found.ok, found.entries, found.checkpoints, len(found.gaps), whats)

    def _before(self, day: str) -> list[dict[str, int]]:
        days = [(_date(day) - timedelta(days=back)).isoformat() for back in range(1, BEFORE_DAYS + 1)]
        found = []
        for file in map(self._file, days):
            if file.exists():
                found.append(json.loads(file.read_bytes())["reads"])
        return found

    def _first_day(self) -> date | None:
        for row in self.audit.reader.rows(0, 1):
            return datetime.fromtimestamp(kept_at(row.content) / _NS, UTC).date()
        return None

    def _file(self, day: str) -> Path:
        return self.folder / f"{day}.json"


def _date(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise Invalid("A day is YYYY-MM-DD and not in the future.") from None


def _until_next(now: datetime) -> float:
    """Seconds until shortly after the next midnight, UTC."""
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    return (tomorrow - now).total_seconds() + AFTER_MIDNIGHT_S + 1
