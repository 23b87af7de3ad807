"""Whatever bytes may have been packed into, unpacked again, wherever in a file it begins; damaged tails are fine."""

from __future__ import annotations

import base64
import binascii
import bz2
import contextlib
import lzma
import re
import sqlite3
import struct
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

LIMIT = 256 << 20
"""Bytes a single stream is unpacked to at most."""
_ZLIB = re.compile(
    b"|".join(
        re.escape(bytes([first]))
        + b"["
        + b"".join(re.escape(bytes([n])) for n in range(256) if (first << 8 | n) % 31 == 0)
        + b"]"
        for first in range(0x08, 0x80, 0x10)
    ),
    re.DOTALL,
)
"""The headers RFC 1950 allows: method 8, any window, a check that divides by 31."""
JUNK = 16
"""Bytes: less than that before an error is what noise inflates to."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
_HEX = re.compile(rb"[0-9A-Fa-f]{32,}")
_ESCAPE = re.compile(
    rb"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|%([0-9A-Fa-f]{2})|=([0-9A-F]{2})|&#([0-9]{1,7});|&#[xX]([0-9A-Fa-f]{1,6});"
    rb"|\\([0-3][0-7]{2})|\\([/\"'\\])|=\r?\n()"
)
_FRAMED = re.compile(rb"\xff\x06\x00\x00(?:sNaPpY|S2sTwO)")
_ZSTD = b"\x28\xb5\x2f\xfd"


def unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Every layer found in the content: its name and what it holds."""
    yield from _deflated(content)
    yield from _others(content)
    for found in _FRAMED.finditer(content):
        yield "s2", b"".join(_s2_frames(content, found.start()))
    for start in _places(content, _ZSTD):
        frame = _zstd_frame(content, start)
        if frame:
            yield "zstd", _zstd(frame)
    yield from _texts(content)


def _texts(content: bytes) -> Iterator[tuple[str, bytes]]:
    runs = [run.replace(b"-", b"+").replace(b"_", b"/") for run in _BASE64.findall(content)]
    for skipped in range(4) if runs else ():
        yield "base64", b"\n".join(_base64(run[skipped:]) for run in runs)
    hexes = _HEX.findall(content)
    for skipped in range(2) if hexes else ():
        even = (run[skipped : len(run) - (len(run) - skipped) % 2] for run in hexes)
        yield "hex", b"\n".join(binascii.unhexlify(run) for run in even)
    plain = _ESCAPE.sub(_unescaped, content)
    if plain != content:
        yield "escapes", plain
    if b"\0" in content:
        yield "utf-16", content.replace(b"\0", b"")


