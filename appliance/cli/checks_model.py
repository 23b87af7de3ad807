"""What `b2t doctor` says of the language model: whether one is named, whether its library and its file are there."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from appliance.cli.checks import Finding
from appliance.config import Config, Paths

LIBRARIES = {"llama-cpp": "llama_cpp"}
"""Engine → the package it wants."""


def language_model(config: Config, paths: Paths) -> Iterator[Finding]:
    name = config.inference.language_model
    if name is None:
        yield Finding("language model", "ok", "none: flows are chosen by the classifier, knowledge is quoted")
        return
    if name not in LIBRARIES:
        engines = ", ".join(LIBRARIES)
        yield Finding("language model", "fail", f"there is no engine {name!r}", f"language_model is one of: {engines}.")
        return
    if importlib.util.find_spec(LIBRARIES[name]) is None:
        mend = "Install the extra llm (docs/operations.md), or take language_model out of config.toml."
        yield Finding("language model", "warn", f"{name} is not installed: the box goes on without", mend)
        return
    folder = paths.folder("models") / name
    files = sorted(folder.glob("*.gguf"))
    if len(files) != 1:
        found = f"{len(files)} GGUF files in {folder}: the box goes on without"
        yield Finding("language model", "warn", found, "Put exactly one there.")
        return
    yield Finding("language model", "ok", f"{name}, {files[0].name}, {files[0].stat().st_size / (1 << 20):.1f} MiB")
