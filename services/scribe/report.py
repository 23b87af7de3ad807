"""What an export or a review says on paper: what was counted, who touched what, the first and the last entries."""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appliance.audit.controls import CONTROLS, Control

if TYPE_CHECKING:
    from appliance.adapters.pdf import Report

SHOWN: Final = 500
"""So many of the first entries, and of the last, are on the pages."""
MAX_PEOPLE: Final = 10_000
FIXED: Final = frozenset(("action", "actor", "at", "kept", "sequence", "source", "result", "reason"))


@dataclass(slots=True)
class Touch:
    """What one account or unit did of what was exported."""

    count: int = 0
    first: int = 0
    last: int = 0
    actions: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Digest:
    """Bounded, however many entries go by."""

    count: int = 0
    first: list[dict[str, Any]] = field(default_factory=list)
    last: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=SHOWN))
    actions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    people: dict[str, Touch] = field(default_factory=dict)
    start: int = 0
    end: int = 0

    def add(self, entry: dict[str, Any]) -> None:
        self.count += 1
        if self.count == 1:
            self.start = entry["at"]
        self.end = entry["at"]
        if len(self.first) < SHOWN:
            self.first.append(entry)
        else:
            self.last.append(entry)
        self.actions[(entry["action"], entry["actor"], entry.get("result", ""))] += 1
        self._touch(entry)

    def _touch(self, entry: dict[str, Any]) -> None:
        who = entry.get("account") or f"unit:{entry.get('asker') or entry['actor']}"
        touch = self.people.get(who)
        if touch is None:
            if len(self.people) >= MAX_PEOPLE:
                return
            touch = self.people[who] = Touch(first=entry["at"])
        touch.count += 1
        touch.last = entry["at"]
        touch.actions[entry["action"]] += 1

    def touched(self) -> list[tuple[str, str, str, int, str]]:
        """Who, first, last, how often, what; whoever touched most first."""
        rows = sorted(self.people.items(), key=lambda one: (-one[1].count, one[0]))
        return [(who, when(one.first), when(one.last), one.count, _counts(one.actions)) for who, one in rows]

    def touched_csv(self) -> str:
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("who", "first", "last", "entries", "actions"))
        table.writerows(self.touched())
        return out.getvalue()


def write_report(file: Path, digest: Digest, document: dict[str, Any], checkpoint: str) -> None:
    from appliance.adapters.pdf import Report  # on use: no other command waits for it

    log, selection = document["log"], document["selection"]
    report = Report(
        _title(selection), f"B2T Voice audit log · {document['made_at']} · {log['size']} entries in the log"
    )
    report.text(f"{digest.count} entries, made at {document['made_at']} by {document['made_by']}.")
    chosen = [(name.replace("_", " "), _shown(name, value)) for name, value in selection.items()]
    if document["reason"]:
        chosen.append(("reason", document["reason"]))
    report.table(("selected by", ""), chosen or [("everything", "the whole log")], (1, 3))
    report.text(document["redacted"])
    control = CONTROLS.get(selection.get("control", ""))
    if control is not None:
        _control(report, control, digest)
    report.heading("What there is")
    rows = [(action, unit, result or "-", count) for (action, unit, result), count in sorted(digest.actions.items())]
    report.table(("action", "told by", "result", "entries"), rows, (4, 3, 2, 2))
    report.heading("Who touched what" if "incident" in selection else "By whom")
    report.table(("who", "first", "last", "entries", "actions"), digest.touched()[:SHOWN], (5, 4, 4, 1.5, 6))
    _entries(report, digest)
    report.heading("How to check this")
    report.text(
        "verify_audit.py in this export checks the signature, every file and that each entry is in the signed tree: "
        "python verify_audit.py export THIS.zip --key KEY. The key must come from whoever set up the box; the one "
        "inside, and the signed checkpoint, are:"
    )
    report.code(f"{log['key']}\n\n{_short(checkpoint)}".replace("\u2014", "--"))
    report.write(file)


def _control(report: Report, control: Control, digest: Digest) -> None:
    report.heading(f"Control {control.id}: {control.title}")
    seen = {action for action, _, _ in digest.actions}
    found = [(one, "yes" if one in seen else "none in this export") for one in control.actions]
    report.table(("kind of event that is evidence", "found"), found, (3, 2))
    report.text(f"Besides the log: {control.beside}")


def _entries(report: Report, digest: Digest) -> None:
    report.heading("Entries")
    left_out = digest.count - len(digest.first) - len(digest.last)
    if left_out:
        report.text(
            f"The first {len(digest.first)} and the last {len(digest.last)} of {digest.count}; all are in entries.csv "
            "and entries.jsonl."
        )
    rows = [_row(entry) for entry in (*digest.first, *digest.last)]
    report.table(("no.", "when (UTC)", "unit", "action", "on what", "result, why, from"), rows, (2, 4.6, 2.5, 4, 7, 4))


def _row(entry: dict[str, Any]) -> tuple[object, ...]:
    on_what = " ".join(f"{name}={value}" for name, value in entry.items() if name not in FIXED)
    beside = " ".join(str(entry[name]) for name in ("result", "reason", "source") if name in entry)
    return (entry["sequence"], when(entry["at"]), entry["actor"], entry["action"], on_what or "-", beside or "-")


def _short(checkpoint: str) -> str:
    """Without the post-quantum signature: nobody types that in, and the file beside has it."""
    return "\n".join(line for line in checkpoint.rstrip().split("\n") if len(line) <= 400)


def _title(selection: dict[str, Any]) -> str:
    if "incident" in selection:
        return "Incident: who touched what"
    return "Evidence for a control" if "control" in selection else "Audit log"


def _shown(name: str, value: object) -> str:
    return when(value) if name in ("start", "end") and isinstance(value, int) else str(value)


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common(12))


def when(at: int) -> str:
    """Nanoseconds since 1970 as ISO 8601 with milliseconds, UTC."""
    return datetime.fromtimestamp(at / 1e9, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
