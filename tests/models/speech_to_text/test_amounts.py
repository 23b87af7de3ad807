import pytest

from models.speech_to_text.amounts import cents_in


@pytest.mark.parametrize(
    ("said", "cents"),
    [
        ("your balance is one thousand two hundred and thirty four dollars and five cents", 123405),
        ("nine hundred ninety nine thousand nine hundred ninety nine dollars ninety nine cents", 99999999),
        ("seventeen thousand and eleven dollars", 1701100),
        ("zero dollars", 0),
        ("twelve cents", 12),
        ("i have two cards and five dollars", 500),
        ("two cards", None),
        ("five dollars or six dollars", None),
        ("dollars", None),
        ("", None),
    ],
)
def test_the_one_amount_in_a_transcript(said: str, cents: int | None) -> None:
    assert cents_in(said) == cents
