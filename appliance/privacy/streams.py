"""Audio and files, sealed as they come, 64 KiB at a time: any chunk cut, changed, swapped, dropped or added is refused.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) as age has it: each stream has a key of its own,
derived from the conversation's with 32 random bytes, the header and the place, which bind it; a chunk's nonce is its
number and whether it is the last. A chunk is given out only once it is known to be what was written;
that the stream is complete is known at its end, so nothing may be acted on before `finish`.

A sealed stream is `b2ts`, format 1, class (0 redacted, 1 raw), key generation (one byte each), 32 random bytes, then
the chunks, each with its tag of 16 bytes. The last one alone may be shorter, and is empty only if the stream is.
"""

from __future__ import annotations

import os
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.errors import Invalid, Tampered
from appliance.privacy.sealing import KEY_BYTES, TAG_BYTES, ConversationKeys, KeyClass, associated_data

CHUNK_BYTES: Final = 64 << 10
MAGIC: Final = b"b2ts\x01"
SALT_BYTES: Final = 32
HEADER_BYTES: Final = len(MAGIC) + 2 + SALT_BYTES
_CLASSES: Final[tuple[KeyClass, ...]] = ("redacted", "raw")
_COUNTER_BYTES: Final = 11


class StreamSealer:
    """`header` first, then what `push` gives, then what `finish` gives. One thread at a time."""

    __slots__ = ("_cipher", "_header", "_number", "_out", "_waiting")

    def __init__(self, keys: ConversationKeys, place: str, key: KeyClass = "raw") -> None:
        """Raises Denied where that class was not leased."""
        generation, base = keys.stream_key(key)
        self._header = MAGIC + bytes([_CLASSES.index(key), generation]) + os.urandom(SALT_BYTES)
        self._cipher = _cipher(base, self._header, keys.conversation, place, key, generation)
        self._number = 0
        self._waiting = bytearray()
        self._out = bytearray(CHUNK_BYTES + TAG_BYTES)

    @property
    def header(self) -> bytes:
        return self._header

    def push(self, data: bytes | bytearray | memoryview) -> bytes:
        """Whole chunks of what has come so far. The last is held back: only the end says which it is."""
        view = memoryview(data)
        if not self._waiting and len(view) <= CHUNK_BYTES:
            self._waiting += view
            return b""
        done: list[bytes] = []
        at = 0
        if self._waiting:
            at = min(CHUNK_BYTES - len(self._waiting), len(view))
            self._waiting += view[:at]
            if at == len(view):
                return b""
            done.append(self._seal(self._waiting, last=False))
            self._waiting.clear()
        while len(view) - at > CHUNK_BYTES:
            done.append(self._seal(view[at : at + CHUNK_BYTES], last=False))
            at += CHUNK_BYTES
        self._waiting += view[at:]
        return done[0] if len(done) == 1 else b"".join(done)

    def finish(self) -> bytes:
        """The last chunk. Nothing can be pushed after it."""
        last = self._seal(self._waiting, last=True)
        _wipe(self._waiting)
        return last

    def _seal(self, chunk: bytearray | memoryview, *, last: bool) -> bytes:
        if self._number < 0:
            raise Invalid("a sealed stream that is finished takes no more")
        nonce = _nonce(self._number, last)
        self._number = -1 if last else self._number + 1
        size = len(chunk) + TAG_BYTES
        if size == len(self._out):
            self._cipher.encrypt_into(nonce, chunk, None, self._out)
            return bytes(self._out)
        return self._cipher.encrypt(nonce, bytes(chunk), None)


class StreamOpener:
    """Give it a sealed stream in pieces of any size; raises Tampered at the first byte that cannot be right."""

    __slots__ = ("_cipher", "_header", "_keys", "_number", "_place", "_waiting")

    def __init__(self, keys: ConversationKeys, place: str) -> None:
        self._keys, self._place = keys, place
        self._cipher: AESGCM | None = None
        self._header = b""
        self._number = 0
        self._waiting = bytearray()

    def push(self, data: bytes | bytearray | memoryview) -> bytes:
        """What is known to be what was written. Raises Tampered; Denied where the stream's class is not leased."""
        self._waiting += data
        if self._cipher is None:
            if len(self._waiting) < HEADER_BYTES:
                return b""
            self._begin(bytes(self._waiting[:HEADER_BYTES]))
            del self._waiting[:HEADER_BYTES]
        whole, at = CHUNK_BYTES + TAG_BYTES, 0
        done: list[bytes] = []
        with memoryview(self._waiting) as view:
            while len(view) - at > whole:
                done.append(self._open(view[at : at + whole], last=False))
                at += whole
        del self._waiting[:at]
        return done[0] if len(done) == 1 else b"".join(done)

    def finish(self) -> bytes:
        """The last chunk. Raises Tampered where the stream goes on, or was cut."""
        if self._cipher is None:
            raise Tampered("a sealed stream is cut")
        last = self._open(memoryview(self._waiting), last=True)
        if not last and self._number > 0:
            raise Tampered("a sealed stream ends with a chunk that is empty")
        self._number = -1
        return last

    def _begin(self, header: bytes) -> None:
        kind, generation = header[len(MAGIC)], header[len(MAGIC) + 1]
        if not header.startswith(MAGIC) or kind >= len(_CLASSES):
            raise Tampered("this is no sealed stream")
        key = _CLASSES[kind]
        _, base = self._keys.stream_key(key, generation)
        self._cipher = _cipher(base, header, self._keys.conversation, self._place, key, generation)

    def _open(self, chunk: memoryview, *, last: bool) -> bytes:
        assert self._cipher is not None
        if self._number < 0:
            raise Invalid("a sealed stream that is finished takes no more")
        try:
            opened = self._cipher.decrypt(_nonce(self._number, last), chunk, None)
        except (InvalidTag, ValueError):
            what = "a sealed stream is cut, or its end" if last else f"chunk {self._number} of a sealed stream"
            raise Tampered(f"{what} is not what was written") from None
        if not last:
            self._number += 1
        return opened


def seal_stream(keys: ConversationKeys, place: str, source: BinaryIO, sink: BinaryIO, key: KeyClass = "raw") -> int:
    """Seal a file as it is read, in bounded memory; how many bytes it had."""
    sealer = StreamSealer(keys, place, key)
    sink.write(sealer.header)
    count = 0
    while data := source.read(CHUNK_BYTES * 4):
        count += len(data)
        sink.write(sealer.push(data))
    sink.write(sealer.finish())
    return count


def open_stream(keys: ConversationKeys, place: str, source: BinaryIO, sink: BinaryIO) -> int:
    """Open a sealed file in bounded memory; how many bytes it has.

    Raises Tampered, after `sink` got what came before the damage: throw it away then.
    """
    opener = StreamOpener(keys, place)
    count = 0
    while data := source.read((CHUNK_BYTES + TAG_BYTES) * 4):
        opened = opener.push(data)
        count += len(opened)
        sink.write(opened)
    opened = opener.finish()
    sink.write(opened)
    return count + len(opened)


def _cipher(base: bytes, header: bytes, conversation: str, place: str, key: KeyClass, generation: int) -> AESGCM:
    """The stream's own key. What it is bound to is in the key itself, so that chunks need no associated data."""
    bound = b"b2t stream v1\0" + header + associated_data(conversation, place, key, generation)
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=header[-SALT_BYTES:], info=bound).derive(base)
    return AESGCM(derived)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + bytes([last])


def _wipe(buffer: bytearray) -> None:
    buffer[:] = bytes(len(buffer))
    buffer.clear()
