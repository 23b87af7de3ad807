import pytest

from models.text_to_speech.clear_numbers import clear


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "It is 20711 dollars and 73 cents.",
            "It is twenty thousand, seven hundred eleven dollars, and seventy three cents.",
        ),
        ("17 dollars", "[[sEv@nt'i:nnnn]] dollars"),
        ("0 dollars and 1 cent", "zero dollars, and one cent"),
        ("Fifteen people", "[[fIft'i:nnnn]] people"),
        ("in 2017, room 17", "in 2017, room 17"),
        ("1,000 dollars", "1,000 dollars"),
        ("say [[x]]", "say   x  "),
        ("say [[[x", "say    x"),
    ],
)
def test_what_espeak_is_told(text: str, told: str) -> None:
    assert clear(text) == told
