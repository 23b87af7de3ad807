"""Keeps the knowledge bases: reads documents, finds passages, says what answers a question or that nothing does."""
