"""Every form is planted and found, and what only looks alike is not."""

from __future__ import annotations

import asyncio
import base64
import bz2
import gzip
import html
import io
import json
import lzma
import os
import quopri
import random
import sqlite3
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable

import duckdb
import pytest
from nats.js import api

from tests.privacy.sweep import Hit, search, sweep
from tests.privacy.unpacking import s2_block

CARD, SSN, PIN, EMAIL = "4556737586899855", "078-05-1120", "80417365", "jane.doe@example.org"
SECRETS = {"card": CARD, "ssn": SSN, "pin": PIN, "email": EMAIL}
NOISE = random.Random(7).randbytes(4000)


def forms(content: bytes) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(hit.secret, hit.form, hit.layers) for hit in search(content, SECRETS)}


def buried(content: bytes) -> bytes:
    return NOISE + b"|" + content + b"|" + NOISE


@pytest.mark.parametrize(("label", "secret"), SECRETS.items())
def test_as_it_is(label, secret):
    assert (label, "raw", ()) in forms(buried(b"x" + secret.encode() + b"y"))


def test_whatever_its_case():
    assert ("email", "raw", ()) in forms(b"Jane.Doe@Example.ORG")


def test_a_number_written_with_separators_is_found_without_them():
    assert ("ssn", "raw", ()) in forms(b"078051120")
    assert ("ssn", "base64", ()) in forms(base64.b64encode(b"x078051120"))


@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize(("label", "secret"), SECRETS.items())
def test_base64_at_every_alignment(before, label, secret):
    content = os.urandom(before) + secret.encode() + os.urandom(5)
    assert (label, "base64", ()) in forms(buried(base64.b64encode(content)))
    assert (label, "base64", ()) in forms(buried(base64.urlsafe_b64encode(content)))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
@pytest.mark.parametrize(("label", "secret"), SECRETS.items())
def test_utf_16_also_in_hex_and_base64(encoding, label, secret):
    wide = secret.encode(encoding)
    assert (label, "utf-16", ()) in forms(buried(wide))
    assert (label, "hex", ()) in forms(wide.hex().encode())
    assert (label, "base64", ()) in forms(base64.b64encode(b"?" + wide))


@pytest.mark.parametrize("write", [
    lambda raw: raw.hex(), lambda raw: raw.hex().upper(), lambda raw: raw.hex(" "), lambda raw: raw.hex(":"),
    lambda raw: ", ".join(f"0x{byte:02x}" for byte in raw), lambda raw: "".join(f"\\x{byte:02X}" for byte in raw),
])  # fmt: skip
def test_hex(write):
    assert ("card", "hex", ()) in forms(buried(write(CARD.encode()).encode()))


@pytest.mark.parametrize("gap", [" ", "-", ".", "  ", ", ", " - ", "/", '", "', "\t", "\n"])
@pytest.mark.parametrize("group", [1, 2, 3, 4])
def test_digits_set_apart(gap, group):
    apart = gap.join(CARD[at : at + group] for at in range(0, len(CARD), group))
    assert ("card", "apart", ()) in forms(buried(apart.encode()))


def test_letters_set_apart():
    assert ("email", "apart", ()) in forms(b"spell it: " + b" ".join(bytes([one]) for one in EMAIL.encode()))


WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize("gap", [" ", ", ", "-", '", "', "\n", "", ". "])
def test_digits_spelled(gap):
    assert ("pin", "spelled", ()) in forms(f"it is {gap.join(WORDS[int(digit)] for digit in PIN)}!".encode())


@pytest.mark.parametrize(
    "said",
    [
        "Eight oh four one, seven three six five",
        "eight 0 four 1 seven 3 six 5",
        "eighty forty one seventy three sixty five",
    ],
)
def test_digits_said_as_people_say_them(said):
    assert ("pin", "spelled", ()) in forms(said.encode())


def test_doubles_triples_and_teens():
    found = search(b"double four triple five eleven one two", {"number": "445551112"})
    assert [hit.form for hit in found] == ["spelled"]


@pytest.mark.parametrize(
    "said",
    ["jane dot doe at example dot org", "Jane.Doe at example.org", "jane [dot] doe [at] example [dot] org"],
)
def test_an_address_said_aloud(said):
    assert ("email", "said", ()) in forms(said.encode())


