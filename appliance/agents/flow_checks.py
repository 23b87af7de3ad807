"""What is wrong with a flow: steps that lead nowhere, slots that are not there, conditions that cannot be."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from appliance.agents import conditions
from appliance.agents import definition as d
from appliance.agents.document import Path_
from appliance.agents.naming import Found, named_as, texts_at
from appliance.errors import Invalid


class FlowChecks:
    """One flow's checks. `values` are the names its texts may use: slots that are not secure, and what calls return."""

    def __init__(self, agent: d.Agent, name: str, flow: d.Flow) -> None:
        self._agent, self._name, self._flow = agent, name, flow
        self._path: Path_ = ("flows", name)
        self._steps = [step.name for step in flow.steps]
        self._values = [slot for slot, defined in agent.slots.items() if defined.secure is None]
        self._scope = conditions.scope_of(agent, flow)
        for step in flow.steps:
            operation = agent.operation(step.call) if isinstance(step, d.Call) else None
            for values in operation.outcomes.values() if operation else ():
                self._values.extend(value for value in values if value not in self._values)

    def check(self) -> Iterator[Found]:
        for number, step in enumerate(self._flow.steps):
            path: Path_ = (*self._path, "steps", number)
            if step.name in self._steps[:number]:
                yield (*path, "name"), f'there is a step "{step.name}" in this flow already', None
            if step.name == d.FINISH:
                yield (*path, "name"), f'"{d.FINISH}" stands for the end of a flow', None
            for key in ("say", "text", "again", "wrong", "confirm", "summary"):
                text = getattr(step, key, None)
                if text is not None:
                    yield from texts_at((*path, key), text, self._values)
            for key in ("next", "then", "otherwise", "no"):
                target = getattr(step, key, None)
                if target is not None:
                    yield from self._goes_to((*path, key), target)
            yield from _BY_KIND.get(type(step), _nothing)(self, path, step)
        if self._flow.afterwards:
            yield from texts_at((*self._path, "afterwards"), self._flow.afterwards, ())
        yield from self._circles()

    def _goes_to(self, path: Path_, target: str) -> Iterator[Found]:
        yield from named_as(path, target, [*self._steps, d.FINISH], "step")

    def _ask(self, path: Path_, step: d.Ask) -> Iterator[Found]:
        allowed = [name for name, slot in self._agent.slots.items() if slot.entity is not None]
        yield from named_as((*path, "ask"), step.ask, allowed, "slot to ask for")
        if step.skip is not None:
            listed = [name for name in allowed if (entity := self._agent.entity_of(name)) and entity.options]
            yield from named_as((*path, "skip"), step.skip, listed, "slot with options")
        if step.check is not None:
            yield from self._condition((*path, "check"), step.check)
        if (step.check is None) != (step.wrong is None):
            yield path, "has both of the keys check, wrong, or none of them", None
        yield from self._otherwise(path, step)

    def _confirm(self, path: Path_, step: d.Confirm) -> Iterator[Found]:
        yield from self._otherwise(path, step)

    def _otherwise(self, path: Path_, step: d.Ask | d.Confirm) -> Iterator[Found]:
        if step.otherwise is not None and step.retries is None:
            yield (*path, "otherwise"), "needs the key retries beside it", None

    def _when(self, path: Path_, step: d.When) -> Iterator[Found]:
        yield from self._condition((*path, "when"), step.when)

    def _condition(self, path: Path_, condition: str) -> Iterator[Found]:
        try:
            kind = conditions.check(condition, self._scope)
        except Invalid as error:
            yield path, error.title, conditions.misspelt(condition, self._scope)
            return
        if kind != "flag":
            yield path, f"gives a {kind}; a condition is true or false", None

    def _remember(self, path: Path_, step: d.Remember) -> Iterator[Found]:
        fillable = [name for name, slot in self._agent.slots.items() if slot.secure is None]
        yield from named_as((*path, "remember"), step.remember, fillable, "slot to fill")
        if [step.value, step.expression, step.same_as].count(None) != 2:
            yield path, "has exactly one of the keys value, expression, same_as", None
            return
        if step.same_as is not None:
            yield from named_as((*path, "same_as"), step.same_as, self._values, "slot or returned value")
        if step.remember not in fillable:
            return
        if step.value is not None and conditions.constant(step.value, step.remember, self._agent) is None:
            entity = self._agent.entity_of(step.remember)
            options = list(entity.options) if entity else []
            yield from (
                named_as((*path, "value"), str(step.value), options, "option")
                if options
                else [((*path, "value"), f'is nothing that the slot "{step.remember}" can hold', None)]
            )
        if step.expression is not None:
            try:
                kind = conditions.check(step.expression, self._scope)
            except Invalid as error:
                yield (*path, "expression"), error.title, conditions.misspelt(step.expression, self._scope)
                return
            if not conditions.fits(kind, step.remember, self._agent):
                yield (*path, "expression"), f'gives a {kind}, which the slot "{step.remember}" cannot hold', None

    def _answer(self, path: Path_, step: d.Answer) -> Iterator[Found]:
        yield from named_as((*path, "answer"), step.answer, self._agent.knowledge, "knowledge base")

    def _run(self, path: Path_, step: d.Run) -> Iterator[Found]:
        yield from named_as((*path, "run"), step.run, self._agent.flows, "flow")
        seen: set[str] = set()
        waiting = [step.run]
        while waiting:
            name = waiting.pop()
            if name == self._name:
                yield (*path, "run"), "leads back to this flow, which would never end", None
                return
            if name not in seen and name in self._agent.flows:
                seen.add(name)
                waiting.extend(one.run for one in self._agent.flows[name].steps if isinstance(one, d.Run))

    def _hand_over(self, path: Path_, step: d.HandOver) -> Iterator[Found]:
        yield from named_as((*path, "hand_over"), step.hand_over, self._agent.transfers, "transfer")

    def _call_back(self, path: Path_, step: d.CallBack) -> Iterator[Found]:
        operation = yield from self._operation((*path, "call_back"), step.call_back)
        if operation is None:
            return
        if set(operation.arguments) != {"at", "number"} or "ok" not in operation.outcomes:
            yield (*path, "call_back"), "has to take the arguments at, number and have the outcome ok", None
            return
        for key in ("at", "number"):
            yield from self._argument((*path, key), getattr(step, key), operation.arguments[key])

    def _collect(self, path: Path_, step: d.Collect) -> Iterator[Found]:
        allowed = [name for name, slot in self._agent.slots.items() if slot.secure is not None]
        yield from named_as((*path, "collect"), step.collect, allowed, "secure slot")

    def _transfer(self, path: Path_, step: d.Transfer) -> Iterator[Found]:
        yield from named_as((*path, "transfer"), step.transfer, self._agent.transfers, "transfer")

    def _branch(self, path: Path_, step: d.Branch) -> Iterator[Found]:
        calls = [one.name for one in self._flow.steps if isinstance(one, d.Call)]
        slots = [name for name in self._agent.slots if (entity := self._agent.entity_of(name)) and entity.options]
        yield from named_as((*path, "branch"), step.branch, [*slots, *calls], "slot with options or call step")
        entity = self._agent.entity_of(step.branch)
        called = self._flow.step(step.branch)
        allowed: list[str] = list(entity.options) if entity else []
        if isinstance(called, d.Call):
            allowed = list(called.outcomes)
        for case, target in step.cases.items():
            if allowed:
                yield from named_as((*path, "cases", case), case, allowed, "option or outcome")
            yield from self._goes_to((*path, "cases", case), target)

    def _call(self, path: Path_, step: d.Call) -> Iterator[Found]:
        operation = yield from self._operation((*path, "call"), step.call)
        if operation is None:
            return
        yield from self._arguments(path, step, operation)
        if step.undo is not None:
            undone = yield from self._operation((*path, "undo", "call"), step.undo.call)
            if undone is not None:
                yield from self._arguments((*path, "undo"), step.undo, undone)
            for number, outcome in enumerate(step.undo.after):
                allowed = [*operation.outcomes, d.UNKNOWN]
                yield from named_as((*path, "undo", "after", number), outcome, allowed, "outcome")
        for outcome, route in step.outcomes.items():
            where = (*path, "outcomes", outcome)
            yield from named_as(where, outcome, [*operation.outcomes, d.FAILED, d.UNKNOWN, d.CAPTURE_LOST], "outcome")
            yield from self._goes_to((*where, "next"), route.next)
            if (route.at_most is None) != (route.then is None):
                yield where, "has both of the keys at_most, then, or none of them", None
            if route.then is not None:
                yield from self._goes_to((*where, "then"), route.then)
        for outcome in (*operation.outcomes, d.FAILED):
            if outcome not in step.outcomes:
                yield (*path, "outcomes"), f'the outcome "{outcome}" of {step.call} leads nowhere', None

    def _operation(self, path: Path_, called: str) -> Generator[Found, None, d.Operation | None]:
        operation = self._agent.operation(called)
        if operation is None:
            known = [
                f"{name}.{one}" for name, connector in self._agent.connectors.items() for one in connector.operations
            ]
            yield from named_as(path, called, known, "operation")
        return operation

    def _arguments(self, path: Path_, step: d.Call | d.Undo, operation: d.Operation) -> Iterator[Found]:
        for argument, slot in step.arguments.items():
            yield from named_as((*path, "arguments", argument), argument, operation.arguments, "argument")
            yield from self._argument((*path, "arguments", argument), slot, operation.arguments.get(argument))
        for argument in operation.arguments:
            if argument not in step.arguments:
                yield (*path, "arguments"), f'the argument "{argument}" of {step.call} is missing', None

    def _argument(self, path: Path_, slot: str, kind: d.ArgumentKind | None) -> Iterator[Found]:
        if kind == "value" and slot in self._values:
            return  # also what an earlier call has returned
        yield from named_as(path, slot, self._agent.slots, "slot")
        defined = self._agent.slots.get(slot)
        if defined is None or kind is None:
            return
        entity = self._agent.entity_of(slot)
        given = "secret" if defined.secure else _ARGUMENT.get(entity.kind if entity else "", "value")
        if given != kind and not (kind == "value" and given != "secret"):
            yield path, f'takes {kind}, but the slot "{slot}" holds {given}', None

    def _circles(self) -> Iterator[Found]:
        """A way round that never waits for anybody would never end."""
        for number, start in enumerate(self._flow.steps):
            seen: set[str] = set()
            waiting = list(self._unwaited(start))
            while waiting:
                name = waiting.pop()
                if name == start.name:
                    yield (*self._path, "steps", number), "leads back to itself without asking anything", None
                    return
                step = self._flow.step(name)
                if step is not None and name not in seen:
                    seen.add(name)
                    waiting.extend(self._unwaited(step))

    def _unwaited(self, step: d.Step) -> Iterator[str]:
        """Where the flow goes on from a step within the same turn. A filled `ask` in order is passed over at once."""
        if isinstance(step, d.Branch):
            yield from step.cases.values()
            yield step.otherwise
        elif isinstance(step, d.When):
            yield step.then
            yield step.otherwise or self._flow.after(step.name)
        elif isinstance(step, d.Say | d.Ask | d.Remember | d.Run):
            yield step.next or self._flow.after(step.name)


def _nothing(_flow: FlowChecks, _path: Path_, _step: d.Step) -> Iterator[Found]:
    return iter(())


_BY_KIND: dict[type, Callable[..., Iterator[Found]]] = {
    d.Ask: FlowChecks._ask,
    d.Collect: FlowChecks._collect,
    d.Transfer: FlowChecks._transfer,
    d.Branch: FlowChecks._branch,
    d.Call: FlowChecks._call,
    d.Confirm: FlowChecks._confirm,
    d.When: FlowChecks._when,
    d.Remember: FlowChecks._remember,
    d.Answer: FlowChecks._answer,
    d.Run: FlowChecks._run,
    d.HandOver: FlowChecks._hand_over,
    d.CallBack: FlowChecks._call_back,
}
_ARGUMENT = {"options": "option", "digits": "digits"}
