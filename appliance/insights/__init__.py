"""What is counted of conversations, without a word of what was said.

Glossary: a *row* is one fact taken from one event, with ids, enums and numbers alone; a *period* is a span of days with
the figures of its rows; *containment* is the share of ended conversations the agent finished alone.
"""
