"""Bases change beside what answers, in one step; what is on disk is always the old base or the new one."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from appliance.errors import Invalid, Unknown
from appliance.knowledge import questions as q
from appliance.knowledge.generations import generation
from tests.services.retrieval.conftest import Desk

FEES = "# Fees\n\n## Transfers\n\nA transfer abroad costs 12 dollars.\n\n## Cards\n\nA second card costs 5 dollars.\n"
NEW_FEES = FEES.replace("12 dollars", "15 dollars")
HOURS = "# Hours\n\n## Branches\n\nBranches open from nine to five on working days.\n"
ABROAD = "what does a transfer abroad cost"


async def test_an_answer_is_quoted_with_its_source(desk: Desk) -> None:
    await desk.add("fees.md", FEES)
    reply = await desk.knowledge.ask(q.Ask(ABROAD, ("faq",)))
    assert isinstance(reply, q.Answered)
    assert (reply.text, reply.source) == ("A transfer abroad costs 12 dollars.", "Fees, Transfers")
    assert reply.citations == (reply.found[0].id,)


async def test_what_no_document_says_is_said_to_be_unknown(desk: Desk) -> None:
    await desk.add("fees.md", FEES)
    assert isinstance(await desk.knowledge.ask(q.Ask("who painted the ceiling", ("faq",))), q.NothingKnown)
    assert await desk.knowledge.ask(q.Ask(ABROAD, ("nowhere",))) == q.NothingKnown()


async def test_a_document_of_the_same_name_takes_the_place_of_the_old_one(desk: Desk) -> None:
    await desk.add("fees.md", FEES)
    await desk.add("fees.md", NEW_FEES)
    assert await desk.said(ABROAD) == "A transfer abroad costs 15 dollars."
    (row,) = desk.knowledge.rows().bases
    assert [one.name for one in row.documents] == ["fees.md"]
    assert len(list((desk.folder / "documents").iterdir())) == 1
    assert len(desk.vectors.collections()) == 1


async def test_removed_documents_are_gone_and_the_last_one_takes_its_base_along(desk: Desk) -> None:
    await desk.add("fees.md", FEES)
    await desk.add("hours.md", HOURS)
    await desk.knowledge.remove(q.RemoveDocument("faq", "fees.md"))
    assert await desk.said(ABROAD) is None
    assert await desk.said("when do branches open") is not None
    await desk.knowledge.remove(q.RemoveDocument("faq", "hours.md"))
    assert desk.knowledge.rows().bases == ()
    assert desk.vectors.collections() == []
    for folder in ("bases", "documents", "parts", "incoming"):
        assert list((desk.folder / folder).iterdir()) == []
    with pytest.raises(Unknown):
        await desk.knowledge.remove(q.RemoveDocument("faq"))


async def test_a_document_that_cannot_be_read_changes_nothing(desk: Desk) -> None:
    await desk.add("fees.md", FEES)
    with pytest.raises(Invalid, match=r"fees\.pdf is no PDF file"):
        await desk.add("fees.pdf", "not a PDF")
    with pytest.raises(Invalid, match="of no kind that can be read"):
        await desk.add("fees.exe", "MZ")
    assert await desk.said(ABROAD) == "A transfer abroad costs 12 dollars."
    assert [one.name for one in desk.knowledge.rows().bases[0].documents] == ["fees.md"]


async def test_after_a_restart_nothing_is_read_or_embedded_anew(desk: Desk) -> None:
    await desk.add("fees.md", FEES)
    again = desk.again()
    await again.knowledge.open()
    assert again.embedding.texts == 0
    assert await again.said(ABROAD) == "A transfer abroad costs 12 dollars."
    again.knowledge.close()


async def test_a_part_that_is_damaged_is_made_anew(desk: Desk) -> None:
    await desk.add("fees.md", FEES)
    (part,) = (desk.folder / "parts").iterdir()
    part.write_bytes(part.read_bytes()[:200])
    again = desk.again()
    await again.knowledge.open()
    assert await again.said(ABROAD) == "A transfer abroad costs 12 dollars."
    again.knowledge.close()


async def test_questions_are_answered_all_the_time_while_a_base_is_indexed_anew(desk: Desk) -> None:
    await desk.add("fees.md", FEES)
    indexing = asyncio.create_task(desk.knowledge.reindex(q.Reindex("faq")))
    answers = []
    while not indexing.done():
        answers.append(await desk.said(ABROAD))
        await asyncio.sleep(0.005)
    await indexing
    answers.append(await desk.said(ABROAD))
    assert len(answers) > 2
    assert set(answers) == {"A transfer abroad costs 12 dollars."}
    assert len(desk.vectors.collections()) == 1


async def test_an_agents_folder_is_its_base_and_earlier_generations_still_answer(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "fees.md"
    file.write_text(FEES)
    await desk.knowledge.take_agents({"bank.faq": ("en", {"fees.md": file})})
    (row,) = desk.knowledge.rows().bases
    file.write_text(NEW_FEES)
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK broken")
    await desk.knowledge.take_agents({"bank.faq": ("en", {"fees.md": file, "broken.docx": broken})})
    assert await desk.said(ABROAD, "bank.faq") == "A transfer abroad costs 15 dollars."
    assert await desk.said(ABROAD, "bank.faq", bank__faq=row.generation) == "A transfer abroad costs 12 dollars."
    assert desk.knowledge.rows().bases[0].problems == ("broken.docx is damaged, or is no Word document.",)
    with pytest.raises(Invalid, match="belongs to an agent"):
        await desk.add("more.md", FEES, base="bank.faq")
    await desk.knowledge.take_agents({})
    assert desk.knowledge.rows().bases == ()


async def test_a_published_version_answers_from_its_own_documents_without_a_folder(desk: Desk, tmp_path: Path) -> None:
    first = await held(desk, "bank.faq", FEES)
    assert await desk.said(ABROAD, "bank.faq", bank__faq=first) == "A transfer abroad costs 12 dollars."
    second = await held(desk, "bank.faq", NEW_FEES)
    again = desk.again()
    await again.knowledge.open()
    await again.knowledge.take_agents({})
    assert await again.said(ABROAD, "bank.faq", bank__faq=first) == "A transfer abroad costs 12 dollars."
    assert await again.said(ABROAD, "bank.faq", bank__faq=second) == "A transfer abroad costs 15 dollars."
    file = tmp_path / "fees.md"
    file.write_text(NEW_FEES)
    await again.knowledge.take_agents({"bank.faq": ("en", {"fees.md": file})})
    await again.knowledge.take_agents({})
    assert await again.said(ABROAD, "bank.faq", bank__faq=first) == "A transfer abroad costs 12 dollars."
    again.knowledge.close()


async def test_documents_are_held_for_an_agents_base_alone_and_all_or_none(desk: Desk) -> None:
    with pytest.raises(Invalid, match="belong to a base of its agent"):
        await held(desk, "faq", FEES)
    order = q.HoldDocuments("bank.faq", {"fees.md": handed(desk, FEES), "none.md": uuid.uuid4().hex})
    with pytest.raises(Unknown):
        await desk.knowledge.hold(order)
    with pytest.raises(Invalid):
        await desk.knowledge.hold(q.HoldDocuments("bank.faq", {"broken.docx": handed(desk, "PK broken")}))
    assert desk.knowledge.rows().bases == ()


def handed(desk: Desk, text: str) -> str:
    name = uuid.uuid4().hex
    (desk.folder / "incoming" / name).write_text(text)
    return name


async def held(desk: Desk, base: str, text: str) -> str:
    """The generation of a base with this one document."""
    await desk.knowledge.hold(q.HoldDocuments(base, {"fees.md": handed(desk, text)}))
    return generation({"fees.md": hashlib.sha256(text.encode()).hexdigest()})


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.services.retrieval.conftest import Blind, desk_over
async def main():
    desk = desk_over(Path(sys.argv[1]), Blind())
    await desk.knowledge.open()
    await desk.add("fees.md", Path(sys.argv[2]).read_text())
asyncio.run(main())
"""


