"""Engines by port and name, imported only when one is used. Adding an engine adds one line here."""

from __future__ import annotations

import importlib
from typing import Any, Final, Literal

from appliance.errors import Unavailable, Unknown

Port = Literal[
    "speech_to_text",
    "text_to_speech",
    "voice_activity",
    "embedding",
    "intents",
    "intent_training",
    "language",
    "personal_data",
    "language_model",
]

ENGINES: Final[dict[Port, dict[str, str]]] = {
    "speech_to_text": {
        "pocketsphinx": "models.speech_to_text.pocketsphinx:PocketSphinx",
        "faster-whisper": "models.speech_to_text.faster_whisper:FasterWhisper",
    },
    "text_to_speech": {"espeak-ng": "models.text_to_speech.espeak_ng:EspeakNg"},
    "voice_activity": {"silero": "models.voice_activity.silero:Silero"},
    "embedding": {"minilm": "models.embedding.ctranslate2:MiniLM"},
    "intents": {"linear": "models.understanding.versions:LinearVersions"},
    "intent_training": {
        "linear": "models.understanding.training:trained",
        "setfit": "models.understanding.versions:tuned",
    },
    "language": {"py3langid": "models.language_identification.py3langid:Py3Langid"},
    "personal_data": {
        "presidio": "models.pii.presidio:Presidio",
        "spacy": "models.pii.spacy_names:with_spacy",
        "stock-presidio": "models.pii.stock_presidio:StockPresidio",
    },
    "language_model": {"llama-cpp": "models.language_model.llama_cpp:LlamaCpp"},
}

NEED_WEIGHTS: Final = frozenset({"faster-whisper", "llama-cpp", "spacy"})
"""Engines that take `folder`: their weights are installed by the owner of the box, in `<data folder>/models/<name>`."""


def load(port: Port, name: str, /, **options: Any) -> Any:
    """The engine `name` for `port`, made with `options`. Raises Unknown, or Unavailable if not installed."""
    place = ENGINES[port].get(name)
    if place is None:
        raise Unknown(f"There is no {port} engine {name!r}; there are {', '.join(sorted(ENGINES[port]))}.")
    module, _, factory = place.partition(":")
    try:
        return getattr(importlib.import_module(module), factory)(**options)
    except ImportError as error:
        raise Unavailable(f"The engine {name!r} is not installed: {error.name} is missing.") from error
