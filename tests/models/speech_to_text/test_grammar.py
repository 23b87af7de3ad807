import pytest

from appliance.ports import Hints
from models.speech_to_text.grammar import Grammar, compile_grammar


def accepts(grammar: Grammar, said: str) -> bool:
    def free(states: set[int]) -> set[int]:
        while True:
            more = {end for start, end, _, word in grammar.arcs if not word and start in states} | states
            if more == states:
                return states
            states = more

    states = free({0})
    for word in said.split():
        states = free({end for start, end, _, arc in grammar.arcs if arc == word and start in states})
    return grammar.final in states


@pytest.mark.parametrize(
    "amount",
    [
        "zero dollars",
        "one dollar",
        "one dollar and one cent",
        "ninety nine cents",
        "seventeen thousand seven hundred eleven dollars and seventy three cents",
        "one thousand and five dollars twenty cents",
        "nine hundred and ninety nine thousand nine hundred and ninety nine dollars and ninety nine cents",
    ],
)
def test_amounts_are_accepted_where_hinted_and_only_there(amount: str) -> None:
    assert accepts(compile_grammar(Hints(amounts=True)), amount)
    assert not accepts(compile_grammar(Hints(("goodbye",), digits=True)), amount)


@pytest.mark.parametrize(
    "words", ["twenty twelve dollars", "hundred dollars", "five", "five dollars and", "ten ten cents"]
)
def test_what_is_no_amount_is_not_accepted(words: str) -> None:
    assert not accepts(compile_grammar(Hints(amounts=True)), words)


def test_a_phrase_may_lead_into_an_amount() -> None:
    hints = Hints(("your savings balance is",), amounts=True)
    assert accepts(compile_grammar(hints), "your savings balance is five hundred dollars and two cents")
    assert accepts(compile_grammar(hints), "your savings balance is")
