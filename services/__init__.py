"""One folder, one kind of process, one systemd unit. Services never import each other; they meet on the bus."""

import sys

# structlog takes rich along, which draws for terminals, wherever it is installed: a quarter of what a unit with nothing
# else imports, and none of them has a terminal.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # "cannot be imported"
    try:
        import structlog as structlog
    finally:
        del sys.modules["rich"]
