"""`python -m services.inference text|speech|language_model`: which of them this process is. All may run in copies."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from appliance.errors import Invalid
from appliance.ports import Hints
from models import PREPARED, registry
from services.unit import Unit, main

RECOGNITIONS_AT_ONCE = 8
SYNTHESES_AT_ONCE = 64


async def run(unit: Unit) -> None:
    match unit.arguments:
        case ["speech"]:
            await run_speech(unit)
        case ["text"]:
            await run_text(unit)
        case ["language_model"]:
            await run_language_model(unit)
        case _:
            raise Invalid("Say which inference process this is: text, speech or language_model.")


async def run_speech(unit: Unit) -> None:
    from services.inference.recognition import Recognition

    name = unit.config.inference.speech_to_text
    weights = {"folder": unit.paths.folder("models") / name} if name in registry.NEED_WEIGHTS else {}
    engine = registry.load("speech_to_text", name, sessions=RECOGNITIONS_AT_ONCE, **weights)
    engine.open(Hints(("warm up",), digits=True), "en").close()
    with ThreadPoolExecutor(RECOGNITIONS_AT_ONCE, "recognition") as threads:
        host = Recognition(engine, threads).host(unit.bus, RECOGNITIONS_AT_ONCE)
        unit.parts["speech_to_text"] = "ok"
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(host.run())
            unit.ready()


async def run_text(unit: Unit) -> None:
    from services.inference.language import Language
    from services.inference.synthesis import Synthesis

    models = unit.paths.folder("models")
    voice = registry.load("text_to_speech", unit.config.inference.text_to_speech)
    name = unit.config.inference.personal_data
    weights = {"folder": models / name} if name in registry.NEED_WEIGHTS else {}
    detector = registry.load("personal_data", name, **weights)
    embedding = registry.load("embedding", "minilm", cache=models, prepared=PREPARED)
    languages = registry.load("language", "py3langid")
    versions = registry.load(
        "intents", "linear", embedding=embedding, models=models, prepared=PREPARED, languages=languages
    )
    unit.parts.update(text_to_speech="ok", personal_data="ok", understanding="ok")
    with ThreadPoolExecutor(8, "synthesis") as threads:
        host = Synthesis(voice, unit.config.inference.voice, threads).host(unit.bus, SYNTHESES_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(host.run())
            tasks.create_task(Language(detector, versions).run(unit.bus, unit.ready))


async def run_language_model(unit: Unit) -> None:
    """Without a model that loads the box goes on as if there were none, and says so."""
    from services.inference.language_model import Generating, load

    engine = load(unit)
    unit.ready()
    if engine is None:
        await asyncio.Event().wait()
        return
    with ThreadPoolExecutor(1, "generation") as threads:
        await Generating(engine, threads).host(unit.bus, limit=1).run()


if __name__ == "__main__":
    main("inference", run)
