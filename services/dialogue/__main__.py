"""Starts dialogue."""

from services.dialogue.service import run
from services.unit import main

main("dialogue", run)
