"""What `b2t knowledge` hands over and asks, and the sentences it ends with where it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.adapters.nats import Bus
from appliance.cli.box import Box
from appliance.cli.knowledge import _add, _ask, hand_over, manage
from appliance.config import Config, Paths
from appliance.errors import Invalid, Unavailable, Unknown
from appliance.knowledge import questions as q

ROW = q.BaseRow("faq", "en", "0" * 16, 1, (q.DocumentRow("fees.md", 4, "2026-03-10T09:00:00+00:00"),))


@pytest.fixture
def box(bus: Bus, tmp_path: Path) -> Box:
    return Box(Paths(tmp_path / "data"), Config(), bus)


async def test_a_document_is_handed_over_in_the_data_folder_and_taken_away_again(box: Box, tmp_path: Path) -> None:
    handed: list[bytes] = []

    async def manage(raw: bytes) -> bytes:
        order = q.ORDER.validate_json(raw)
        assert isinstance(order, q.AddDocument)
        handed.append((box.paths.folder("retrieval") / "incoming" / order.incoming).read_bytes())
        return q.MANAGED.dump_json(q.Bases((ROW,)))

    stop = await box.bus.serve(q.MANAGE_SUBJECT, manage)
    file = tmp_path / "fees.md"
    file.write_text("Free")
    assert await _add(box, "faq", file, None) == (ROW,)
    assert handed == [b"Free"]
    assert list((box.paths.folder("retrieval") / "incoming").iterdir()) == []
    with pytest.raises(Invalid, match="cannot be handed over"):
        await _add(box, "faq", tmp_path / "nowhere.md", None)
    with pytest.raises(Invalid, match="A base is named with small letters"):
        await _add(box, "../faq", file, None)
    assert len(handed) == 1
    await stop()


async def test_a_versions_documents_are_handed_over_together(box: Box, tmp_path: Path) -> None:
    held: dict[str, bytes] = {}

    async def managed(raw: bytes) -> bytes:
        order = q.ORDER.validate_json(raw)
        assert isinstance(order, q.HoldDocuments)
        assert (order.base, order.language) == ("bank.faq", "de")
        incoming = box.paths.folder("retrieval") / "incoming"
        held.update({name: (incoming / file).read_bytes() for name, file in order.documents.items()})
        return q.MANAGED.dump_json(q.Bases((ROW,)))

    stop = await box.bus.serve(q.MANAGE_SUBJECT, managed)
    (tmp_path / "fees.md").write_text("Free")
    (tmp_path / "hours.md").write_text("Nine to five")
    await hand_over(box, "bank.faq", "de", {name: tmp_path / name for name in ("fees.md", "hours.md")})
    assert held == {"fees.md": b"Free", "hours.md": b"Nine to five"}
    with pytest.raises(Invalid, match="cannot be handed over"):
        await hand_over(box, "bank.faq", "de", {name: tmp_path / name for name in ("fees.md", "none.md")})
    assert list((box.paths.folder("retrieval") / "incoming").iterdir()) == []
    await stop()


async def test_a_refusal_is_the_error_it_names(box: Box) -> None:
    refusals = [
        q.Refused("unknown", "There is no knowledge base faq."),
        q.Refused("unavailable", "The knowledge is being read.", True),
        q.Refused("unreadable-document", "fees.pdf is no PDF file."),
    ]

    async def managed(_raw: bytes) -> bytes:
        return q.MANAGED.dump_json(refusals.pop(0))

    stop = await box.bus.serve(q.MANAGE_SUBJECT, managed)
    for kind in (Unknown, Unavailable, Invalid):
        with pytest.raises(kind):
            await manage(box, q.Reindex("faq"))
    await stop()


async def test_a_question_is_asked_of_a_base_that_is_there(box: Box) -> None:
    answered = q.Answered("It is free.", "Fees", ("p1",), 0.9)

    async def manage(_raw: bytes) -> bytes:
        return q.MANAGED.dump_json(q.Bases((ROW,)))

    async def ask(raw: bytes) -> bytes:
        assert q.ASK.validate_json(raw) == q.Ask("what does it cost", ("faq",), {}, 3)
        return q.REPLY.dump_json(answered)

    stops = [await box.bus.serve(q.MANAGE_SUBJECT, manage), await box.bus.serve(q.ASK_SUBJECT, ask)]
    assert await _ask(box, "faq", "what does it cost", 3) == answered
    with pytest.raises(Unknown):
        await _ask(box, "nowhere", "what does it cost", 3)
    for stop in stops:
        await stop()
