#!/usr/bin/env python
"""The audit log at a million entries: durable appending, verifying, proving, exporting; with peak memory.

    scripts/bench/audit.py [--entries 1000000] [--json] [--folder FOLDER]

Everything runs on the files a box has (SQLite with an fsync at every commit), each part in a process of its own, so
that the peak memory is that part's alone. The folder must be on the disk that is meant, not on a memory file system.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance.audit.proofs import check_proof, write_proof  # noqa: E402
from appliance.audit.selection import Selection  # noqa: E402
from appliance.audit.tiles import inclusion_path  # noqa: E402
from appliance.audit.verify_audit import check_export  # noqa: E402
from services.scribe.audit_log import AuditLog, Message, open_signer  # noqa: E402
from services.scribe.audit_store import AuditReader, Remembered  # noqa: E402
from services.scribe.exporting import Asked, Export  # noqa: E402

BATCH = 256
"""As many as the scribe takes at once."""
START = 1_790_000_000 * 10**9
STEP = 86_400 * 10**9 // 30_000


def told(number: int) -> bytes:
    """What a busy box tells: sign-ins, reads, leases, agents."""
    unit, more = KINDS[number % len(KINDS)]
    entry = {"actor": unit, "at": START + number * STEP, "source": f"h:{number % 997:08x}", "result": "done"}
    return json.dumps(
        entry | {key: value % (number % 5003) if "%" in value else value for key, value in more.items()}
    ).encode()


KINDS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "gateway",
        {"action": "conversation_read", "conversation": "c7f3c0d9a52b84a0f9c1d6e2b%07x", "account": "account:%d"},
    ),
    ("gateway", {"action": "signed_in", "account": "account:%d"}),
    (
        "vault",
        {"action": "key_leased", "asker": "phone", "conversation": "c7f3c0d9a52b84a0f9c1d6e2b%07x", "classes": "raw"},
    ),
    ("gateway", {"action": "sign_in_failed", "account": "account:%d"}),
    ("dialogue", {"action": "agent_published", "agent": "banking", "version": "v%d"}),
)


def append(folder: Path, entries: int) -> dict[str, float]:
    log = AuditLog(folder, open_signer(folder / "audit.key"))
    spent, slowest = 0.0, 0.0
    for first in range(1, entries + 1, BATCH):
        batch = [Message(n, told(n), KINDS[n % len(KINDS)][0]) for n in range(first, min(first + BATCH, entries + 1))]
        began = time.perf_counter()
        log.append_all(batch, START + batch[-1].sequence * STEP)
        took = time.perf_counter() - began
        spent, slowest = spent + took, max(slowest, took)
    log.close()
    return {"entries_per_s": entries / spent, "slowest_batch_ms": slowest * 1e3}


def verify(folder: Path, entries: int) -> dict[str, float]:
    reader, signer = AuditReader.open(folder), open_signer(folder / "audit.key")
    began = time.perf_counter()
    found = reader.examine(signer.verifier)
    took = time.perf_counter() - began
    assert found.ok
    assert found.entries == entries
    return {"s": took}


def prove(folder: Path, entries: int) -> dict[str, float]:
    reader, signer = AuditReader.open(folder), open_signer(folder / "audit.key")
    picked, times = random.Random(1), []  # noqa: S311
    for _ in range(400):
        sequence = picked.randint(1, entries)
        began = time.perf_counter()
        head, row = reader.head(), reader.entry(sequence)
        proof = write_proof(row.leaf, inclusion_path(Remembered(reader), row.leaf, head.frontier.size), head.checkpoint)
        times.append(time.perf_counter() - began)
        check_proof(proof, row.content, signer.verifier)
    times.sort()
    return {"p50_ms": times[200] * 1e3, "p95_ms": times[380] * 1e3, "max_ms": times[-1] * 1e3}


def export(folder: Path, entries: int, **chosen: Any) -> dict[str, float]:
    reader, signer = AuditReader.open(folder), open_signer(folder / "audit.key")
    out = folder / "export.zip"
    out.unlink(missing_ok=True)
    began = time.perf_counter()
    made = Export(reader, signer.verifier, Asked(Selection(**chosen), "uid-0", "2026-11-30T12:00:00Z"), out)
    made.finish(signer.sign_digest(made.write(), "bench"))
    took = time.perf_counter() - began
    return {"s": took, "entries": made.digest.count, "zip_mb": out.stat().st_size / 1e6}


def export_one_control(folder: Path, entries: int) -> dict[str, float]:
    return export(folder, entries, control="pci-10.2.1.4")


def check(folder: Path, entries: int) -> dict[str, float]:
    """The single-file verifier over the export of everything."""
    signer = open_signer(folder / "audit.key")
    began = time.perf_counter()
    assert check_export(str(folder / "export.zip"), signer.verifier.text, [], []).startswith(f"{entries} entries")
    took = time.perf_counter() - began
    with zipfile.ZipFile(folder / "export.zip") as opened:
        return {"s": took, "unpacked_mb": sum(one.file_size for one in opened.infolist()) / 1e6}


PARTS: dict[str, Callable[[Path, int], dict[str, float]]] = {
    "append": append,
    "verify": verify,
    "prove": prove,
    "export one control": export_one_control,
    "export all": export,
    "check the export": check,
}


def alone(part: str, folder: Path, entries: int) -> dict[str, float]:
    """In a process of its own; `peak_mb` is its resident memory at most, Python and libraries included."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (part, str(folder), entries))


def _measured(part: str, folder: str, entries: int) -> dict[str, float]:
    found = PARTS[part](Path(folder), entries)
    return {**found, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="audit-bench-", dir=asked.folder))
    try:
        found = {part: alone(part, folder, asked.entries) for part in PARTS}
        size = sum(file.stat().st_size for file in folder.glob("audit.sqlite*")) / 1e6
    finally:
        shutil.rmtree(folder)
    load = os.getloadavg()[0]
    if asked.json:
        print(json.dumps({"entries": asked.entries, "log_mb": size, "load": load, "parts": found}, indent=2))
        return 0
    print(f"{asked.entries} entries, {size:.0f} MB on disk, load {load:.1f} on {os.cpu_count()} cores")
    for part, figures in found.items():
        print(f"{part:<20}" + "  ".join(f"{name} {value:,.1f}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
