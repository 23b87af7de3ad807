"""Trying an agent without a box, by what a box runs. `b2t agents test` is what it is for.

Glossary: the *engines* are the text process of inference as a child; the *stage* takes a conversation through the real
turn (redact, understand, decide, ask connectors) in this process; a connector is a *demo* or *scripted* by the
scenario; *judging* compares what came of a turn with what a scenario expects; *coverage* is which steps and ways of an
agent's flows were gone.
"""
