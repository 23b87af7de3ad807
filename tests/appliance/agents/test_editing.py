"""What a designer is told and shown of a definition: remarks, differences, a picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from appliance.agents.comparing import differences
from appliance.agents.definition import Entity
from appliance.agents.drawing import draw
from appliance.agents.layout import layout
from appliance.agents.linting import lint, remarks
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.ways import reached, ways

HOUSE = Path(__file__).parents[1] / "conversation" / "bank"
AGENT = load_agent(HOUSE).agent


@pytest.mark.parametrize("path", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_nothing_is_to_be_remarked_on_a_template(path: Path) -> None:
    assert [str(one) for one in lint(path)] == []


def test_what_is_unused_unreachable_alike_and_long_is_remarked(tmp_path: Path) -> None:
    text = (HOUSE / "agent.yaml").read_text()
    text = text.replace("fee: {holds: number}", "fee: {holds: number}\n  spare: {entity: colour}")
    text = text.replace("  phone: {type: phone}\n", "  phone: {type: phone}\n  colour: {options: {red: [red]}}\n")
    text = text.replace(
        "- say: We are open from nine to five.", f"- say: {'word ' * 60}\n        next: finish\n      - say: x"
    )
    text = text.replace("fees please,", "fees please, could I transfer money,")
    (tmp_path / "agent.yaml").write_text(text)
    found = [str(one) for one in lint(tmp_path)]
    assert any("slots.spare: is used nowhere" in one for one in found)
    assert any('the step "say_2" is never reached' in one for one in found)
    assert any("has 60 words" in one for one in found)
    assert any('says the same as "transfer money" of transfer' in one for one in found)
    assert all(one.split(":")[1].isdigit() for one in found)


def test_a_language_without_phrases_is_remarked() -> None:
    assert any("xx-XX" in problem for _, problem in remarks(replace(AGENT, locales=("en-US", "xx-XX"))))


@pytest.mark.parametrize(
    ("entity", "remarked"),
    [
        (Entity(type="date", prefer="past"), True),
        (Entity(type="date", prefer="past", personal=True), False),
        (Entity(type="date", prefer="past", personal=False), False),
        (Entity(type="date"), False),
        (Entity(type="time", prefer="past"), False),
    ],
)
def test_what_may_be_a_date_of_birth_is_remarked(entity: Entity, remarked: bool) -> None:
    found = remarks(replace(AGENT, entities={**AGENT.entities, "born": entity}))
    assert any(where == ("entities", "born") and "date of birth" in problem for where, problem in found) is remarked


def test_differences_are_told_by_kind() -> None:
    balance = AGENT.flows["balance"]
    told = replace(balance.steps[3], say="Other words.")
    flows = {**AGENT.flows, "balance": replace(balance, steps=(*balance.steps[:3], told, balance.steps[4]))}
    intent = AGENT.intents["hours"]
    intents = {**AGENT.intents, "hours": replace(intent, examples=(*intent.examples[1:], "a new example"))}
    found = differences(AGENT, replace(AGENT, flows=flows, intents=intents, locales=("en-GB",)))
    assert [(one.kind, one.key) for one in found] == [
        ("settings", "locales"),
        ("examples", "intents.hours.examples"),
        ("examples", "intents.hours.examples"),
        ("texts", "flows.balance.steps.tell.say"),
    ]
    assert str(found[-1]).endswith("→ Other words.")
    assert differences(AGENT, AGENT) == ()


def test_every_step_of_a_checked_flow_is_reached() -> None:
    for flow in AGENT.flows.values():
        assert reached(flow) == {step.name for step in flow.steps} | ({"finish"} & reached(flow))


def test_rows_go_down_and_circles_up() -> None:
    made = layout(["a", "b", "c", "d"], [("a", "b"), ("b", "c"), ("a", "c"), ("c", "b"), ("c", "d")])
    assert made.back == [("c", "b")]
    assert [made.row_of[name] for name in "abcd"] == [0, 1, 2, 3]
    assert made.through[("a", "c")] == ["a>c@1"]
    assert set(made.rows[1]) == {"b", "a>c@1"}


def test_the_picture_shows_every_step_and_way() -> None:
    drawn = Xml.fromstring(draw(AGENT, tuple(AGENT.flows)))
    said = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    paths = [path for path in drawn.iter("{http://www.w3.org/2000/svg}path") if "way" in (path.get("class") or "")]
    for name, flow in AGENT.flows.items():
        assert {step.name for step in flow.steps} <= said
        assert flow.title in said
        assert name
    every = {(way.flow, way.step, way.target) for name, flow in AGENT.flows.items() for way in ways(name, flow)}
    assert len(paths) == len(every)
