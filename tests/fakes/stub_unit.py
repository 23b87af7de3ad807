"""A unit that does nothing but what every unit does: for trying the supervisor without the real ones.

`python -m tests.fakes.stub_unit UNIT --data-dir D --instance N`; its folder may hold a file that says how it fails.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

from appliance.errors import Unavailable
from services.unit import Unit, main


async def run(unit: Unit) -> None:
    behaviour = unit.paths.root / f"behave-{unit.name}"
    how = behaviour.read_text() if behaviour.exists() else ""
    if how == "fail":
        raise Unavailable("The stub was told to fail.")
    if how == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if how == "parent":
        # stays when its parent goes, as a program nobody thought of would
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    unit.parts["stub"] = "ok"
    unit.ready()
    await asyncio.Event().wait()


if __name__ == "__main__":
    main(sys.argv.pop(1), run)
