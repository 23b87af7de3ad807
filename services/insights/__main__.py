"""Starts insights."""

from services.insights.service import run
from services.unit import main

main("insights", run)
