"""Conversations without I/O: what was said goes in, events come out, and the state is what the events fold to.

Glossary: `decide` makes events of an input and never looks outside; `apply` changes the *state* by one event and never
decides; `fold` applies all there are; `follows` says what is to be carried out because of a batch. A *frame* is a flow
that runs, the *stack* are those that wait for the one on top (a *digression*). A turn is *postponed* while a connector
works, and further wishes of one sentence wait in the *queue*. A *part* is a flow that runs as part of the one beneath.
The *ladder* is what is tried where nothing is understood, a *rung* at a time; a *rule* is why something was decided.
What is asked *aside* no step waits for. A *parked* conversation holds something this release cannot read.
Counterpart: `services.dialogue`.
"""
