"""The demo connectors by name: each has data of its own, so that every template runs at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from appliance.connectors import Connector
from services.connectors.demo_bank import DemoBank
from services.connectors.demo_clinic import DemoClinic
from services.connectors.demo_helpdesk import DemoHelpdesk
from services.connectors.demo_sales import DemoSales
from services.connectors.demo_shop import DemoShop

DEMOS: Final[Mapping[str, Callable[[Path], Connector]]] = {
    "bank": DemoBank,
    "clinic": DemoClinic,
    "helpdesk": DemoHelpdesk,
    "sales": DemoSales,
    "shop": DemoShop,
}
"""Connector → what makes it, in a file of its own."""
