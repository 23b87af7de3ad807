"""Counts conversations: takes the event log into an encrypted DuckDB file and answers what is asked of it."""
