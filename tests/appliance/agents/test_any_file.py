"""Whatever is in a file, reading it gives an agent or names mistakes; nothing else is raised."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.agents.document import files_of
from appliance.agents.loading import TEMPLATES, AgentMistakes, read_agent

FILES = files_of(TEMPLATES / "banking")
FILE = "banking/flows.yaml"
LINES = FILES[FILE].splitlines()


def readable_or_mistaken(files: dict[str, str]) -> None:
    try:
        read_agent(files)
        mistakes = None
    except AgentMistakes as error:
        mistakes = error.mistakes
    assert mistakes is None or (mistakes and all(one.place.line >= 1 and one.problem for one in mistakes))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    readable_or_mistaken({"agent.yaml": text})


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(LINES) - 1),
    st.sampled_from(["drop", "double", "indent", "dedent", "cut", "colon", "list"]),
    st.integers(0, 30),
)
def test_any_slip(number: int, slip: str, column: int) -> None:
    lines = list(LINES)
    line = lines[number]
    lines[number : number + 1] = {
        "drop": [],
        "double": [line, line],
        "indent": [f"  {line}"],
        "dedent": [line[2:]],
        "cut": [line[:column]],
        "colon": [line.replace(":", "", 1)],
        "list": [line.replace("- ", "", 1)],
    }[slip]
    readable_or_mistaken({**FILES, FILE: "\n".join(lines)})
