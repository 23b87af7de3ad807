"""Simulated users: mistakes in them have their place, and they talk the same at every run."""

from __future__ import annotations

import pytest

from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.scenarios import ScenarioMistakes, Turn, load_scenarios
from appliance.agents.simulated import Simulated, json_schema, load_users, read_users
from appliance.agents.simulated_user import GivesUp, Seen, SimulatedUser

BANKING = load_agent(TEMPLATES / "banking").agent
TEXT = """
users:
  - name: someone
    style: plain
    goal:
      wants: balance
      opening: what is my balance
      values: {account: savings, pin: "2468"}
      reached: {calls: {bank.balance: {account: savings}}}
"""


def user(text: str) -> SimulatedUser:
    return SimulatedUser(read_users("u.yaml", text, BANKING)[0], BANKING)


def said(given: Turn | GivesUp) -> str:
    assert isinstance(given, Turn)
    return given.say or ""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("wants: balance", "wants: balanse", 'u.yaml:6:7: users[1].goal.wants: there is no intent "balanse"'),
        ("account: savings, pin", "acount: savings, pin", "there is no slot"),
        ("bank.balance: {account", "bank.balance: {acount", "there is no argument"),
        ("{calls: {bank.balance: {account: savings}}}", "{}", "names nothing by which the goal is reached"),
        ("style: plain", "style: polite", "style"),
        ("style: plain", "instead_of: transfer", "is for the style changes_mind only"),
    ],
)
def test_mistakes_have_their_place(old: str, new: str, problem: str) -> None:
    with pytest.raises(ScenarioMistakes) as found:
        read_users("u.yaml", TEXT.replace(old, new, 1), BANKING)
    assert problem in "\n".join(map(str, found.value.mistakes))


def test_a_templates_users_are_played_beside_its_scenarios() -> None:
    folder = TEMPLATES / "banking"
    users = load_users(folder, BANKING)
    assert len(users) > len({one.name for one in users}) > 5
    assert not {one.name for one in users} & {one.name for one in load_scenarios(folder, BANKING)}


def test_each_seed_is_played_and_says_the_same_at_every_run() -> None:
    several = read_users("u.yaml", TEXT.replace("style: plain", "seeds: 3"), BANKING)
    assert [one.variant for one in several] == ["plain, seed 1", "plain, seed 2", "plain, seed 3"]

    def answers(one: Simulated) -> list[str]:
        talks = SimulatedUser(one, BANKING)
        return [
            said(talks.next(Seen("open"))),
            said(talks.next(Seen("slot", "account"))),
            said(talks.next(Seen("yes_no"))),
        ]

    assert [answers(one) for one in several] == [answers(one) for one in several]


def test_a_secret_is_given_securely_and_what_the_goal_lacks_ends_it() -> None:
    talks = user(TEXT)
    assert talks.next(Seen("secret", "pin")) == Turn(secure="2468")
    assert isinstance(talks.next(Seen("slot", "customer")), GivesUp)


def test_patience_has_an_end() -> None:
    talks = user(TEXT)
    assert isinstance(talks.next(Seen("open", misunderstood=3)), GivesUp)
    for _ in range(3):
        assert isinstance(talks.next(Seen("slot", "account")), Turn)
    assert isinstance(talks.next(Seen("slot", "account")), GivesUp)


def test_styles_talk_as_they_are_called() -> None:
    corrects = user(TEXT.replace("plain", "corrects_itself"))
    assert said(corrects.next(Seen("slot", "account"))) == "checking"
    assert said(corrects.next(Seen("slot", "customer"))).startswith("no, I mean ")
    digresses = user(TEXT.replace("plain", "digresses"))
    first = said(digresses.next(Seen("slot", "account")))
    assert first not in BANKING.entities["account"].options["savings"]
    assert said(digresses.next(Seen("slot", "account"))) in BANKING.entities["account"].options["savings"]
    angry = user(TEXT.replace("plain", "angry"))
    assert said(angry.next(Seen("open"))) != "what is my balance"
    both = user(TEXT.replace("plain", "answers_two").replace("pin:", "customer: '12345678', pin:"))
    assert said(both.next(Seen("slot", "account"))).endswith(", and my customer is 12345678")
    changes = user(TEXT.replace("style: plain", "style: changes_mind\n    instead_of: transfer"))
    assert said(changes.next(Seen("open"))) != "what is my balance"
    assert "mind" in said(changes.next(Seen("slot", "from_account", flow="transfer")))
    assert said(changes.next(Seen("open"))) == "what is my balance"


def test_the_schema_is_published() -> None:
    assert json_schema()["properties"]["users"]["type"] == "array"


def test_what_may_be_passed_over_is_where_nothing_more_is_to_be_said() -> None:
    text = TEXT.replace('pin: "2468"', 'card: credit, pin: "2468"')
    talks = user(text)
    asked = Seen("slot", "account", skip="card")
    assert said(talks.next(asked)) in BANKING.entities["account"].options["savings"]
    assert said(talks.next(asked)) in BANKING.entities["card"].options["credit"]
    assert said(user(text).next(Seen("slot", "customer", skip="card"))) in BANKING.entities["card"].options["credit"]
    assert isinstance(user(text).next(Seen("slot", "customer", skip="unknown")), GivesUp)
