#!/usr/bin/env python3
"""Checks what the audit log of a B2T Voice box says, on any machine: needs Python 3.9 and `cryptography`, nothing else.

    python verify_audit.py export PACK.zip --key KEY      an export: signature, files, every entry in the signed tree
    python verify_audit.py certificate ERASURE.zip --key KEY   a certificate of erasure: signature, entry, its proof
    python verify_audit.py proof FILE.tlog-proof --entry ENTRY.json --key KEY
    python verify_audit.py checkpoint NOTE --key KEY [--witness KEY …]

KEY is the log's verifier key (`name+hash+key`), kept since the box was installed. Without --key the key inside the
export is taken: then it only shows that the export agrees with itself. `--checkpoint NOTE` (may be repeated) names a
checkpoint that was kept elsewhere; an export of the whole log must agree with it. Exit status 0: it holds; 1: it does
not; 2: wrong command line. This file is on its own by intent: it shares no code with what it checks.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MULTIPROOF = "b2t-voice/multiproof@v1"
TLOG_PROOF = "c2sp.org/tlog-proof@v1"
MAX_SMALL = 64 << 20
"""Bytes of a file that is read as a whole."""


class Wrong(Exception):
    """It does not hold; the message says what."""


def wrong(why: str) -> NoReturn:
    raise Wrong(why)


# -- keys and signatures ------------------------------------------------------------


class Key:
    """A C2SP verifier key: type 1 signs checkpoints, 4 is a witness, 6 the log's post-quantum key (ML-DSA-44)."""

    def __init__(self, text: str) -> None:
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            wrong("this is not a verifier key")
        self.name, given, encoded = parts
        try:
            raw = base64.b64decode(encoded, validate=True)
        except ValueError:
            wrong("this is not a verifier key")
        if (raw[:1], len(raw)) not in ((b"\1", 33), (b"\4", 33), (b"\6", 1313)):
            wrong("this is not a verifier key of a known kind")
        self.kind, self.raw = raw[0], raw[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        if self.id.hex() != given:
            wrong("this verifier key's parts do not belong together")
        self.public: Any = post_quantum(self.raw) if raw[0] == 6 else Ed25519PublicKey.from_public_bytes(self.raw)

    def signed(self, note: str) -> str:
        """The note's text, if this key signed it."""
        text, parted, signatures = note.rpartition("\n\n")
        text += "\n"
        if not parted or not signatures.endswith("\n"):
            wrong("a checkpoint is not complete")
        for line in signatures[:-1].split("\n"):
            words = line.split(" ")
            if len(words) != 3 or words[0] != "\u2014":
                wrong("a checkpoint's signature cannot be read")
            try:
                box = base64.b64decode(words[2], validate=True)
            except ValueError:
                wrong("a checkpoint's signature cannot be read")
            if words[1] != self.name or box[:4] != self.id:
                continue
            message, signature = text.encode(), box[4:]
            if self.kind == 6:
                message, signature = cosigned(self.name, text, box[4:12]), box[12:]
            if self.kind == 4:
                message = b"cosignature/v1\ntime %d\n" % int.from_bytes(box[4:12], "big") + message
                signature = box[12:]
            verify(self.public, signature, message, "a checkpoint's signature is false")
            return text
        wrong("a checkpoint is not signed by " + self.name)


def post_quantum(raw: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa

        return mldsa.MLDSA44PublicKey.from_public_bytes(raw)
    except (ImportError, UnsupportedAlgorithm):
        wrong("this installation of cryptography knows no ML-DSA: a newer one is needed")


def cosigned(name: str, text: str, at: bytes) -> bytes:
    """What an ML-DSA key signs (C2SP tlog-cosignature): names, time, the tree from 0 to its size, its root."""
    origin, size, root = text.split("\n")[:3]
    one, other = name.encode(), origin.encode()
    names = bytes([len(one)]) + one + at + bytes([len(other)]) + other
    return b"subtree/v1\n\0" + names + bytes(8) + int(size).to_bytes(8, "big") + decoded(root)


def verify(public: Any, signature: bytes, message: bytes, why: str) -> None:
    try:
        public.verify(signature, message)
    except InvalidSignature:
        wrong(why)


def read_checkpoint(key: Key, note: str) -> tuple[int, bytes]:
    """Size and root."""
    lines = key.signed(note).split("\n")
    if len(lines) < 4 or lines[0] != key.name or not is_number(lines[1]):
        wrong("a checkpoint is not complete")
    root = decoded(lines[2])
    return int(lines[1]), root


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0") and len(text) < 20


def decoded(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        wrong("a hash cannot be read")
    if len(found) != 32:
        wrong("a hash cannot be read")
    return found


def check_minisign(public: Ed25519PublicKey, content: bytes, text: str) -> None:
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    head = b"ED" + hashlib.blake2b(raw, digest_size=8).digest()
    lines = text.split("\n")
    try:
        box, over = base64.b64decode(lines[1], validate=True), base64.b64decode(lines[3], validate=True)
        comment = lines[2][len("trusted comment: ") :]
    except (ValueError, IndexError):
        wrong("the manifest's signature cannot be read")
    if box[:10] != head:
        wrong("the manifest is not signed by this key")
    verify(public, box[10:], hashlib.blake2b(content).digest(), "the manifest's signature is false")
    verify(public, over, box[10:] + comment.encode(), "the manifest's signature is false")


# -- the tree (RFC 6962) ------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """Perfect subtrees, put together from left to right."""

    def __init__(self) -> None:
        self.size = 0
        self.parts: list[tuple[int, bytes]] = []

    def add(self, start: int, count: int, found: bytes) -> None:
        if start != self.size or count < 1 or count & (count - 1) or start % count:
            wrong("the proof's hashes do not follow one another")
        self.size += count
        while self.parts and self.parts[-1][0] == count and self.size % (2 * count) == 0:
            found = node_hash(self.parts.pop()[1], found)
            count *= 2
        self.parts.append((count, found))

    def root(self) -> bytes:
        if not self.parts:
            return hashlib.sha256(b"").digest()
        found = self.parts[-1][1]
        for _, left in reversed(self.parts[:-1]):
            found = node_hash(left, found)
        return found


def check_inclusion(index: int, size: int, leaf: bytes, path: list[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        wrong("the proof names an entry outside the tree")
    fn, sn, found = index, size - 1, leaf
    for step in path:
        if sn == 0:
            wrong("the proof is too long")
        if fn & 1 or fn == sn:
            found = node_hash(step, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, step)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or found != root:
        wrong("the proof does not lead from the entry to the signed tree")


def check_tlog_proof(key: Key, text: str, entry: bytes) -> tuple[int, int]:
    """Index of the entry and size of the tree."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) > 1 and lines[1].startswith("extra "):
        del lines[1]
    if lines[0] != TLOG_PROOF or len(lines) < 2 or not lines[1].startswith("index ") or not is_number(lines[1][6:]):
        wrong("this is not a tlog-proof")
    size, root = read_checkpoint(key, note)
    check_inclusion(int(lines[1][6:]), size, leaf_hash(entry), [decoded(line) for line in lines[2:]], root)
    return int(lines[1][6:]), size


# -- an export ------------------------------------------------------------


def lines_of(pack: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with pack.open(name) as opened:
        for line in opened:
            yield line[:-1] if line.endswith(b"\n") else line


def small(pack: zipfile.ZipFile, name: str) -> bytes:
    try:
        if pack.getinfo(name).file_size > MAX_SMALL:
            wrong(name + " is too large")
        return pack.read(name)
    except KeyError:
        wrong(name + " is missing")


def check_files(pack: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Each file is there once, is the one that was signed for, and there is no other."""
    names = pack.namelist()
    told = {one["name"]: one for one in manifest["files"]}
    if len(set(names)) != len(names) or set(names) != {*told, "manifest.json", "manifest.json.minisig"}:
        wrong("there are files missing, or files that were not signed for")
    for name, one in told.items():
        digest, size = hashlib.sha256(), 0
        with pack.open(name) as opened:
            while True:
                some = opened.read(1 << 20)
                if not some:
                    break
                digest.update(some)
                size += len(some)
        if digest.hexdigest() != one["sha256"] or size != one["bytes"]:
            wrong(name + " is not what was signed for")


def check_entries(
    pack: zipfile.ZipFile, size: int, root: bytes, older: list[tuple[int, bytes, str]]
) -> tuple[int, bool]:
    """How many entries there are, and whether they are a run without a gap; all of them in the signed tree."""
    proof, entries = lines_of(pack, "proof.txt"), lines_of(pack, "entries.jsonl")
    if next(proof, b"").decode() != MULTIPROOF or next(proof, b"") != b"size %d" % size:
        wrong("the proof is not of the signed tree")
    tree, count, runs, kept, last = Tree(), 0, 0, 0, 0
    wanted = {number: (expected, name) for number, expected, name in older}
    for line in proof:
        words = line.decode("ascii", "replace").split(" ")
        if words[0] == "hash" and len(words) == 4 and is_number(words[1]) and is_number(words[2]):
            tree.add(int(words[1]), int(words[2]), decoded(words[3]))
            continue
        if words[0] != "entries" or len(words) != 3 or not is_number(words[1]) or not is_number(words[2]):
            wrong("the proof cannot be read")
        runs += 1
        for at in range(int(words[1]), int(words[1]) + int(words[2])):
            entry = next(entries, None)
            if entry is None:
                wrong("entries are missing")
            tree.add(at, 1, leaf_hash(entry))
            told = json.loads(entry)
            if told["sequence"] <= last or told.get("kept", 0) < kept:
                wrong(f"entry {told['sequence']} is not in its order, or back in time")
            last, kept = told["sequence"], told.get("kept", 0)
            count += 1
            if tree.size in wanted:
                expected, name = wanted.pop(tree.size)
                if tree.root() != expected:
                    wrong("the entries are not those that " + name + " was signed for")
    if next(entries, None) is not None:
        wrong("there are entries that the proof does not name")
    if tree.size != size or tree.root() != root:
        wrong("the entries are not those of the signed tree")
    if wanted and (runs > 1 or count < size):
        wrong("only an export of the whole log can be compared with other checkpoints")
    if wanted:
        wrong("a checkpoint was signed for more entries than there are")
    return count, runs <= 1


def check_single_proofs(pack: zipfile.ZipFile, key: Key) -> int:
    """Those that lie beside a small export, one a file."""
    names = {name[len("proofs/") : -len(".tlog-proof")]: name for name in pack.namelist() if name.startswith("proofs/")}
    if not names:
        return 0
    for entry in lines_of(pack, "entries.jsonl"):
        number = str(json.loads(entry)["sequence"])
        if number in names:
            check_tlog_proof(key, small(pack, names.pop(number)).decode(), entry)
    if names:
        wrong("there are proofs of entries that are not there")
    return 1


def check_export(file: str, given: str | None, witness: list[str], older: list[str]) -> str:
    with zipfile.ZipFile(file) as pack:
        raw = small(pack, "manifest.json")
        manifest = json.loads(raw)
        key = Key(given or manifest["log"]["key"])
        check_minisign(key.public, raw, small(pack, "manifest.json.minisig").decode())
        check_files(pack, manifest)
        note = small(pack, "checkpoint").decode()
        size, root = read_checkpoint(key, note)
        for one in witness:
            Key(one).signed(note)
        known = [(*read_checkpoint(key, read_text(name)), name) for name in older]
        count, whole = check_entries(pack, size, root, known)
        if count != manifest["entries"] or size != manifest["log"]["size"]:
            wrong("the manifest counts other entries")
        check_single_proofs(pack, key)
    run = "a run of entries with none left out" if whole else "selected entries"
    note = "" if given else " (only against the key inside: give --key to know whose log it is)"
    return f"{count} entries, {run}, in the signed log of {size}{note}"


def check_certificate(file: str, given: str, witness: list[str]) -> str:
    """A certificate of erasure is signed by the log's key, and the signed tree has an entry with its hash."""
    key = Key(given)
    with zipfile.ZipFile(file) as pack:
        raw = small(pack, "certificate.json")
        check_minisign(key.public, raw, small(pack, "certificate.json.minisig").decode())
        entry = small(pack, "entry.json")
        proof = small(pack, "entry.tlog-proof").decode()
        index, size = check_tlog_proof(key, proof, entry)
        for one in witness:
            Key(one).signed(proof.partition("\n\n")[2])
        listed = json.loads(small(pack, "erased.json"))["erased"]
    certificate, told = json.loads(raw), json.loads(entry)
    if told["action"] != "person_erased" or told["certificate"] != hashlib.sha256(raw).hexdigest():
        wrong("the entry in the log is not of this certificate")
    if (told["person"], told["account"]) != (certificate["person"], certificate["by"]):
        wrong("the entry in the log is of another person or by another account")
    gone = {one["name"] for one in listed}
    persons = [] if certificate["held"] else certificate["persons"]
    if not gone.issuperset([*certificate["conversations"], *persons]):
        wrong("the list of what is erased lacks some of the certificate")
    held = f", {len(certificate['held'])} are held" if certificate["held"] else ""
    count = len(certificate["conversations"])
    return (
        f"{count} conversations erased at {certificate['erased_at']}{held}; entry {index} of the signed log of {size}"
    )


def read_text(name: str) -> str:
    with open(name, encoding="utf-8") as opened:
        return opened.read(MAX_SMALL)


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks an audit export, proof or checkpoint of a B2T Voice box.")
    what = parser.add_subparsers(dest="what", required=True)
    for name, help_ in (
        ("export", "the zip"),
        ("certificate", "the zip of an erasure"),
        ("proof", "the .tlog-proof"),
        ("checkpoint", "the signed note"),
    ):
        one = what.add_parser(name)
        one.add_argument("file", help=help_)
        one.add_argument("--key", required=name != "export", help="the log's verifier key")
        one.add_argument(
            "--witness",
            action="append",
            default=[],
            help="a further verifier key (witness, post-quantum) that must have signed too",
        )
        if name == "proof":
            one.add_argument("--entry", required=True, help="the entry, as a line of entries.jsonl")
        if name == "export":
            one.add_argument("--checkpoint", action="append", default=[], help="one that was kept elsewhere")
    asked = parser.parse_args()
    try:
        if asked.what == "export":
            said = check_export(asked.file, asked.key, asked.witness, asked.checkpoint)
        elif asked.what == "certificate":
            said = check_certificate(asked.file, asked.key, asked.witness)
        elif asked.what == "proof":
            with open(asked.entry, "rb") as opened:
                entry = opened.read(MAX_SMALL).rstrip(b"\n")
            index, size = check_tlog_proof(Key(asked.key), read_text(asked.file), entry)
            said = f"the entry is number {index} (counted from 0) of the signed log of {size}"
        else:
            note = read_text(asked.file)
            size, root = read_checkpoint(Key(asked.key), note)
            for one in asked.witness:
                Key(one).signed(note)
            said = f"signed for {size} entries with root {root.hex()}"
    except Wrong as error:
        sys.stdout.write(f"DOES NOT HOLD: {error}\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, EOFError) as error:
        sys.stdout.write(f"DOES NOT HOLD: it cannot be read ({type(error).__name__})\n")
        return 1
    sys.stdout.write(f"holds: {said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
