"""`python -m services.inference.trying_aloud`: says a text, sends it through a telephone's band and hears it back.

A line `{"subject": …, "order": {…}}` in, the answer's line out, in the words of `appliance.adapters.aloud`. Voice and
recogniser are the box's starter engines; between them is what a call has: 8 kHz, G.711 µ-law, pieces of 20 ms. Its
askers are `b2t agents test --speech` and `scripts/train/confusions.py`. Nothing is kept or sent anywhere.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import IO

import numpy as np
import soxr
import structlog

from appliance.adapters.aloud import HEARD, SAY, HeardBack, SayAloud
from appliance.errors import B2TError
from appliance.ports import Hints, SpeechToText, TextToSpeech
from appliance.telephony import g711
from appliance.telephony.sdp import Codec
from models import registry

PIECE = 320
"""Bytes of 20 ms."""
SILENCE = 2400
"""Samples before and after: 0.3 s."""


def on_the_phone(pcm: bytes, rate: int) -> bytes:
    """PCM as it comes out of a call: 8 kHz, through µ-law and back, with silence on either side."""
    said = np.frombuffer(pcm, np.int16).astype(np.float32)
    narrow = np.pad(soxr.resample(said, rate, g711.RATE), SILENCE).clip(-32768, 32767).astype(np.int16)
    return g711.decode(Codec.PCMU, g711.encode(Codec.PCMU, narrow.tobytes()))


def round_trip(say: SayAloud, voice: TextToSpeech, recogniser: SpeechToText) -> HeardBack:
    pcm = b"".join(voice.speak(say.text, say.way.voice, "en", say.way.speed))
    heard = on_the_phone(pcm, voice.capabilities.sample_rate)
    utterance = recogniser.open(Hints(say.phrases, say.digits, say.amounts), "en")
    try:
        for start in range(0, len(heard), PIECE):
            utterance.feed(heard[start : start + PIECE])
        text = utterance.finish().text
    finally:
        utterance.close()
    return HeardBack(text, round(len(heard) / 2 / g711.RATE, 3))


def answer(line: str, voice: TextToSpeech, recogniser: SpeechToText) -> str:
    try:
        say = SAY.validate_python(json.loads(line)["order"])
        return HEARD.dump_json(round_trip(say, voice, recogniser)).decode()
    except (B2TError, ValueError, KeyError, TypeError):
        return json.dumps({"problem": "it could not be said or heard"})


def run(lines: IO[str], out: IO[str], voice: TextToSpeech, recogniser: SpeechToText) -> None:
    while line := lines.readline():
        out.write(answer(line, voice, recogniser) + "\n")
        out.flush()


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    voice = registry.load("text_to_speech", "espeak-ng", programs=1)
    try:
        run(sys.stdin, sys.stdout, voice, registry.load("speech_to_text", "pocketsphinx", sessions=1))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()
        raise SystemExit(1) from None
    finally:
        voice.close()


if __name__ == "__main__":
    main()
