"""One slip in a word is seen through; words that are words stay what they are."""

from __future__ import annotations

import pytest

from models.understanding.spelling import Spelling

SPELLING = Spelling(["balance", "savings", "card", "konto", "transfer", "transferred", "how", "what", "is"])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("what is my balnce", "what is my balance"),
        ("what is my balanec", "what is my balance"),
        ("ballance of my savingd", "balance of my savings"),
        ("mein kont", "mein konto"),
        ("block my crad", "block my card"),
        ("cord, care and cart", "cord, care and cart"),  # words of their own
        ("hw wat", "hw wat"),  # too short to know
        ("<CARD_1> blance 'tis", "<CARD_1> balance 'tis"),
        ("xyzzyq", "xyzzyq"),
        ("", ""),
    ],
)
def test_one_slip(text: str, read: str) -> None:
    assert SPELLING.corrected(text) == read


def test_the_more_frequent_of_two_as_near_is_taken() -> None:
    assert Spelling(["lenging", "lending"]).corrected("lenying") == "lenging"
    assert Spelling(["lending", "lenging"]).corrected("lenying") == "lending"
