from __future__ import annotations

from appliance.privacy.capture import CaptureKey, CaptureSent, encrypt_capture
from services.connectors import captures
from services.connectors.captures import CaptureMemory


def sent(memory: CaptureMemory, capture: str = "k1", digits: str = "4831") -> CaptureSent:
    return CaptureSent("c1", capture, encrypt_capture(memory.public, "c1", capture, digits), memory.public.kid)


def test_a_capture_is_used_once():
    memory = CaptureMemory()
    assert memory.take(sent(memory), 0).outcome == "taken"
    assert memory.use("c1", "k1", 1) == "4831"
    assert memory.use("c1", "k1", 1) is None


def test_a_capture_is_gone_after_two_minutes():
    memory = CaptureMemory()
    memory.take(sent(memory), 0)
    held = memory._held[("c1", "k1")].digits
    assert memory.use("c1", "k1", 120) is None
    assert held == bytes(4)
    assert len(memory) == 0


def test_a_capture_sent_again_replaces_the_first():
    memory = CaptureMemory()
    memory.take(sent(memory), 0)
    memory.take(sent(memory, digits="9999"), 1)
    assert memory.use("c1", "k1", 1) == "9999"


def test_a_capture_for_an_earlier_key_is_told_the_present_one():
    memory = CaptureMemory()
    old = CaptureKey().public
    box = encrypt_capture(old, "c1", "k1", "4831")
    for kid in (old.kid, None):
        answer = memory.take(CaptureSent("c1", "k1", box, kid), 0)
        assert (answer.outcome, answer.key) == ("stale", memory.public)
    assert memory.take(CaptureSent("c1", "k1", "rubbish", memory.public.kid), 0).outcome == "invalid"


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(captures, "MAX_HELD", 2)
    memory = CaptureMemory()
    assert [memory.take(sent(memory, f"k{n}"), 0).outcome for n in range(3)] == ["taken", "taken", "full"]
    assert memory.take(sent(memory, "k0"), 0).outcome == "taken"
    assert memory.take(sent(memory, "k9"), 121).outcome == "taken"


def test_copies_have_keys_of_their_own():
    assert CaptureMemory().public != CaptureMemory().public


def test_one_conversation_cannot_fill_the_memory(monkeypatch):
    monkeypatch.setattr(captures, "MAX_HELD", 5)
    memory = CaptureMemory()
    assert {memory.take(sent(memory, f"k{n}"), 0).outcome for n in range(20)} == {"taken"}
    assert len(memory) == captures.MAX_A_CONVERSATION
    assert [memory.use("c1", f"k{n}", 1) for n in (15, 19)] == [None, "4831"]
    other = CaptureSent("c2", "k1", encrypt_capture(memory.public, "c2", "k1", "2468"), memory.public.kid)
    assert memory.take(other, 1).outcome == "taken"
    assert memory.use("c2", "k1", 1) == "2468"
