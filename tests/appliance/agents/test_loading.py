"""Agents are read whole, or every mistake is named with its file, line, key and what is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from appliance.agents.document import files_of, read_document
from appliance.agents.loading import (
    TEMPLATES,
    AgentMistakes,
    hash_of,
    json_schema,
    load_agent,
    read_agent,
    stored_version,
)
from appliance.agents.phrases import examples, phrases
from appliance.errors import InvalidAgent, Tampered

FILES = files_of(TEMPLATES / "banking")
BALANCE = "connectors.bank.operations.balance"
AGENT, FLOWS, INTENTS = "banking/agent.yaml", "banking/flows.yaml", "banking/intents.yaml"
BANKING = read_agent(FILES)


def changed(file: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[file]
    return {**FILES, file: FILES[file].replace(old, new, 1)}


def line_of(file: str, text: str) -> int:
    return FILES[file][: FILES[file].index(text)].count("\n") + 1


def test_every_template_is_valid_and_speaks() -> None:
    for folder in TEMPLATES.iterdir():
        version = load_agent(folder)
        assert version.name == folder.name
        assert version.agent.offers


def test_banking_has_twenty_examples_an_intent() -> None:
    assert {
        name: len(intent.examples) for name, intent in BANKING.agent.intents.items() if len(intent.examples) < 20
    } == {}


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "problem", "suggestion"),
    [
        (
            AGENT,
            "title: Example Bank",
            "titel: Example Bank",
            "titel",
            "there is no such key; allowed: name, title",
            "title",
        ),
        (AGENT, "name: banking", "name: Banking Agent", "name", "is not allowed; allowed: lower-case letters", None),
        (AGENT, "[en-US, de-DE]", "[english]", "locales[1]", "what matches ^[a-z]{2}-[A-Z]{2}$", None),
        (AGENT, "digits: {min: 8", "digits: {min: eight", "entities.customer_number.digits.min", "valid integer", None),
        (AGENT, "  person: person\n", "  person: persn\n", "policies.person", 'no transfer "persn"', "person"),
        (
            AGENT,
            "account: {entity: account}",
            "account: {entity: acount}",
            "slots.account.entity",
            "allowed: account",
            "account",
        ),
        (AGENT, "{{ agent }}. How", "{{ agnt }}. How", "greeting", 'uses "agnt", which is not known here', "agent"),
        (AGENT, "{{ agent }}. How", "{{ agent. How", "greeting", "is not a template", None),
        (AGENT, "{{ agent }}. How", "{{ agent.__class__ }}. How", "greeting", "uses Getattr of Jinja", None),
        (
            AGENT,
            "arguments: {account: option",
            "arguments: {account: opton",
            f"{BALANCE}.arguments.account",
            "allowed: option, digits, secret",
            "option",
        ),
        (
            FLOWS,
            "- ask: account",
            "- aks: account",
            "flows.balance.steps[1]",
            "a step has exactly one of these keys",
            "ask",
        ),
        (
            FLOWS,
            "- ask: account",
            "- ask: acount",
            "flows.balance.steps[1].ask",
            "allowed: account, from_account",
            "account",
        ),
        (FLOWS, "- ask: account", "- ask: pin", "flows.balance.steps[1].ask", 'no slot to ask for "pin"', None),
        (
            FLOWS,
            "again: Please say",
            "agin: Please say",
            "flows.balance.steps[1].agin",
            "allowed: ask, text, again",
            "again",
        ),
        (FLOWS, "ok: tell", "ok: tel", "flows.balance.steps[4].outcomes.ok.next", 'no step "tel"', "tell"),
        (
            FLOWS,
            "          locked: locked\n",
            "",
            "flows.balance.steps[4].outcomes",
            'outcome "locked" of bank.balance leads nowhere',
            None,
        ),
        (
            FLOWS,
            "locked: locked",
            "lokced: locked",
            "flows.balance.steps[4].outcomes.lokced",
            "allowed: ok, wrong_pin, locked",
            "locked",
        ),
        (
            FLOWS,
            "pin: pin}",
            "pni: pin}",
            "flows.balance.steps[4].arguments.pni",
            "allowed: account, customer, pin",
            "pin",
        ),
        (
            FLOWS,
            "pin: pin}",
            "pin: account}",
            "flows.balance.steps[4].arguments.pin",
            "takes secret, but the slot",
            None,
        ),
        (
            FLOWS,
            "call: bank.balance",
            "call: bank.balances",
            "flows.balance.steps[4].call",
            "allowed: bank.balance",
            "bank.balance",
        ),
        (
            FLOWS,
            "at_most: 2, then: too_many",
            "at_most: 2",
            "flows.balance.steps[4].outcomes.wrong_pin",
            "both of the keys at_most, then",
            None,
        ),
        (FLOWS, "{{ balance }}", "{{ balanse }}", "flows.balance.steps[5].say", 'uses "balanse"', "balance"),
        (FLOWS, "{{ balance }}", "{{ pin }}", "flows.balance.steps[5].say", 'uses "pin"', None),
        (FLOWS, "next: finish", "next: tell", "flows.balance.steps[5]", "leads back to itself", None),
        (
            FLOWS,
            "name: wrong_pin",
            "name: tell",
            "flows.balance.steps[6].name",
            'a step "tell" in this flow already',
            None,
        ),
        (
            FLOWS,
            "transfer: person",
            "transfer: preson",
            "flows.balance.steps[9].transfer",
            'no transfer "preson"',
            "person",
        ),
        (FLOWS, "end: goodbye", "end: godbye", "flows.goodbye.steps[1].end", "allowed: goodbye", "goodbye"),
        (FLOWS, "  loan:\n", "  Loan!:\n", "flows.Loan!", "lower-case letters", None),
        (INTENTS, "starts: balance", "starts: balence", "intents.balance.starts", 'no flow "balence"', "balance"),
        (INTENTS, "starts: balance", "does: repaet", "intents.balance.does", "allowed: repeat, cancel", "repeat"),
        (
            INTENTS,
            "what is the balance of my {account}",
            "balance of {acount}",
            "intents.balance.examples[10]",
            "entity with options",
            "account",
        ),
        (
            INTENTS,
            "- when are you open",
            "- What is my  balance",
            "intents.opening_hours.examples[1]",
            "an example of balance already",
            None,
        ),
    ],
)
def test_a_mistake_is_named_where_it_is(
    file: str, old: str, new: str, key: str, problem: str, suggestion: str | None
) -> None:
    with pytest.raises(InvalidAgent) as caught:
        read_agent(changed(file, old, new))
    assert isinstance(caught.value, AgentMistakes)
    found = [mistake for mistake in caught.value.mistakes if mistake.key == key]
    assert found, str(caught.value)
    assert problem in found[0].problem
    assert found[0].suggestion == suggestion
    assert found[0].place.file == file
    assert abs(found[0].place.line - line_of(file, old)) <= 4
    assert str(found[0]) in caught.value.title


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("name: banking\nname: again\n", 2, "is here a second time"),
        ("name: banking\ntitle: &a X\n", 2, "anchors and aliases are not allowed"),
        ("name: !!python/name:os.system x\n", 1, "tags are not allowed"),
        ("name: [a\ntitle: b\n", 2, "is not YAML"),
        ("- a\n- b\n", 1, "is not a mapping"),
        ("", 1, "is not a mapping"),
        ("a: " + "[" * 60 + "]" * 60, 1, "is nested more than 40 deep"),
        ("[1]: x\n", 1, "a key is text"),
        ("a: \x01\n", 1, "is not YAML"),
    ],
)
def test_what_is_not_plain_yaml(text: str, line: int, problem: str) -> None:
    with pytest.raises(AgentMistakes) as caught:
        read_agent({"agent.yaml": text})
    [mistake] = caught.value.mistakes
    assert mistake.place.line == line
    assert problem in mistake.problem


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(AgentMistakes, match="no such file"):
        load_agent(tmp_path / "nowhere")
    with pytest.raises(AgentMistakes, match="no such file"):
        load_agent(tmp_path)
    file = tmp_path / "agent.yaml"
    file.write_bytes(b"name: a\ntitle: \xff\n")
    with pytest.raises(AgentMistakes, match=r"agent\.yaml:2:1: is not UTF-8"):
        load_agent(file)
    file.write_bytes(b"#" * 1_000_001)
    with pytest.raises(AgentMistakes, match="larger than"):
        load_agent(file)


def test_a_key_in_two_files_is_a_mistake() -> None:
    with pytest.raises(AgentMistakes, match=r"title: is in banking/agent\.yaml already"):
        read_agent({**FILES, FLOWS: FILES[FLOWS] + "title: again\n"})


def test_all_mistakes_are_named_at_once() -> None:
    files = changed(FLOWS, "ok: tell", "ok: tel")
    files = {**files, AGENT: FILES[AGENT].replace("{{ agent }}", "{{ agnt }}", 1)}
    with pytest.raises(AgentMistakes) as caught:
        read_agent(files)
    assert [mistake.key for mistake in caught.value.mistakes] == ["greeting", "flows.balance.steps[4].outcomes.ok.next"]


def test_no_and_yes_are_words() -> None:
    assert read_document({"a": "examples: [no, yes, on, 007, 1.5, true, null]"}).value == {
        "examples": ["no", "yes", "on", 7, 1.5, True, None]
    }


def test_a_version_is_its_content() -> None:
    assert BANKING.version == hash_of(BANKING.content)
    assert read_agent(dict(FILES)) == BANKING
    again = read_agent(changed(AGENT, "How can I help you?", "What can I do?"))
    assert again.version != BANKING.version
    reformatted = {**FILES, AGENT: "# a remark\n" + FILES[AGENT]}
    assert read_agent(reformatted).version == BANKING.version


def test_a_stored_version_is_what_was_published() -> None:
    assert stored_version(BANKING.version, BANKING.content) == BANKING
    with pytest.raises(Tampered):
        stored_version(BANKING.version, BANKING.content.replace(b"Example", b"Another"))
    with pytest.raises(Tampered):
        stored_version(hash_of(b"{}"), b"{}")


def test_the_json_schema_takes_the_template_and_refuses_mistakes() -> None:
    validator = jsonschema_rs.validator_for(json.loads(json.dumps(json_schema())))
    document = read_document(FILES).value
    assert list(validator.iter_errors(document)) == []
    assert not validator.is_valid({**document, "titel": "x"})
    broken = read_document(changed(FLOWS, "- ask: account", "- aks: account")).value
    assert not validator.is_valid(broken)


def test_placeholders_stand_for_every_option() -> None:
    said = examples(BANKING.agent)["balance"]
    assert "what is the balance of my savings account" in said
    assert not any("{" in phrase for phrase in said)


def test_phrases_put_the_answers_first() -> None:
    assert phrases(BANKING.agent, "balance/account")[:2] == ("checking", "checking account")
    assert "goodbye" in phrases(BANKING.agent, "balance/account")
    assert "goodbye" in phrases(BANKING.agent, "balance/customer")
    assert phrases(BANKING.agent, "start")[0] == "what is my balance"
    assert phrases(BANKING.agent, "balance/pin") == ()
    assert phrases(BANKING.agent, None) == ()
    assert phrases(BANKING.agent, "nowhere/at_all")[0] == "what is my balance"


def test_flows_may_lie_in_a_folder_of_their_own() -> None:
    assert "banking/flows/money.yaml" in FILES
    with pytest.raises(InvalidAgent) as caught:
        read_agent({**FILES, "banking/flows/more.yaml": "flows:\n  balance:\n    title: again\n"})
    assert caught.value.title == "banking/flows/more.yaml:2:3: flows.balance: is in banking/flows.yaml already"
