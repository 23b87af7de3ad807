"""Trains what `models.speech_to_text.telephone_band` estimates: the log-mel filters of wide speech from a telephone's.

Speech is made by flite (16 kHz voices) and espeak-ng, both from their programs on the PATH: amounts, digits and simple
sentences, at many levels and speeds, with light noise, through µ-law or A-law, half of it through a telephone's
300-3400 Hz. Reproducible for given versions of both programs. No recording of a person is used.

    python scripts/train/telephone_band.py [--utterances 400] [--out models/speech_to_text/telephone_band.npz]
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt
from sklearn.neural_network import MLPRegressor

from models.speech_to_text import telephone_band as band

FLITE = ("slt", "rms", "awb", "kal16")
ESPEAK = ("en-us", "en-us+f2", "en-us+f3", "en-us+m3", "en-us+f4", "en-us+m7", "en-gb", "en-gb+f2", "en-us+klatt4")
HIDDEN = 96
NOISE_16K = band.NOISE
SUBJECTS = [
    "the bank",
    "my card",
    "this payment",
    "your transfer",
    "the machine",
    "a friend",
    "our house",
    "the weather",
    "her phone",
]
VERBS = [
    "was refused",
    "is shown",
    "can be changed",
    "went through",
    "should arrive",
    "costs more",
    "takes long",
    "has expired",
    "feels wrong",
]
PLACES = [
    "at the branch",
    "in Chicago",
    "on Thursday",
    "since yesterday",
    "with cash",
    "for six weeks",
    "by the river",
    "online",
]
ASKED = [
    "What is the balance of my savings account?,I would like to talk to a person",
    "Please block the card at once",
    "Your checking balance is just above zero",
    "Which exchange rate do you charge for euros?,How do I verify who I am?,There is a withdrawal that I did not make",
    "Thanks very much, goodbye",
    "Yes please, that is fine",
    "No, thank you",
    "Should I choose a virtual or a physical card?,The judge measured the treasure with usual pleasure.",
]

Array = NDArray[np.float32]


def sentences(pick: random.Random) -> Iterator[str]:
    while True:
        dollars = pick.randrange(10 ** pick.randrange(1, 7))
        yield f"Your savings balance is {dollars} dollars and {pick.randrange(100)} cents."
        yield f"{pick.choice(SUBJECTS)} {pick.choice(VERBS)} {pick.choice(PLACES)}. {pick.choice(ASKED)}"
        yield (
            " ".join(str(pick.randrange(10)) for _ in range(8))
            + f", {pick.randrange(13, 20)}, {pick.randrange(20, 100)}."
        )


def spoken(text: str, pick: random.Random, folder: Path) -> tuple[Array, int]:
    path = folder / "said.wav"
    if pick.random() < 0.6:
        stretch = f"duration_stretch={pick.uniform(0.85, 1.3):.2f}"
        command = ["flite", "-voice", pick.choice(FLITE), "--setf", stretch, "-t", text, "-o", str(path)]
    else:
        speed, pitch = str(pick.randrange(120, 185)), str(pick.randrange(35, 65))
        voice = pick.choice(ESPEAK)
        command = [
            "espeak-ng",
            "-v",
            voice,
            "-s",
            speed,
            "-p",
            pitch,
            "-g",
            str(pick.randrange(8)),
            "-w",
            str(path),
            text,
        ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with wave.open(str(path)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return pcm.astype(np.float32) / 32768, file.getframerate()


def companded(sound: Array, a_law: bool) -> Array:
    """Through 8 bits of G.711's continuous curve and back."""
    size, sign = np.abs(np.clip(sound, -1, 1)), np.sign(sound)
    if a_law:
        knee = 1 + np.log(87.6)
        bent = np.where(size < 1 / 87.6, 87.6 * size / knee, (1 + np.log(np.maximum(87.6 * size, 1))) / knee)
        coarse = (np.floor(bent * 128) + 0.5) / 128
        back = np.where(coarse < 1 / knee, coarse * knee / 87.6, np.exp(coarse * knee - 1) / 87.6)
    else:
        coarse = np.rint(np.log1p(255 * size) / np.log(256) * 127.5) / 127.5
        back = np.expm1(coarse * np.log(256)) / 255
    return (sign * back).astype(np.float32)


def wide_log_filters(sound: Array) -> Array:
    """What the acoustic model expects: all filters, of speech at 16 kHz (on the 16-bit scale)."""
    emphasised = np.append(sound[:1], sound[1:] - 0.97 * sound[:-1])
    frames = np.lib.stride_tricks.sliding_window_view(emphasised, 2 * band.WINDOW)[:: 2 * band.SHIFT]
    power = np.abs(np.fft.rfft(frames * np.hamming(2 * band.WINDOW), 512)) ** 2
    return np.log(power @ band.filter_bank(257).T + 1e-3).astype(np.float32)


def example(text: str, pick: random.Random, noise: np.random.Generator, folder: Path) -> tuple[Array, Array]:
    said, rate = spoken(text, pick, folder)
    said = np.concatenate([np.zeros(rate // 5), said, np.zeros(rate // 5)])
    said = said / np.max(np.abs(said)) * pick.uniform(0.15, 0.95)
    wide = soxr.resample(said, rate, 16000)
    narrow = soxr.resample(said, rate, 8000)
    if pick.random() < 0.5:
        edges = [pick.uniform(120, 320), pick.uniform(3300, 3600)]
        narrow = sosfilt(butter(2, edges, "bandpass", fs=8000, output="sos"), narrow)
    if pick.random() < 0.5:
        narrow = narrow + noise.normal(0, 10 ** pick.uniform(-4, -2.5), len(narrow))
    narrow = companded(narrow, a_law=pick.random() < 0.5)
    known = band.in_context(band.log_filters((narrow * 32767).astype(np.float32)))
    wanted = wide_log_filters((wide * 32767 + noise.normal(0, NOISE_16K, len(wide))).astype(np.float32))
    wanted = wanted[band.CONTEXT : band.CONTEXT + len(known)]
    return known[: len(wanted)], wanted


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--utterances", type=int, default=400)
    options.add_argument("--out", type=Path, default=Path(band.__file__).with_suffix(".npz"))
    chosen = options.parse_args()
    pick, noise = random.Random(5), np.random.default_rng(5)  # noqa: S311 - reproducible
    with tempfile.TemporaryDirectory() as folder:
        texts = sentences(pick)
        made = [example(next(texts), pick, noise, Path(folder)) for _ in range(chosen.utterances)]
    known, wanted = (np.vstack(part) for part in zip(*made, strict=True))
    shift, scale, mean = known.mean(0), 1 / (known.std(0) + 1e-3), wanted.mean(0)
    network = MLPRegressor(
        hidden_layer_sizes=(HIDDEN,),
        batch_size=512,
        max_iter=30,
        early_stopping=True,
        n_iter_no_change=4,
        random_state=0,
    )
    network.fit((known - shift) * scale, wanted - mean)
    error = wanted - mean - network.predict((known - shift) * scale)
    explained = 1 - error.var(0) / wanted.var(0)
    print(f"{len(known)} frames; variance explained by filter:", " ".join(f"{share:.2f}" for share in explained))
    weights = {
        "shift": shift,
        "scale": scale,
        "hidden": network.coefs_[0],
        "hidden_bias": network.intercepts_[0],
        "out": network.coefs_[1],
        "out_bias": network.intercepts_[1] + mean,
    }
    np.savez(chosen.out, **{name: value.astype(np.float32) for name, value in weights.items()})


if __name__ == "__main__":
    main()
