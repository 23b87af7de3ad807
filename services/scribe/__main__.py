"""Starts the scribe."""

from services.scribe.service import run
from services.unit import main

main("scribe", run)
