"""Starts retrieval."""

from services.retrieval.service import run
from services.unit import main

main("retrieval", run)
