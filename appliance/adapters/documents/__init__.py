"""Readers: each makes a `Document` of the bytes of one kind of file. `reading` picks the one for a file."""
