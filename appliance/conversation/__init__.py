"""Conversations without I/O: what was said goes in, events come out, and the state is what the events fold to.

Glossary: `decide` makes events of an input and never looks outside; `apply` changes the *state* by one event and never
decides; `fold` applies all there are; `follows` says what is to be carried out because of a batch. A *frame* is a flow
that runs, the *stack* are those that wait for the one on top (a *digression*). A turn is *postponed* while a connector
works. A *parked* conversation holds something this release cannot read. Counterpart: `services.dialogue`.
"""