def _base64(run: bytes) -> bytes:
    whole = run[: len(run) // 4 * 4] if len(run) % 4 == 1 else run + b"=" * (-len(run) % 4)
    try:
        return base64.b64decode(whole)
    except binascii.Error:
        return b""


def _unescaped(found: re.Match[bytes]) -> bytes:
    kind, value = found.lastindex, found[found.lastindex or 0]
    if kind in (1, 5, 6):
        number = int(value, 10 if kind == 5 else 16)
        return chr(number).encode("utf-8", "ignore") if number < 0x110000 else b""
    if kind in (2, 3, 4):
        return bytes([int(value, 16)])
    if kind == 7:
        return bytes([int(value, 8)])
    return value


def _deflated(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "gzip", b"\n".join(_inflate(content, start, 31) for start in _places(content, b"\x1f\x8b\x08"))
    yield "zlib", b"\n".join(_inflate(content, found.start(), 15) for found in _ZLIB.finditer(content))
    zipped = [start for start in _places(content, b"PK\x03\x04") if len(content) >= start + 30]
    bodies = (start + 30 + sum(struct.unpack_from("<HH", content, start + 26)) for start in zipped)
    yield "zip", b"\n".join(_inflate(content, start, -15) for start in bodies)


def _inflate(content: bytes, start: int, window: int) -> bytes:
    """What can be inflated before an error; by small pieces, since what an erring call had so far is lost."""
    stream = zlib.decompressobj(window)
    out = bytearray()
    try:
        for at in range(start, len(content), 256):
            out += stream.decompress(content[at : at + 256], LIMIT)
            if stream.eof or len(out) > LIMIT:
                break
    except zlib.error:
        return bytes(out) if len(out) >= JUNK else b""
    return bytes(out)


def _others(content: bytes) -> Iterator[tuple[str, bytes]]:
    for magic, name in ((b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz")):
        for start in _places(content, magic):
            stream = bz2.BZ2Decompressor() if name == "bzip2" else lzma.LZMADecompressor()
            with contextlib.suppress(OSError, EOFError, lzma.LZMAError):
                yield name, stream.decompress(content[start:], LIMIT)


def _s2_frames(content: bytes, start: int) -> Iterator[bytes]:
    """The framing format of Snappy and of S2, which NATS writes: chunks of type (u8), length (u24), checksum, data."""
    at = start
    while at + 4 <= len(content):
        kind, length = content[at], int.from_bytes(content[at + 1 : at + 4], "little")
        body = content[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == 0x00:
            yield s2_block(body[4:])
        elif kind == 0x01:
            yield body[4:]
        elif kind < 0x80:
            return


def s2_block(block: bytes) -> bytes:
    """What can be read of a Snappy or S2 block. S2 adds to Snappy that a copy of offset 0 repeats the last one."""
    out = bytearray()
    at = offset = 0
    with contextlib.suppress(IndexError):
        while block[at] & 0x80:
            at += 1
        at += 1
        while at < len(block):
            tag = block[at]
            if tag & 3 == 0:
                length, at = _literal(block, at)
                out += block[at : at + length]
                at += length
                continue
            length, distance, at = _copy(block, at)
            offset = distance or offset
            if not 0 < offset <= len(out):
                break
            while length > 0:
                piece = out[len(out) - offset : len(out) - offset + length]
                out += piece
                length -= len(piece)
    return bytes(out)


def _literal(block: bytes, at: int) -> tuple[int, int]:
    size = block[at] >> 2
    if size < 60:
        return size + 1, at + 1
    width = size - 59
    return int.from_bytes(block[at + 1 : at + 1 + width], "little") + 1, at + 1 + width


def _copy(block: bytes, at: int) -> tuple[int, int, int]:
    """Length, distance (0: as before) and where the next one begins."""
    tag = block[at]
    if tag & 3 == 1:
        distance = (tag >> 5) << 8 | block[at + 1]
        length = tag >> 2 & 7
        if distance:
            return length + 4, distance, at + 2
        if length < 5:
            return length + 4, 0, at + 2
        width = length - 4
        base = {1: 8, 2: 1 << 8, 3: 1 << 16}[width]
        return (
            int.from_bytes(block[at + 2 : at + 2 + width], "little") + base + (0 if width == 1 else 4),
            0,
            at + 2 + width,
        )
    width = 2 if tag & 3 == 2 else 4
    return (tag >> 2) + 1, int.from_bytes(block[at + 1 : at + 1 + width], "little"), at + 1 + width


def _zstd_frame(content: bytes, start: int) -> bytes | None:
    """The exact bytes of the frame that begins here (RFC 8878), so that what follows it does not matter."""
    if len(content) < start + 6:
        return None
    described = content[start + 4]
    single = described >> 5 & 1
    at = start + 5 + (1 - single) + (0, 1, 2, 4)[described & 3] + ((1 if single else 0), 2, 4, 8)[described >> 6]
    while at + 3 <= len(content):
        header = int.from_bytes(content[at : at + 3], "little")
        at += 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
        if header & 1:
            return content[start : at + (4 if described >> 2 & 1 else 0)]
    return None


def _zstd(frame: bytes) -> bytes:
    """By way of DuckDB, which carries zstd for CSV files: every byte a Latin-1 letter, every line a row."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frame.zst"
        file.write_bytes(frame)
        try:
            with duckdb.connect() as connection:
                rows = connection.execute(
                    "SELECT line FROM read_csv(?, compression='zstd', encoding='latin-1', header=false, delim='\x01',"
                    " quote='', escape='', columns={'line': 'VARCHAR'}, strict_mode=false, ignore_errors=true,"
                    " null_padding=true, max_line_size=33554432, parallel=false)",
                    [str(file)],
                ).fetchall()
        except duckdb.Error:
            return b""
    return b"\n".join(row[0].encode("latin-1", "replace") for row in rows if row[0] is not None)


def sqlite_rows(file: Path) -> bytes:
    """Every value of every row of an SQLite database, also those whose text is spread over pages."""
    held: list[bytes] = []
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            source = file.with_name(file.name + suffix)
            if source.exists():
                (Path(folder) / f"copy{suffix}").write_bytes(source.read_bytes())
        try:
            with contextlib.closing(sqlite3.connect(Path(folder) / "copy")) as connection:
                connection.text_factory = bytes
                tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
                for (table,) in tables:
                    quoted = table.decode().replace('"', '""')
                    for row in connection.execute(f'SELECT * FROM "{quoted}"'):
                        held += [value if isinstance(value, bytes) else str(value).encode() for value in row]
        except sqlite3.Error:
            pass
    return b"\n".join(held)


def _places(content: bytes, magic: bytes) -> Iterator[int]:
    at = content.find(magic)
    while at >= 0:
        yield at
        at = content.find(magic, at + 1)
