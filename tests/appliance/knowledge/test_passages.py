"""Documents are cut at their headings, long sections with a sentence's overlap, rows one by one."""

from __future__ import annotations

from itertools import pairwise

from appliance.knowledge.document import Block, Document, Outline, plain, row_text
from appliance.knowledge.passages import LONGEST, WORDS, passages
from appliance.knowledge.words import sentences, stems


def test_a_passage_never_spans_two_headings() -> None:
    document = Document(
        "Fees", (Block("A.", ("Fees", "Cash")), Block("B.", ("Fees", "Cards")), Block("C.", ("Fees", "Cards")))
    )
    cut = list(passages(document))
    assert [(one.headings[-1], one.text) for one in cut] == [("Cash", "A."), ("Cards", "B. C.")]
    assert cut[1].source == "Fees, Cards"


def test_a_long_section_is_cut_between_sentences_and_overlaps_by_one() -> None:
    text = " ".join(f"Sentence number {number} has exactly seven words." for number in range(60))
    cut = list(passages(Document("Long", (Block(text, page=3),))))
    assert len(cut) > 3
    assert all(len(one.text.split()) <= WORDS for one in cut)
    for one, following in pairwise(cut):
        assert following.sentences[0] == one.sentences[-1]
    assert {one.page for one in cut} == {3}
    assert cut[0].source == "Long, page 3"
    assert len({one.id for one in cut}) == len(cut)


def test_the_same_words_at_the_same_place_have_the_same_id() -> None:
    document = Document("Fees", (Block("A transfer is free.", ("Fees",)),))
    assert list(passages(document)) == list(passages(document))
    other = Document("Fees", (Block("A transfer is free.", ("Cards",)),))
    assert next(passages(document)).id != next(passages(other)).id


def test_an_endless_sentence_is_cut_and_a_row_stands_alone() -> None:
    endless = Block("word " * (LONGEST * 2 + 5))
    assert all(len(one.text.split()) <= LONGEST * 2 for one in passages(Document("x", (endless,))))
    rows = (Block("Before."), Block("Branch: A.", row=True), Block("Branch: B.", row=True), Block("After."))
    assert [one.text for one in passages(Document("x", rows))] == ["Before.", "Branch: A.", "Branch: B.", "After."]


def test_sentences_end_where_they_end() -> None:
    assert sentences("It costs 2.50 dollars. Ask Dr. Novak, e.g. on Monday. Is it free? Yes!") == [
        "It costs 2.50 dollars.",
        "Ask Dr. Novak, e.g. on Monday.",
        "Is it free?",
        "Yes!",
    ]


def test_words_are_stemmed_in_their_language_and_empty_ones_left_out() -> None:
    assert stems("What are the fees for transfers?", "en") == stems("fee transfer", "en")
    assert stems("Welche Gebühren haben die Überweisungen?", "de") == stems("Gebühr Überweisung", "de")
    assert stems("mots", "xx") == ["mots"]


def test_no_document_can_have_a_callers_value_said() -> None:
    assert plain("Your card <CARD_1>\x00 is\n here") == "Your card CARD_1 is here"


def test_headings_hold_until_one_of_their_rank() -> None:
    outline = Outline()
    for level, text in ((1, "A"), (2, "B"), (3, "C"), (2, "D")):
        outline.heading(level, text)
    assert outline.headings == ("A", "D")
    assert row_text(["Fee", "For"], ["12", "", "extra"]) == "Fee: 12; extra."