@pytest.mark.parametrize("place", ["kept", "part_written", "built", "written", "swapped"])
async def test_killed_anywhere_the_base_is_the_old_one_or_the_new_one(desk: Desk, tmp_path: Path, place: str) -> None:
    await desk.add("fees.md", FEES)
    fault, new = tmp_path / "fault", tmp_path / "new.md"
    fault.write_text(f"retrieval.{place} 1")
    new.write_text(NEW_FEES)
    command = [sys.executable, "-c", KILLED, str(desk.folder), str(new)]
    done = subprocess.run(command, env={**os.environ, "B2T_FAULT_FILE": str(fault)}, timeout=100)
    assert done.returncode == -9
    again = desk.again()
    await again.knowledge.open()
    costs = "15" if place in ("written", "swapped") else "12"
    assert await again.said(ABROAD) == f"A transfer abroad costs {costs} dollars."
    await again.add("fees.md", NEW_FEES)
    assert await again.said(ABROAD) == "A transfer abroad costs 15 dollars."
    assert len(list((desk.folder / "documents").iterdir())) == 1
    again.knowledge.close()


async def test_what_was_not_handed_over_is_unknown(desk: Desk) -> None:
    with pytest.raises(Unknown):
        await desk.knowledge.add(q.AddDocument("faq", "fees.md", uuid.uuid4().hex))
