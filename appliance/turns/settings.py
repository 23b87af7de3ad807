"""How long turn-taking waits for what."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.turns.patience import Patience


@dataclass(frozen=True, slots=True)
class Settings:
    """Milliseconds, as the party experiences them."""

    endpoint: int = 450
    """Silence that ends a turn."""
    endpoint_complete: int = 250
    """The same after a phrase that was expected and has no longer form."""
    endpoint_digits: int = 750
    """The same after a digit where digits are expected: people pause between groups."""
    barge_in: int = 200
    """Speech, pauses not counted, that silences a reply."""
    restore: int = 160
    """Silence after which a ducked reply is as loud as before."""
    unintelligible: int = 600
    """Speech of at least that length in which no word was recognised is told as empty words."""
    utterance: int = 20_000
    """Longest utterance; then its turn is over."""
    key_gap: int = 3000
    """Pause that ends a number that is being keyed."""
    unmute: int = 250
    """After a capture: the last key's tone may still be in the audio."""
    patience: Patience = field(default_factory=Patience)
