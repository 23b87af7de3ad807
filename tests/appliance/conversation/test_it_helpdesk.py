"""The help desk's flows, as traces of what is said and heard, with articles that can be asked."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from appliance import events as e
from appliance.agents.definition import Agent
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.conversation.drafting import Context, Ids
from appliance.conversation.following import AskKnowledge, CallConnector
from tests.fakes.talk import OpenSealer, Talk

DESK = load_agent(TEMPLATES / "it_helpdesk")
EMPLOYEE = "<NUMBER_1>"


@dataclass
class DeskTalk(Talk):
    agent: Agent = DESK.agent
    digits: dict[str, int] = field(default_factory=lambda: {"NUMBER_1": 6, "NUMBER_2": 5})

    def context(self, sequence: int, understanding: e.Understanding | None) -> Context:
        ids = Ids(self.conversation, sequence)
        ports = frozenset({"knowledge"})
        return Context(self.agent, DESK.version, ids, OpenSealer(), self.now, understanding, None, ports)

    def asked(self) -> list[AskKnowledge]:
        return [order for order in self.orders if isinstance(order, AskKnowledge)]

    def called(self) -> list[str]:
        return [order.call.operation for order in self.orders if isinstance(order, CallConnector)]


@pytest.fixture
def talk() -> DeskTalk:
    talk = DeskTalk()
    assert talk.start() == "Welcome to the Example IT Help Desk. How can I help you?"
    return talk


def to_code(talk: DeskTalk) -> None:
    talk.say("I forgot my password")
    talk.say("payroll")
    assert talk.say(EMPLOYEE).startswith("How shall I check that it is you")
    talk.say("code")
    told = e.Reference("TEXT_r1", "TEXT", value=e.Sealed("raw", "x"))
    assert "enter the code in the secure field" in talk.returns("ok", to=told)


def test_the_code_goes_by_capture_and_is_asked_for_again_where_it_is_wrong(talk: DeskTalk) -> None:
    to_code(talk)
    for _ in range(2):
        talk.capture()
        call = talk.calling()
        assert (call.operation, call.captures) == ("reset_password", ("secret",))
        assert call.arguments["by"] == "code"
        assert talk.returns("wrong").startswith("That code is not right.")
    talk.capture()
    assert talk.returns("wrong").endswith("I will put you through to a colleague.")


def test_digits_that_are_no_code_are_not_looked_up_in_the_articles(talk: DeskTalk) -> None:
    to_code(talk)
    for _ in range(3):
        heard = talk.capture("invalid")
        assert talk.asked() == []
    assert "The code has six digits." in heard or "put you through" in heard


def test_what_is_said_twice_in_vain_is_looked_up_in_the_articles(talk: DeskTalk) -> None:
    talk.say("hm")
    assert talk.asked() == []
    talk.say("hm hm")
    assert len(talk.asked()) == 1


def test_a_diagnosis_that_finds_nothing_becomes_a_ticket_about_vpn(talk: DeskTalk) -> None:
    talk.say("the VPN does not work")
    assert talk.say("it crashes").startswith("Have you restarted")
    talk.say("no")
    assert "Software Center" in talk.say("no")
    assert talk.say("no").startswith("Then a colleague has to look at it. How urgent is it?")
    talk.say("it can wait")
    assert talk.say(EMPLOYEE).startswith("A ticket about VPN")
    assert talk.called() == []
    talk.say("yes")
    assert talk.calling().arguments == {"employee": "NUMBER_1", "category": "vpn", "urgency": "minor"}


def test_a_lost_phone_goes_to_security_at_once(talk: DeskTalk) -> None:
    talk.say("my VPN code is not accepted")
    talk.say("no")
    assert talk.state.transferred == "security"
    assert talk.called() == []
