"""Exact amounts of money heard back from what the box itself says, over G.711 at 8 kHz: `--amounts N --seed S`.

The engine speaks, the recogniser listens in 20 ms pieces with any amount of 0-999,999.99 allowed.
"""

from __future__ import annotations

import argparse
import random
import time

import numpy as np
import soxr

from appliance.ports import Hints
from appliance.privacy import values
from models.speech_to_text.amounts import cents_in
from models.speech_to_text.pocketsphinx import PocketSphinx
from models.text_to_speech.espeak_ng import SAMPLE_RATE, EspeakNg

HINTS = Hints(("your savings balance is", "your checking balance is"), amounts=True)


def through_g711(pcm: bytes) -> bytes:
    """µ-law's continuous curve in 8 bits, with 0.3 s of silence on either side."""
    said = np.frombuffer(pcm, np.int16).astype(np.float32) / 32768 * 0.9
    narrow = np.pad(soxr.resample(said, SAMPLE_RATE, 8000), 2400)
    coarse = np.rint(np.log1p(255 * np.abs(np.clip(narrow, -1, 1))) / np.log(256) * 127.5) / 127.5
    back: bytes = (np.sign(narrow) * np.expm1(coarse * np.log(256)) / 255 * 32767).astype(np.int16).tobytes()
    return back


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--amounts", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--low", type=int, default=10_000, help="cents")
    options.add_argument("--high", type=int, default=9_999_999, help="cents")
    chosen = options.parse_args()
    pick = random.Random(chosen.seed)  # noqa: S311 - reproducible
    voice, recogniser = EspeakNg(programs=1), PocketSphinx(sessions=1)
    right, heard_s, spent = 0, 0.0, 0.0
    for _ in range(chosen.amounts):
        cents = pick.randint(chosen.low, chosen.high)
        text = f"Your savings balance is {values.show(values.money(cents), 'spoken')}."
        pcm = through_g711(b"".join(voice.speak(text)))
        began = time.process_time()
        utterance = recogniser.open(HINTS)
        for at in range(0, len(pcm), 320):
            utterance.feed(pcm[at : at + 320])
        heard = utterance.finish().text
        spent, heard_s = spent + time.process_time() - began, heard_s + len(pcm) / 16000
        right += cents_in(heard) == cents
        if cents_in(heard) != cents:
            print(f"{cents / 100:.2f}: {heard}", flush=True)
    print(f"{right} of {chosen.amounts} exact; {spent / heard_s:.3f} of a core")
    voice.close()


if __name__ == "__main__":
    main()
