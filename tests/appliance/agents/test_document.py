"""A definition is read the same by libyaml, where PyYAML has it, and without, places and mistakes included."""

from __future__ import annotations

import pytest
import yaml

from appliance.agents.document import Document, NotYaml, files_of, read_document
from appliance.agents.loading import TEMPLATES

SMALL = "name: bank\nopen: true\nquoted: 'true'\nwords: [a, \"b\"]\ntext: |\n  ä 😀\nafter: 5 # said\n"


def read(files: dict[str, str]) -> Document | str:
    try:
        return read_document(files)
    except NotYaml as error:
        return str(error)


def by_both(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Document | str:
    found = read(files)
    with monkeypatch.context() as patch:
        patch.setattr(yaml, "__with_libyaml__", False)
        assert read(files) == found
    return found


def test_what_is_plain_is_a_value_and_what_is_quoted_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    found = by_both({"agent.yaml": SMALL}, monkeypatch)
    assert isinstance(found, Document)
    assert found.value == {
        "name": "bank",
        "open": True,
        "quoted": "true",
        "words": ["a", "b"],
        "text": "ä 😀\n",
        "after": 5,
    }


def test_a_template_is_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(by_both(files_of(TEMPLATES / "customer_support"), monkeypatch), Document)


@pytest.mark.parametrize(
    "text",
    ["name: [", "a: b: c", "\tname: bank", "name: &x bank", "name: !x bank", "a: 1\na: 2", "a: '\x00'", "- a", ""],
)
def test_a_mistake_is_said_in_the_same_words(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(by_both({"agent.yaml": text}, monkeypatch), str)