@pytest.mark.parametrize(
    "pack", [gzip.compress, zlib.compress, bz2.compress, lzma.compress], ids=lambda f: f.__module__
)
@pytest.mark.parametrize("cut", [0, 10])
def test_compressed_in_the_middle_of_a_file_and_cut_off(pack, cut):
    packed = pack(NOISE[:100] + CARD.encode() + NOISE + NOISE)
    assert CARD.encode() not in packed
    found = forms(NOISE + packed[: len(packed) - cut])
    assert ("card", "raw") in {(label, form) for label, form, layers in found if layers} or (
        cut and pack is bz2.compress
    )


def test_zip():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("notes.txt", f"{'x' * 500} {CARD} {'y' * 500}")
    assert ("card", "raw", ("zip",)) in forms(buried(out.getvalue()))


def test_zstd(tmp_path):
    file = tmp_path / "packed.zst"
    line = "na " * 40
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT ? AS line FROM range(50)", [line])
        connection.execute("INSERT INTO t VALUES (?)", [f"{line} {CARD[:8]}{CARD[8:]}"])
        connection.execute(f"COPY t TO '{file}' (FORMAT csv, HEADER false, COMPRESSION zstd)")
    assert ("card", "raw", ("zstd",)) in forms(buried(file.read_bytes()))


def s2(chunk: bytes, magic: bytes = b"S2sTwO") -> bytes:
    body = bytes(4) + chunk
    return b"\xff\x06\x00\x00" + magic + b"\x00" + len(body).to_bytes(3, "little") + body


@pytest.mark.parametrize("magic", [b"S2sTwO", b"sNaPpY"])
def test_s2_and_snappy_frames(magic):
    """`4556737586899855` with its second `55` copied from 14 back, by each kind of copy."""
    literal = bytes([(len(CARD[:-2]) - 1) << 2]) + CARD[:-2].encode() + b"\x04--"
    for copy in (b"\x06\x0f\x00", b"\x07\x0f\x00\x00\x00"):
        block = b"\x12" + literal[:15] + copy + b"\x00."
        assert s2_block(block).startswith(CARD[:-2].encode())
    block = b"\x10" + bytes([13 << 2]) + CARD[:14].encode() + bytes([(2 - 1) << 2 | 2]) + struct.pack("<H", 13)
    assert s2_block(block) == CARD.encode()
    assert ("card", "raw", ("s2",)) in forms(buried(s2(block, magic)))


def test_s2_repeats_its_last_copy():
    block = b"\x0c" + b"\x04ab" + bytes([0b000_000_01, 2]) + bytes([0b000_000_01, 0])
    assert s2_block(block) == b"ab" * 5
    assert (
        s2_block(b"\x00" + b"\x04ab" + bytes([1, 2]) + bytes([0b000_101_01, 0, 3])) == b"ab" * 3 + b"ababababab" + b"a"
    )


async def test_a_block_of_a_stream_that_nats_compresses(bus, nats_server):
    """The server packs a block (8 MB) once the next one is begun."""
    config = api.StreamConfig(name="PACKED", subjects=["packed"], compression=api.StoreCompression.S2)
    await bus._js.add_stream(config)
    for number in range(12):
        text = f"{'my card is ' * 80_000} {CARD if number == 2 else number}"
        await bus._js.publish("packed", text.encode())
    first = next(nats_server.folder.rglob("PACKED/msgs/1.blk"))
    async with asyncio.timeout(10):
        while first.stat().st_size > 4 << 20:
            await asyncio.sleep(0.05)
    hits = {hit.layers for hit in sweep(first.parent, SECRETS) if hit.secret == "card"}
    assert ("s2",) in hits


def test_rows_of_sqlite_whose_text_is_spread_over_pages(tmp_path):
    file = tmp_path / "records.sqlite"
    with sqlite3.connect(file) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("CREATE TABLE t (text)")
        for shift in range(0, 64, 4):
            opened.execute("INSERT INTO t VALUES (?)", ("x" * (4000 + shift) + CARD + "x" * 3000,))
        opened.execute("INSERT INTO t VALUES (?)", (zlib.compress(PIN.encode() * 3),))
        opened.commit()
        hits = {(hit.secret, hit.layers) for hit in sweep(tmp_path, SECRETS)}
    assert ("card", ("sqlite",)) in hits
    assert ("pin", ("sqlite", "zlib")) in hits


