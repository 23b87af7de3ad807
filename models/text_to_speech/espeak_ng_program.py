"""espeak-ng as a program of its own: text in on stdin, PCM out on stdout. Counterpart of `espeak_ng.py`.

Started by its path, it imports nothing of this project, and nothing of this project imports it
(appliance/decisions/0001). Arguments: path of the library, path of its data folder.
In:  u32 length, then UTF-8 `voice NUL words-per-minute NUL text`; length 0 stops what is being spoken.
Out: u8 kind (0 ready, 1 audio, 2 done, 3 failed), u32 length, payload. All integers big-endian.
"""

import ctypes
import os
import select
import struct
import sys

READY, AUDIO, DONE, FAILED = range(4)
SYNCHRONOUS = 2
CHUNK_MS = 40
UTF8 = 1
PHONEMES = 0x100
RATE = 1
WORD_GAP = 7
GAP_10_MS = 4


def read(size: int) -> bytes:
    got = b""
    while len(got) < size:
        more = os.read(0, size - len(got))
        if not more:
            os._exit(0)
        got += more
    return got


def send(kind: int, payload: bytes = b"") -> None:
    data = struct.pack("!BI", kind, len(payload)) + payload
    while data:
        data = data[os.write(1, data) :]


def stop_asked() -> bool:
    if not select.select([0], [], [], 0)[0]:
        return False
    (length,) = struct.unpack("!I", read(4))
    if length:
        os._exit(2)  # a new order while one is running: the other side has lost count
    return True


def main() -> None:
    library = ctypes.CDLL(sys.argv[1])
    callback_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    stopped = False

    def on_samples(samples, count, _events):  # type: ignore[no-untyped-def]
        nonlocal stopped
        if not stopped and samples and count > 0:
            send(AUDIO, ctypes.string_at(samples, count * 2))
        stopped = stopped or stop_asked()
        return 1 if stopped else 0

    callback = callback_type(on_samples)
    rate = library.espeak_Initialize(SYNCHRONOUS, CHUNK_MS, sys.argv[2].encode(), 0x8000)
    if rate <= 0:
        sys.exit(1)
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetVoiceByName(b"en-us")
    send(READY, struct.pack("!I", rate))
    while True:
        (length,) = struct.unpack("!I", read(4))
        if length == 0:
            continue  # a stop that came after the end
        voice, speed, text = read(length).split(b"\0", 2)
        stopped = False
        if library.espeak_SetVoiceByName(voice) != 0:
            send(FAILED, b"voice")
            continue
        library.espeak_SetParameter(RATE, int(speed), 0)
        library.espeak_SetParameter(WORD_GAP, GAP_10_MS, 0)
        body = ctypes.create_string_buffer(text)
        failed = library.espeak_Synth(body, len(body), 0, 1, 0, UTF8 | PHONEMES, None, None)
        send(FAILED, b"synthesis") if failed and not stopped else send(DONE)


if __name__ == "__main__":
    main()
