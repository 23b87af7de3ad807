"""How well an agent's examples teach, for `b2t agents test`: the figures, and what lost most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from appliance.adapters.inference import InferenceClient
from appliance.agents.loading import Version
from appliance.agents.understood import Understood, lessons, refusals, taught
from appliance.cli.output import Output

SHOWN: Final = 5


async def figures(inference: InferenceClient, draft: Version, against: Version | None) -> dict[str, Understood]:
    """By locale; with `against` only languages that are taught otherwise there."""
    return {
        locale: await inference.measure(taught(own), taught(theirs) if theirs is not None else None, locale[:2])
        for locale, own, theirs in lessons(draft, against)
    }


def document(draft: Version, found: Mapping[str, Understood]) -> dict[str, Any]:
    return {
        "languages": {locale: asdict(one) | {"lost": list(one.lost)} for locale, one in found.items()},
        "refused": list(refusals(draft, found)),
    }


def tell(out: Output, draft: Version, found: Mapping[str, Understood]) -> None:
    for locale, one in found.items():
        right, refused = _change(one, "accuracy"), _change(one, "out_of_scope")
        out.text(
            f"{locale}: of {one.examples} examples left out {right} are understood, "
            f"of {one.outside} sentences of other things {refused} refused"
        )
        rows = [
            (name, lost.examples, *(["-"] if lost.before is None else [f"{lost.before:.0%}"]), f"{lost.after:.0%}",
             lost.taken_for or "-")
            for name, lost in list(one.lost.items())[:SHOWN]
        ]  # fmt: skip
        if rows:
            out.table(("least understood", "examples", "before", "now", "taken for"), rows)
    for sentence in refusals(draft, found):
        out.text(f"Publishing would be refused: {sentence}")


def _change(found: Understood, figure: str) -> str:
    now = f"{getattr(found.after, figure):.1%}"
    return now if found.before is None else f"{now} (before: {getattr(found.before, figure):.1%})"
