"""Turn-taking as time-lined traces: seconds on the left, what is ordered on the right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.events import Expectation
from appliance.turns.patience import Patience
from appliance.turns.settings import Settings
from appliance.turns.signals import TellSaid
from tests.appliance.turns.trace import PIN, Trace

ASKED = Expectation(wait_ms=4000)
DIGITS = Expectation(wait_ms=4000, digits=True)
FIXED = Expectation(interruptible=False)


# -- turns ------------------------------------------------------------------------------------------------------------


def test_a_turn() -> None:
    trace = Trace().heard_out("r1", ASKED)
    trace.silence(320).speech(1600).silence(640).words(1, "check my balance")
    assert trace.take() == [
        "0.38 StartListening 1",
        "2.40 FinishListening 1",
        "2.56 TellSaid check my balance 480",
    ]
    (said,) = (order for order in trace.orders if isinstance(order, TellSaid))
    assert (said.speech_ms, round(said.ended_at, 2), round(said.recognised_ms)) == (1600, 1.92, 160)


def test_a_short_pause_does_not_end_it() -> None:
    trace = Trace().heard_out("r1", ASKED)
    trace.speech(960).silence(384).speech(960).silence(512)
    assert trace.take() == ["0.06 StartListening 1", "2.78 FinishListening 1"]


def test_uncertain_frames_need_to_be_three() -> None:
    trace = Trace().heard_out("r1", ASKED)
    assert trace.speech(64, 0.6).silence(320).take() == []
    assert trace.speech(96, 0.6).take() == ["0.48 StartListening 1"]


def test_a_complete_phrase_ends_it_early() -> None:
    trace = Trace().heard_out("r1", ASKED, "savings account", "checking")
    trace.speech(800).partial(1, "savings account").silence(640)
    assert trace.take() == ["0.06 StartListening 1", "1.06 FinishListening 1"]


def test_a_phrase_that_may_go_on_does_not() -> None:
    trace = Trace().heard_out("r1", ASKED, "savings", "savings account")
    trace.speech(800).partial(1, "savings").silence(640)
    assert trace.take() == ["0.06 StartListening 1", "1.28 FinishListening 1"]


def test_between_digits_there_is_more_time() -> None:
    trace = Trace().heard_out("r1", DIGITS)
    trace.speech(800).partial(1, "one two three four").silence(640).speech(800).silence(640)
    assert trace.take() == ["0.06 StartListening 1"]
    assert trace.silence(320).take() == ["3.01 FinishListening 1"]


def test_a_turn_without_end_is_ended() -> None:
    trace = Trace(Settings(utterance=3000)).heard_out("r1", ASKED)
    assert trace.speech(3200).take() == ["0.06 StartListening 1", "3.01 FinishListening 1", "3.07 StartListening 2"]


def test_noise_without_words_is_nothing_but_mumbling_is_told() -> None:
    trace = Trace().heard_out("r1", ASKED)
    trace.speech(200).silence(640).words(1, " ")
    assert trace.names() == ["StartListening", "FinishListening"]
    trace.speech(900).silence(640).words(2, "")
    assert trace.take()[-1].endswith("TellSaid  480")


def test_speech_goes_on_while_words_are_awaited() -> None:
    trace = Trace().heard_out("r1", ASKED)
    trace.speech(640).silence(480).speech(640).words(1, "check").silence(480).words(2, "my balance")
    assert [line.split(" ", 1)[1] for line in trace.take()] == [
        "StartListening 1",
        "FinishListening 1",
        "StartListening 2",
        "TellSaid check 480",
        "FinishListening 2",
        "TellSaid my balance 480",
    ]


# -- interruptions ----------------------------------------------------------------------------------------------------


def test_barge_in_ducks_at_once_and_silences_if_it_goes_on() -> None:
    trace = Trace().playing("r1")
    trace.silence(1024).speech(640)
    assert trace.take() == ["1.09 StartListening 1", "1.09 DuckReply", "1.25 PauseReply"]
    trace.silence(480).words(1, "no wait")
    assert trace.take() == ["2.14 FinishListening 1", "2.14 StopReply", "2.14 TellSaid no wait 480"]


def test_duck_and_stop_are_fast() -> None:
    trace = Trace().playing("r1").silence(1024)
    trace.speech(640)
    ducked, paused = (float(line.split()[0]) for line in trace.take()[1:])
    assert ducked - 1.024 <= 0.2
    assert paused - 1.024 <= 0.35


def test_a_back_channel_does_not_stop_it() -> None:
    trace = Trace().playing("r1", Expectation(), "savings")
    trace.speech(192).silence(192)
    assert trace.take() == ["0.06 StartListening 1", "0.06 DuckReply", "0.35 RestoreReply"]
    trace.silence(320).words(1, "uh-huh")
    assert trace.take() == ["0.67 FinishListening 1"]


def test_a_longer_back_channel_pauses_it_and_it_goes_on() -> None:
    trace = Trace().playing("r1")
    trace.speech(480).silence(480).words(1, "yeah okay")
    assert trace.names() == ["StartListening", "DuckReply", "PauseReply", "FinishListening", "ResumeReply"]


def test_noise_pauses_it_and_it_goes_on() -> None:
    trace = Trace().playing("r1")
    trace.speech(960).silence(480).words(1, "")
    assert trace.names() == ["StartListening", "DuckReply", "PauseReply", "FinishListening", "ResumeReply"]


def test_a_short_answer_that_is_expected_stops_it() -> None:
    trace = Trace().playing("r1", Expectation(), "yes", "no")
    trace.speech(192).silence(480).words(1, "yes")
    assert trace.names()[-2:] == ["StopReply", "TellSaid"]


def test_a_reply_that_begins_while_the_party_speaks_gives_way() -> None:
    trace = Trace().heard_out("r1", ASKED)
    trace.speech(640).playing("r2").speech(320).silence(480).words(1, "wait")
    assert trace.names() == ["StartListening", "PauseReply", "FinishListening", "StopReply", "TellSaid"]


def test_what_may_not_be_interrupted_is_not() -> None:
    trace = Trace().playing("r1", FIXED)
    trace.speech(960).silence(480)
    assert trace.names() == ["StartListening", "DropListening"]


def test_speech_that_outlasts_it_counts() -> None:
    trace = Trace().playing("r1", FIXED)
    trace.speech(480).played("r1").speech(480).silence(480).words(1, "savings")
    assert trace.names() == ["StartListening", "FinishListening", "TellSaid"]


# -- silence ----------------------------------------------------------------------------------------------------------


def test_the_party_is_waited_for_from_the_end_of_the_reply() -> None:
    trace = Trace().playing("r1", ASKED).silence(9600).played("r1").silence(4032)
    assert trace.take() == ["13.60 TellWaited 4000"]
    assert trace.silence(3200).take() == [], "told once; now the agent has the word"


def test_between_two_replies_nobody_is_waited_for() -> None:
    trace = Trace().playing("r1", ASKED).queued("r2", ASKED).played("r1", more=True)
    assert trace.silence(9600).take() == []


def test_speech_and_keys_end_the_waiting() -> None:
    for moved in (Trace().heard_out("r1", ASKED).silence(3200).speech(960), Trace().heard_out("r1", ASKED).keys("1")):
        assert "TellWaited" not in moved.silence(960).names()


def test_after_a_noise_it_is_waited_for_anew() -> None:
    trace = Trace().heard_out("r1", ASKED).silence(3200).speech(96).silence(480).words(1, "")
    trace.take()
    started = trace.now
    assert trace.silence(4032).take() == [f"{started + 4.0:.2f} TellWaited 4000"]


def test_dead_air_is_filled_again_and_given_up() -> None:
    trace = Trace(Settings(patience=Patience(dead_air=3000, again=6000, give_up=20_000)))
    trace.heard_out("r1", ASKED).speech(640).silence(480).words(1, "balance")
    told = trace.now
    trace.take()
    trace.silence(21_000)
    assert [(round(float(line.split()[0]) - told), line.split()[1]) for line in trace.take()] == [
        (3, "FillSilence"),
        (9, "FillSilence"),
        (15, "FillSilence"),
        (20, "GiveUp"),
    ]


def test_slow_recognition_is_dead_air_too() -> None:
    trace = Trace().heard_out("r1", ASKED).speech(640).silence(4480)
    assert trace.names() == ["StartListening", "FinishListening", "FillSilence"]
    assert trace.failed(1).names() == ["GiveUp"]


def test_nothing_is_owed_where_dialogue_says_nothing() -> None:
    trace = Trace().heard_out("r1", ASKED).keys("1#").nothing_owed()
    trace.take()
    assert trace.silence(9600).take() == []


# -- keys -------------------------------------------------------------------------------------------------------------


def test_keys_end_with_a_hash_or_a_pause() -> None:
    trace = Trace().heard_out("r1", ASKED)
    assert trace.keys("12345678#", 96).take() == ["0.77 TellKeyed 12345678"]
    trace.nothing_owed().keys("42", 96)
    begun = trace.now - 0.096
    assert trace.silence(3200).take() == [f"{begun + 3.008:.2f} TellKeyed 42"]


def test_a_key_silences_the_reply() -> None:
    assert Trace().playing("r1").keys("1").names() == ["StopReply"]
    assert Trace().playing("r1", FIXED).keys("1").names() == []


def test_a_hash_alone_is_a_key() -> None:
    assert Trace().heard_out("r1", ASKED).keys("#").take() == ["0.00 TellKeyed #"]


# -- secure capture ---------------------------------------------------------------------------------------------------


def test_a_pin_is_captured_and_nobody_listens() -> None:
    trace = Trace().playing("r1", PIN)
    assert trace.names() == ["MuteListening"]
    trace.speech(960).silence(960)
    assert trace.take() == [], "what is spoken now goes nowhere"
    trace.played("r1").keys("4711#", 96)
    assert trace.take() == ["2.30 TellCaptured pin-1 valid 4711"]
    assert trace.silence(320).names() == ["UnmuteListening"]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("123#", "invalid "),
        ("#", "invalid "),
        ("12345678", "valid 12345678"),
        ("12*", "cancelled "),
        ("12A34#", "valid 1234"),
    ],
)
def test_how_a_capture_ends(keys: str, told: str) -> None:
    trace = Trace().heard_out("r1", PIN).keys(keys, 96)
    captured = [line for line in trace.take() if "TellCaptured" in line]
    assert [line.split("pin-1 ")[1] for line in captured] == [told]


def test_a_capture_ends_by_a_pause() -> None:
    for keys, told in (("1234", "valid 1234"), ("12", "invalid "), ("", "timeout ")):
        trace = Trace().heard_out("r1", PIN).keys(keys, 96).silence(5120)
        assert [line.split("pin-1 ")[1] for line in trace.take() if "TellCaptured" in line] == [told]


def test_only_a_letter_pressed_does_not_hold_it_open() -> None:
    trace = Trace().playing("r1", PIN).keys("B", 96).silence(6400)
    assert "TellCaptured" in trace.names()


def test_the_time_for_a_capture_begins_after_its_prompt() -> None:
    trace = Trace().playing("r1", PIN).silence(8000)
    assert trace.names() == ["MuteListening"]
    trace.played("r1").silence(4800)
    assert trace.take() == []
    assert trace.silence(320).names()[0] == "TellCaptured"


def test_speech_before_a_capture_is_dropped() -> None:
    trace = Trace().heard_out("r1", ASKED).speech(320).queued("r2", PIN)
    assert trace.names() == ["StartListening", "DropListening", "MuteListening"]
    trace = Trace().heard_out("r1", ASKED).speech(320).silence(480).queued("r2", PIN).words(1, "one two three four")
    assert trace.names() == ["StartListening", "FinishListening", "DropListening", "MuteListening"]


def test_keys_ahead_of_the_prompt_are_secret() -> None:
    trace = Trace().heard_out("r1", ASKED).keys("12", 96).queued("r2", PIN).keys("34#", 96)
    told = [line for line in trace.take() if "Tell" in line]
    assert [line.split(" ", 1)[1] for line in told] == ["TellCaptured pin-1 valid 1234"]


def test_a_reply_without_capture_ends_it() -> None:
    trace = Trace().heard_out("r1", PIN).keys("12", 96).heard_out("r2", ASKED).silence(320)
    assert trace.names() == ["MuteListening", "UnmuteListening"]
    assert trace.keys("34#", 96).take()[-1].endswith("TellKeyed 34"), "what was secret stays so"


def test_the_same_capture_asked_again_keeps_its_digits() -> None:
    trace = Trace().heard_out("r1", PIN).keys("12", 96).heard_out("r2", PIN).keys("34#", 96)
    assert trace.take()[-1].endswith("valid 1234")


def test_digits_are_in_no_repr() -> None:
    trace = Trace().heard_out("r1", PIN).keys("4711#", 96)
    assert "4711" not in repr(trace.orders)


# -- anything ---------------------------------------------------------------------------------------------------------

STEPS = st.sampled_from(
    [
        lambda trace: trace.speech(320),
        lambda trace: trace.speech(64, 0.6),
        lambda trace: trace.silence(160),
        lambda trace: trace.silence(640),
        lambda trace: trace.words(1, "yes"),
        lambda trace: trace.words(2, ""),
        lambda trace: trace.words(3, "balance"),
        lambda trace: trace.failed(2),
        lambda trace: trace.keys("1"),
        lambda trace: trace.keys("#"),
        lambda trace: trace.queued("q", PIN),
        lambda trace: trace.playing("r", ASKED),
        lambda trace: trace.playing("f", FIXED),
        lambda trace: trace.played("r"),
        lambda trace: trace.played("f"),
        lambda trace: trace.played("q"),
        lambda trace: trace.nothing_owed(),
    ]
)


@given(st.lists(STEPS, max_size=60))
def test_whatever_happens_orders_make_sense(steps: list) -> None:  # type: ignore[type-arg]
    """Utterances are started once, ended once, and never while muted; every mute ends or lasts with its capture."""
    trace = Trace()
    for step in steps:
        step(trace)
    open_, ended, muted = set(), set(), False
    for order in trace.orders:
        match type(order).__name__:
            case "StartListening":
                assert not muted
                assert order.utterance not in open_ | ended  # type: ignore[attr-defined]
                open_.add(order.utterance)  # type: ignore[attr-defined]
            case "FinishListening":
                assert order.utterance in open_  # type: ignore[attr-defined]
                assert not muted
            case "DropListening":
                assert order.utterance in open_  # type: ignore[attr-defined]
                ended.add(order.utterance)  # type: ignore[attr-defined]
            case "MuteListening":
                muted = True
            case "UnmuteListening":
                assert muted
                muted = False
            case _:
                pass
    assert not trace.taker.capturing or muted
