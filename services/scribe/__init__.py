"""The scribe: sole writer of the archive and of the audit log. What it keeps it cannot read: texts stay sealed."""
