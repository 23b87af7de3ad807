import numpy as np
import pytest

from models.speech_to_text import telephone_band as band


def test_the_kept_filters_of_8_khz_equal_those_of_16_khz() -> None:
    """Noise up to 3.9 kHz, made at both rates from one spectrum."""
    lines = np.fft.rfft(np.random.default_rng(0).normal(0, 1000, 8000))
    lines[3900:] = 0
    narrow = np.fft.irfft(lines, 8000)
    wide = np.fft.irfft(np.concatenate([lines, np.zeros(4000)]), 16000) * 2
    wide = np.append(wide[:1], wide[1:] - 0.97 * wide[:-1])
    frames = np.lib.stride_tricks.sliding_window_view(wide, 410)[::160] * np.hamming(410)
    expected = np.log(np.abs(np.fft.rfft(frames, 512)) ** 2 @ band.filter_bank(257).T)[:, : band.KEPT]
    found = band.log_filters(narrow.astype(np.float32))
    assert np.median(np.abs(found - expected[: len(found)]), axis=0) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("chunk", [1, 80, 160, 333, 4000])
def test_cepstra_do_not_depend_on_how_audio_is_cut(chunk: int) -> None:
    pcm = np.random.default_rng(0).normal(0, 2000, 4000).astype(np.int16)
    whole, cut = band.FrontEnd(), band.FrontEnd()
    expected = np.vstack([whole.take(pcm.tobytes()), whole.finish()])
    pieces = [cut.take(pcm[at : at + chunk].tobytes()) for at in range(0, len(pcm), chunk)]
    assert np.vstack([*pieces, cut.finish()]) == pytest.approx(expected, abs=2e-3)
    assert expected.shape == (1 + (4000 - band.WINDOW) // band.SHIFT, band.CEPSTRA)
    assert expected.dtype == np.float32


@pytest.mark.parametrize("samples", [0, 1, 204])
def test_less_than_a_frame_is_nothing(samples: int) -> None:
    front_end = band.FrontEnd()
    assert len(front_end.take(bytes(2 * samples))) == 0
    assert len(front_end.finish()) == 0


def test_digital_silence_gives_finite_cepstra() -> None:
    front_end = band.FrontEnd()
    assert np.isfinite(front_end.take(bytes(16_000))).all()


def test_a_frame_waits_for_30_ms_and_no_longer() -> None:
    front_end = band.FrontEnd()
    assert len(front_end.take(bytes(2 * (band.WINDOW + band.CONTEXT * band.SHIFT)))) == 1
