"""A box whose units are stubs: the real supervisor, the real bus. `python -m tests.fakes.stub_box DATA_DIR`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from appliance.config import Config, Paths
from services.supervising.plan import Program
from services.supervisor import up

UNITS = (("vault", "1"), ("dialogue", "1"), ("dialogue", "2"), ("phone", "1"), ("gateway", "1"))


def plan(paths: Paths, config: Config) -> Sequence[Program]:
    stub = (sys.executable, "-m", "tests.fakes.stub_unit")
    return [
        Program(name, instance, (*stub, name, "--data-dir", str(paths.root), "--instance", instance))
        for name, instance in UNITS
    ]


if __name__ == "__main__":
    raise SystemExit(up(sys.argv[1], as_json="--json" in sys.argv, plan=plan))
