"""Two of our user agents talk over a network that loses, repeats and delays datagrams; nothing must be left behind."""

from __future__ import annotations

import heapq
import random
from ipaddress import ip_network

import pytest

from appliance.telephony.addresses import Address
from appliance.telephony.signalling import (
    AnswerCall,
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallOffered,
    CancelTimer,
    Credentials,
    DatagramReceived,
    EndCall,
    Input,
    Notice,
    PlaceCall,
    SendDatagram,
    SetTimer,
    TimerExpired,
)
from appliance.telephony.user_agent import Settings, Trunk, UserAgent

CALLER, CALLED = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
USER = Credentials("ada", "secret")


class Network:
    def __init__(self, seed: int, loss: float) -> None:
        self.random = random.Random(seed)
        self.loss = loss
        self.now = 0.0
        self.count = 0
        self.queue: list[tuple[float, int, Address, Input]] = []
        self.timers: dict[tuple[Address, str], float] = {}
        self.told: dict[Address, list[Notice]] = {CALLER: [], CALLED: []}
        trunk = Trunk("caller", (ip_network("192.0.2.1/32"),), (USER,))
        self.agents = {
            CALLER: UserAgent(Settings(address=CALLER), random.Random(seed + 1).randbytes),
            CALLED: UserAgent(Settings(address=CALLED, trunks=(trunk,)), random.Random(seed + 2).randbytes),
        }

    def later(self, delay: float, where: Address, event: Input) -> None:
        self.count += 1
        heapq.heappush(self.queue, (self.now + delay, self.count, where, event))

    def hand_in(self, where: Address, event: Input) -> None:
        for output in self.agents[where].handle(event, self.now):
            match output:
                case SendDatagram(data, destination):
                    for _ in range(self.random.choice([1, 1, 1, 2])):
                        if self.random.random() >= self.loss:
                            self.later(self.random.uniform(0.001, 0.3), destination, DatagramReceived(data, where))
                case SetTimer(name, at):
                    self.timers[where, name] = at
                    self.later(at - self.now, where, TimerExpired(name))
                case CancelTimer(name):
                    self.timers.pop((where, name), None)
                case _:
                    self.told[where].append(output)
                    if isinstance(output, CallOffered):
                        self.later(0.5, where, AnswerCall(output.call, Address(where.host, 20000)))

    def run(self) -> None:
        while self.queue:
            self.now, _, where, event = heapq.heappop(self.queue)
            if isinstance(event, TimerExpired):
                if self.timers.get((where, event.name)) != self.now:
                    continue
                del self.timers[where, event.name]
            self.hand_in(where, event)
        assert self.timers == {}


def outline(notices: list[Notice]) -> list[str]:
    return [type(notice).__name__ for notice in notices]


def test_a_call_on_a_good_day() -> None:
    network = Network(1, 0.0)
    network.hand_in(CALLER, PlaceCall("c", "sip:7000@192.0.2.2", CALLED, Address("192.0.2.1", 30000), "ada", USER))
    network.later(10, CALLER, EndCall("c"))
    network.run()
    assert outline(network.told[CALLED]) == [
        "MessageRejected",  # the first INVITE came without a password
        *("CallOffered", "CallAnswered", "CallConfirmed", "CallEnded"),
    ]
    assert outline(network.told[CALLER]) == ["CallAnswered", "CallEnded"]


@pytest.mark.parametrize("seed", range(60))
def test_a_call_on_a_bad_network_leaves_nothing_behind(seed: int) -> None:
    network = Network(seed, loss=0.4)
    network.hand_in(CALLER, PlaceCall("c", "sip:7000@192.0.2.2", CALLED, Address("192.0.2.1", 30000), "ada", USER))
    network.later(0.2 + seed, CALLER if seed % 2 else CALLED, EndCall("c"))
    network.later(40, CALLER, EndCall("c"))
    network.run()
    for agent in network.agents.values():
        assert agent.load == {"calls": 0, "dialogs": 0, "transactions": 0, "timers": 0}
    assert sum(isinstance(notice, CallEnded) for notice in network.told[CALLER]) == 1
    offered = [notice.call for notice in network.told[CALLED] if isinstance(notice, CallOffered)]
    assert offered == [notice.call for notice in network.told[CALLED] if isinstance(notice, CallEnded)]
    confirmed = [notice for notice in network.told[CALLED] if isinstance(notice, CallConfirmed)]
    assert len(confirmed) <= sum(isinstance(notice, CallAnswered) for notice in network.told[CALLED]) <= 1
