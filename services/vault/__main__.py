"""Starts the vault."""

from services.unit import main
from services.vault.service import run

main("vault", run)
