"""What one turn has for slots: options, references and literals that fit, each given to one slot alone."""

from __future__ import annotations

from collections.abc import Iterator

from appliance import events as e
from appliance.agents import definition as d
from appliance.agents.builtins import YES_NO
from appliance.conversation import judging
from appliance.conversation.drafting import Draft


class Taken:
    def __init__(self, draft: Draft, understanding: e.Understanding, references: tuple[e.Reference, ...]) -> None:
        self._draft, self._understanding, self._references = draft, understanding, references

    def value_for(self, slot: str) -> str | None:
        """What fits into a slot; None where there is nothing, or more than one thing."""
        entity = self._draft.agent.entity_of(slot)
        if entity is None:
            return None
        if entity.digits is not None:
            low, high = entity.digits.min, entity.digits.max
            fitting = [one.name for one in self._references if one.digits is not None and low <= one.digits <= high]
            return fitting[0] if fitting else None
        name = self._draft.agent.slots[slot].entity
        found = {one.value for one in self._understanding.entities if one.kind == name and one.role == slot} or {
            one.value for one in self._understanding.entities if one.kind == name and one.role is None
        }
        return found.pop() if len(found) == 1 else None

    def meant_for(self, slot: str) -> bool:
        """Whether something was said in words that mean this slot: `from savings` for the account it is taken from."""
        return any(one.role == slot for one in self._understanding.entities)

    def answer(self) -> str | None:
        """`yes` or `no`, where it is one of them."""
        found = {one.value for one in self._understanding.entities if one.kind == YES_NO}
        return found.pop() if len(found) == 1 else None

    def fill(self, slot: str, value: str) -> None:
        self._draft.add(e.SlotFilled(slot, value, self._draft.agent.slots[slot].keep))

    def fill_others(self, asked: str | None) -> dict[str, str | None]:
        """Fill what the running flow asks for elsewhere. Slot → what it held before, for each that is new or other."""
        top = self._draft.state.top
        if top is None:
            return {}
        filled: dict[str, str | None] = {}
        for slot in dict.fromkeys(slots_of(self._draft.agent, top.flow)):
            value = self.value_for(slot) if slot != asked else None
            before = self._draft.state.value(slot)
            if value is None or value == before or not self._meant_for(slot, value, asked, filled):
                continue
            if acceptable(self._draft, top.flow, slot, value):
                self.fill(slot, value)
                filled[slot] = before
        return filled

    def has_something_for(self, flow: str) -> bool:
        agent = self._draft.agent
        return flow in agent.flows and any(self.value_for(slot) for slot in slots_of(agent, flow))

    def _meant_for(self, slot: str, value: str, asked: str | None, filled: dict[str, str | None]) -> bool:
        """Something said once is meant for one slot: for the one that is asked, else for the first that is empty. Of
        two slots of a kind that both hold something, it is not known which one is meant."""
        if asked is not None and self.value_for(asked) == value:
            return False
        if any(one.value == value and one.role == slot for one in self._understanding.entities):
            return True
        agent, state = self._draft.agent, self._draft.state
        assert state.top is not None
        alike = [
            other
            for other in dict.fromkeys(slots_of(agent, state.top.flow))
            if other != slot and agent.slots[other].entity == agent.slots[slot].entity
        ]
        if any(other in filled for other in alike):
            return False
        if state.value(slot) is None:
            return True
        return all(other == asked or state.value(other) is None for other in alike) if alike else True


def slots_of(agent: d.Agent, flow: str) -> Iterator[str]:
    """What a flow asks for, in order."""
    return (step.ask for step in agent.flows[flow].steps if isinstance(step, d.Ask))


def acceptable(draft: Draft, flow: str, slot: str, value: str) -> bool:
    """Whether the step that asks for a slot would take this value."""
    defined = draft.agent.flows[flow]
    checks = [step.check for step in defined.steps if isinstance(step, d.Ask) and step.ask == slot and step.check]
    return all(judging.holds(draft, defined, check, {slot: value}) for check in checks)
