"""What may be known of a person, by whom and in which form; no I/O.

Glossary: a *sealed* value is encrypted under one of its conversation's keys and bound to its *place*; a *reference*
(`<CARD_1>`) stands in redacted text for a personal value; a *capture* is a run of secret digits that only the
connectors can open; a *lease* is the vault's loan of a conversation's keys to a unit named for it.
"""
