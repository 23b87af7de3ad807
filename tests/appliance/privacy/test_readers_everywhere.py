"""Whoever opens redacted text and shows it asks the reading policy: every place that opens any is known here.

A new place makes this fail until it stands in a list: among those that work with what they open, or among those that
show it, which have to go through `appliance.privacy.policy`.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from appliance.cli import agents_replay
from appliance.cli.trying.replaying import Difference, Replayed
from appliance.privacy.policy import MASKED, REFERENCES, How, ReadingPolicy

ROOT = Path(__file__).resolve().parents[3]
OPENING = frozenset({"unseal_text", "unseal"})
WORK = {
    "appliance/conversation/climbing.py": "takes an answer apart for the reply",
    "appliance/conversation/drafting.py": "repeats the agent's own last statement",
    "appliance/cli/trying/stage.py": "a turn that the command itself has just made up",
    "services/dialogue/forwarding.py": "from one conversation to the one that goes on",
    "services/dialogue/hearing.py": "what is understood",
    "services/dialogue/knowing.py": "what is looked for",
    "services/dialogue/proposing.py": "what a model is asked",
    "services/phone/recorder.py": "what is covered in a recording",
    "services/phone/replies.py": "what the party hears",
    "services/vault/keeper.py": "the root key",
    "services/vault/management.py": "whether it opens",
    "services/vault/unredacting.py": "values, for whom two people agreed on",
}
SHOWN = {
    "appliance/cli/transcript.py": "conversations.py, rights.py",
    "appliance/cli/trying/recorded.py": "agents_replay.py",
    "appliance/cli/agents_predictions.py": "itself",
    "services/gateway/transcript.py": "readings.py, followers.py",
}
"""Where it is opened -> who shows it."""
ASK = {
    "appliance/cli/conversations.py": "operators_policy",
    "appliance/cli/agents_replay.py": "operators_policy",
    "appliance/cli/agents_predictions.py": "operators_policy",
    "services/gateway/routes/conversations.py": "reading_policy",
    "services/gateway/routes/unredactions.py": "reading_policy",
    "services/gateway/routes/events.py": "reading_policy",
}
READERS = frozenset({"transcript", "read_transcript", "recorded", "said_lately"})
"""What gives text to a command; `readings.read` and `Story` want a policy by themselves."""
GIVEN = {
    **dict.fromkeys(("appliance/cli/conversations.py", "appliance/cli/agents_replay.py"), "the policy"),
    "appliance/cli/agents_editing.py": "from agents_predictions.py, which has asked the policy",
    "appliance/cli/call.py": "from conversations.py, which has asked the policy",
    "appliance/cli/rights.py": "from conversations.py, which has asked the policy",
    "appliance/cli/rights_unredacting.py": "values, for whom two people agreed on",
}


def sources() -> list[tuple[str, ast.Module]]:
    files = [file for folder in ("appliance", "services", "models") for file in sorted((ROOT / folder).rglob("*.py"))]
    return [
        (str(file.relative_to(ROOT)), ast.parse(file.read_text("utf-8")))
        for file in files
        if "node_modules" not in file.parts and file.parent != ROOT / "appliance" / "privacy"
    ]


def called(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func
            found.add(name.attr if isinstance(name, ast.Attribute) else name.id if isinstance(name, ast.Name) else "")
    return found


@pytest.fixture(scope="module")
def calls() -> dict[str, set[str]]:
    return {file: called(tree) for file, tree in sources()}


def test_every_place_that_opens_sealed_text_is_known(calls: dict[str, set[str]]) -> None:
    assert {file for file, names in calls.items() if names & OPENING} == WORK.keys() | SHOWN.keys()


def test_every_place_that_is_given_opened_text_is_known(calls: dict[str, set[str]]) -> None:
    assert {file for file, names in calls.items() if names & READERS} == GIVEN.keys()


def test_every_place_that_shows_it_asks_the_policy(calls: dict[str, set[str]]) -> None:
    for file, asks in ASK.items():
        assert asks in calls[file], f"{file} shows redacted text and asks no policy"
    through = {file for file, names in calls.items() if {"operators_policy", "reading_policy"} & names}
    assert through == ASK.keys() | {"appliance/cli/readers.py", "services/gateway/gateway.py"}


def test_a_replay_is_shown_as_the_policy_has_it() -> None:
    told = Difference(1, "card <CARD>", "reply", "of <LT>CARD>", "of <CARD>")
    shown = agents_replay.seen(Replayed(2, [told]), MASKED)
    assert shown.differences == [Difference(1, "card ****", "reply", "of <CARD>", "of ****")]
    assert shown.changed == 1


def test_text_by_kind_is_shown_as_the_policy_has_it() -> None:
    text = "card <CARD> of <US_SSN>, and <LT>CARD>"
    assert REFERENCES.show_kinds(text) == "card <CARD> of <US_SSN>, and <CARD>"
    assert MASKED.show_kinds(text) == "card **** of ****, and <CARD>"
    mixed = ReadingPolicy(How.DROP, {"CARD": How.PSEUDONYM})
    assert mixed.show_kinds(text) == "card <CARD> of , and <CARD>"
