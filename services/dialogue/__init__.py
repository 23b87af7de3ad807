"""Dialogue: takes what parties say, decides, and is the only one that appends to a conversation.

A turn goes hear → redact → understand → decide → act → say → record; `turn.py` has it from top to bottom. Counterpart:
`appliance.conversation`, which decides. Any number of copies share the work: each inbox partition is worked off one
message at a time, and a conversation is written with compare-and-set.
"""
