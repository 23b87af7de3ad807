"""Intents and entities of what was said."""