def each(pattern: str) -> Callable[[str], str]:
    return lambda text: "".join(pattern.format(ord(one)) for one in text)


@pytest.mark.parametrize(
    "escape",
    [*map(each, ["\\u{:04x}", "\\x{:02X}", "%{:02X}", "={:02X}", "&#{};", "&#x{:x};", "\\{:03o}"]), urllib.parse.quote],
)
def test_escapes(escape):
    found = {(label, form) for label, form, _ in forms(buried(escape(EMAIL).encode()))}
    assert ("email", "raw") in found


def test_what_libraries_escape():
    text = f"{EMAIL} é <b>"
    assert ("email", "raw") in {one[:2] for one in forms(json.dumps(text).encode())}
    assert ("email", "raw") in {one[:2] for one in forms(html.escape(text).encode())}
    broken = quopri.encodestring(("x" * 66 + EMAIL).encode())
    assert ("email", "raw", ("escapes",)) in forms(broken)


def test_packed_in_one_another():
    inside = json.dumps({"text": gzip.compress(base64.b64encode(zlib.compress(CARD.encode()))).hex()})
    found = forms(b"key=" + base64.b64encode(inside.encode()))
    assert ("card", "raw", ("base64", "hex", "gzip", "base64", "zlib")) in found


def test_names_of_files_and_folders(tmp_path):
    (tmp_path / f"call-{CARD}").mkdir()
    (tmp_path / f"call-{CARD}" / "log").write_bytes(b"nothing")
    assert {(hit.where, hit.secret) for hit in sweep(tmp_path, SECRETS)} == {
        (f"call-{CARD} (its name)", "card"),
        (f"call-{CARD}/log (its name)", "card"),
    }


def test_a_hit_says_where_what_and_how(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "phone.log").write_bytes(b"pin " + PIN.encode())
    assert sweep(tmp_path, SECRETS) == [Hit("logs/phone.log", "pin", "raw", ())]
    assert sweep(tmp_path, SECRETS, ignore=lambda file: file.name == "phone.log") == []


def test_short_secrets_count_where_they_stand_alone():
    short = {"pin": "4831"}
    assert [hit.form for hit in search(b'"pin": "4831"', short)] == ["raw"]
    assert [hit.form for hit in search(b"four eight three one", short)] == ["spelled"]
    assert [hit.form for hit in search(b"pin 4 8 3 1.", short)] == ["apart"]
    assert search(b"at 1764831.250, id a4831f, four eight three one two", short) == []


def test_a_time_or_a_hash_is_no_secret_and_hides_none():
    for by_chance in (f"17957{PIN}123456", f"0123abcd{PIN}" * 4):
        assert forms(f'{{"at":{by_chance},"x":1}}'.encode()) == set()
        assert ("pin", "raw", ()) in forms(f'{{"at":{by_chance},"pin":{PIN}}}'.encode())
    assert ("pin", "raw", ()) in forms(f"{PIN}12345678901".encode())
    assert ("card", "raw", ()) in forms(f"abcdef{CARD}abcdef0123456789".encode())


def test_what_only_looks_alike_is_not_found():
    close = f"{CARD[:-1]}0 {PIN[:-1]} jane.doe@example.com 078-05-1121 {' '.join(WORDS)}"
    assert search(close.encode() + base64.b64encode(close.encode()) + gzip.compress(close.encode()), SECRETS) == []
    assert search(random.Random(3).randbytes(1 << 20), SECRETS) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"\x28\xb5\x2f\xfd" * 9,
        b"PK\x03\x04",
        b"\xff\x06\x00\x00S2sTwO\x00",
        b"BZh",
        b"\xfd7zXZ\x00",
        b"SQLite format 3\0",
        b"\\u",
        b"x\x9c",
    ],
)
def test_half_of_something_is_no_trouble(content, tmp_path):
    (tmp_path / "file").write_bytes(content)
    assert sweep(tmp_path, SECRETS) == []


def test_an_empty_secret_is_a_mistake():
    with pytest.raises(ValueError, match="everywhere"):
        search(b"x", {"card": ""})
