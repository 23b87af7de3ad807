"""What the operator sees where a value was: every command that prints redacted text asks here."""

from __future__ import annotations

from appliance.adapters.places import Places
from appliance.cli.box import Box
from appliance.privacy.policy import Reading, ReadingPolicy, reading_policy


def operators_policy(box: Box, reading: Reading = "reading") -> ReadingPolicy:
    """`[privacy.readers.operator]`; references without it."""
    return reading_policy("operator", box.config.privacy, reading, Places(box.paths.pseudonyms).name)
