"""Starts connectors."""

from services.connectors.service import run
from services.unit import main

main("connectors", run)
