"""Replies as they sound: in order, ducked, paused, stopped, and what was heard of each."""

from __future__ import annotations

from appliance.turns.playback import MAX_REPLIES, Heard, Playback

LOUD, SOFT = b"L", b"s"
SOFTER = bytes(ord("s") if code == ord("L") else code for code in range(256))


def playback(**replies: int) -> Playback:
    """Whole replies by their length in ms."""
    made = Playback(SOFTER)
    for name, ms in replies.items():
        made.queue(name)
        made.feed(name, LOUD * (ms * 8))
        made.finish(name)
    return made


def run(made: Playback, frames: int) -> list[object]:
    """What began and ended, and how many frames sounded."""
    events: list[object] = []
    sounded = 0
    for _ in range(frames):
        got = made.take()
        events += [item for item in (got.ended, got.started) if item is not None]
        sounded += got.payload is not None
    return [*events, sounded]


def test_replies_sound_one_after_the_other() -> None:
    made = playback(a=40, b=20)
    assert run(made, 5) == ["a", Heard("a", 40, 40, False), "b", Heard("b", 20, 20, False), 3]
    assert made.idle


def test_the_last_piece_may_be_short() -> None:
    made = playback(a=30)
    assert [len(made.take().payload or b"") for _ in range(3)] == [160, 80, 0]


def test_stopping_tells_what_was_heard_of_each() -> None:
    made = playback(a=100, b=50)
    run(made, 2)
    assert made.sounding == "a"
    assert made.stop() == [Heard("a", 40, 100, True), Heard("b", 0, 50, True)]
    assert made.idle
    assert made.take().payload is None


def test_audio_that_is_late_is_silence_that_does_not_count() -> None:
    made = Playback(SOFTER)
    made.queue("a")
    assert run(made, 3) == [0]
    made.feed("a", LOUD * 160)
    assert run(made, 3) == ["a", 1]
    made.feed("a", LOUD * 80)
    assert run(made, 1) == [0], "half a frame waits for the rest"
    made.finish("a")
    assert run(made, 2) == [Heard("a", 30, 30, False), 1]


def test_a_reply_without_audio_is_over_at_once() -> None:
    assert run(playback(a=0), 2) == [Heard("a", 0, 0, False), 0]


def test_ducked_paused_resumed() -> None:
    made = playback(a=200)
    assert made.take().payload == LOUD * 160
    made.duck()
    assert made.take().payload == SOFT * 160
    made.pause()
    assert made.take().payload is None
    made.resume()
    assert made.take().payload == LOUD * 160
    assert made.stop() == [Heard("a", 60, 200, True)]


def test_a_paused_reply_does_not_end() -> None:
    made = playback(a=20)
    made.take()
    made.pause()
    assert run(made, 3) == [0]
    made.resume()
    assert run(made, 1) == [Heard("a", 20, 20, False), 0]


def test_the_next_reply_is_loud_again() -> None:
    made = playback(a=20, b=20)
    made.duck()
    assert [made.take().payload, made.take().payload] == [SOFT * 160, LOUD * 160]


def test_a_filler_is_no_reply() -> None:
    made = Playback(SOFTER)
    made.queue("moment", filler=True)
    made.feed("moment", LOUD * 320)
    made.finish("moment")
    assert run(made, 1) == [1]
    assert made.stop() == []


def test_what_comes_for_a_stopped_reply_is_thrown_away() -> None:
    made = playback(a=20)
    made.stop()
    made.feed("a", LOUD * 160)
    made.finish("a")
    assert made.idle
    assert made.waiting_ms("a") is None


def test_replies_are_bounded() -> None:
    made = Playback(SOFTER)
    assert [made.queue(str(number)) for number in range(MAX_REPLIES + 1)] == [True] * MAX_REPLIES + [False]


def test_another_law_in_mid_reply() -> None:
    made = playback(a=40)
    made.take()
    made.recode(SOFTER, SOFTER)
    assert made.take().payload == SOFT * 160
