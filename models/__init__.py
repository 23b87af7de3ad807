"""Engines behind the ports of `appliance.ports`: one file for each, named after its library.

`registry` finds an engine by name and imports it on use; `catalog.toml` lists the weights that may be installed.
Starter engines work with what the Python packages carry. No engine fetches anything.
"""

from pathlib import Path
from typing import Final

PREPARED: Final = Path(__file__).parent / "prepared"
"""What `scripts/setup` made ready of this release: converted weights and the trained templates. May be absent."""
