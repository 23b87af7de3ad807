"""What answers a question is quoted word for word; what does not is not said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.knowledge.answering import Candidate, answer, covered, quotation
from appliance.knowledge.bm25 import Bm25
from appliance.knowledge.fusion import fused
from appliance.knowledge.passages import Passage


def candidate(*cosines: float, share: float = 0.5, cosine: float = 0.5, length: int = 5) -> Candidate:
    sentences = tuple(f"Number {number} " + "x" * length + "." for number in range(len(cosines)))
    return Candidate(Passage("p", "Fees", ("Cash",), 2, sentences), cosine, cosines, share)


def test_the_surest_passage_answers_with_its_source() -> None:
    found = answer([candidate(0.3), candidate(0.8, share=1.0)])
    assert found is not None
    assert (found.text, found.source) == ("Number 0 xxxxx.", "Fees, Cash, page 2")


def test_far_passages_answer_nothing() -> None:
    assert answer([candidate(0.2, share=0.0, cosine=0.2)]) is None
    assert answer([]) is None


@pytest.mark.parametrize(
    ("cosines", "quoted"),
    [
        ((0.9, 0.1, 0.8), "0"),
        ((0.7, 0.9, 0.1), "01"),
        ((0.1, 0.9, 0.8, 0.7, 0.9), "123"),
        ((0.9,), "0"),
    ],
)
def test_the_best_sentence_and_its_like_beside_it_are_quoted(cosines: tuple[float, ...], quoted: str) -> None:
    one = candidate(*cosines)
    assert quotation(one) == " ".join(one.passage.sentences[int(number)] for number in quoted)


def test_a_quotation_is_short() -> None:
    assert quotation(candidate(0.9, 0.9, 0.9, length=300)) == candidate(0.9, length=300).passage.text


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.integers(0, 200))
def test_a_quotation_is_a_piece_of_its_passage(cosines: list[float], length: int) -> None:
    one = candidate(*cosines, length=length)
    assert quotation(one) in one.passage.text


def test_rare_words_count_more_and_unknown_ones_most() -> None:
    texts = [["fee", "transfer"], ["fee", "card"], ["fee", "cash", "machine", "abroad"]]
    bm25 = Bm25(texts)
    assert bm25.weight("nowhere") > bm25.weight("card") > bm25.weight("fee") > 0
    assert [number for number, _ in bm25.best(["fee", "card"], 3)] == [1, 0, 2]
    assert bm25.best(["nowhere"], 3) == []
    assert Bm25([]).best(["fee"], 3) == []
    assert covered([("fee", 1.0), ("nowhere", 3.0)], frozenset({"fee"})) == 0.25
    assert covered([], frozenset()) == 0.0


def test_what_both_orders_have_comes_before_what_one_has() -> None:
    assert next(named for named, _ in fused(["a", "b"], ["c", "b"])) == "b"
    assert {named for named, _ in fused(["a"], [])} == {"a"}
