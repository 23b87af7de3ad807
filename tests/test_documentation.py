"""The documentation and the code say the same: settings, commands, links."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from appliance.config import Config
from tests.conftest import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def settings(model: type[BaseModel], *before: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        section = next((kind for kind in inner if issubclass(kind, BaseModel)), None)
        if section is None:
            yield ".".join((*before, name))
        else:
            yield from settings(section, *before, name)


def documented() -> tuple[str, str]:
    """The example configuration as written, and with the settings that stand in comments made real."""
    found = re.search(r"```toml\n(\[bus\].*?)```", OPERATIONS, re.S)
    assert found
    return found[1], re.sub(r"(?m)^# (\w+ = )", r"\1", found[1])


@pytest.mark.parametrize("setting", list(settings(Config)))
def test_every_setting_is_documented(setting: str) -> None:
    *sections, name = setting.split(".")
    _, text = documented()
    if setting in ("phone.transfers", "channels.numbers"):
        assert f"[{setting}]" in text
        return
    place = ".".join(sections)
    heading = re.search(rf"(?ms)^\[{re.escape(place)}(\.demo)?\][^\n]*$(.*?)(^\[|\Z)", text)
    assert heading, f"no section for {setting}"
    if place in ("retention.agents", "retention.channels", "privacy.readers"):
        assert re.search(rf"(?m)^# \w+\.{name} = \S", heading[2])
        return
    assert re.search(rf"(?m)^{name} = .*# \S", heading[2]) or re.search(rf"(?m)^{name} = ", heading[2])


def test_the_documented_configuration_is_the_default() -> None:
    written, everything = documented()
    assert Config.model_validate(tomllib.loads(written)) == Config()
    Config.model_validate(tomllib.loads(everything))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
