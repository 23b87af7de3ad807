"""Starts the gateway; `python -m services.gateway setup-link` prints the first administrator's one-time link."""

import sys

if sys.argv[1:2] == ["setup-link"]:
    from services.gateway.setup_link import main as print_link

    sys.exit(print_link(sys.argv[2:]))

from services.gateway.server import run
from services.unit import main

main("gateway", run)
