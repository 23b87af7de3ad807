"""What was trained, by agent version: made once, kept in a folder named after the version, loaded when asked for."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypedDict

from pydantic import TypeAdapter

from appliance.agents.definition import Entity
from appliance.errors import Invalid, Tampered, Unavailable, Unknown
from appliance.events import Understanding
from appliance.ports import LanguageIdentifier, PersonalSpan
from models.embedding.ctranslate2 import MiniLM
from models.understanding.entities import EntityFinder, Options
from models.understanding.features import normalised
from models.understanding.linear import OUT_OF_SCOPE, REVISION, Head, Judgement, LinearIntents
from models.understanding.sentiment import Sentiment

LOADED: Final = 32
CANDIDATES: Final = 5
MAX_EXAMPLES: Final = 200_000
TRAINED_WITHIN_S: Final = 110.0
WORDS_THAT_SAY: Final = 3
"""A shorter turn, as `no`, is of many languages."""
SURE_OF_LANGUAGE: Final = 0.5
_DEFINED: Final[TypeAdapter[dict[str, Entity]]] = TypeAdapter(dict[str, Entity])
_ROOT: Final = Path(__file__).resolve().parents[2]


class _Manner(TypedDict, total=False):
    language: str
    language_confidence: float
    sentiment: float
    anger: float


@dataclass(frozen=True, slots=True)
class _Version:
    intents: LinearIntents
    entities: EntityFinder
    key: str


class LinearVersions:
    """Safe to call from several threads. One version is trained at a time."""

    def __init__(
        self,
        embedding: MiniLM,
        models: Path,
        prepared: Path | None = None,
        languages: LanguageIdentifier | None = None,
    ) -> None:
        """`models` is the data folder's: trained heads lie under `understanding/`. `prepared`, another such folder,
        has some that were trained when this was installed; it is only read."""
        self._languages, self._sentiment = languages, Sentiment(embedding)
        self._embedding, self._models = embedding, models
        self._folders = (models,) if prepared is None else (prepared, models)
        self._loaded: OrderedDict[str, _Version] = OrderedDict()
        self._lock, self._training = threading.Lock(), threading.Lock()

    def warm(self) -> None:
        """Load now what the first turn would load."""
        if self._languages is not None:
            self._languages.warm()

    def train(
        self,
        version: str,
        intents: Mapping[str, Sequence[str]],
        options: Options,
        typed: Mapping[str, Entity] | None = None,
    ) -> bool:
        """Train unless the same was trained before; False if it was. Raises Invalid, or Unavailable if it fails."""
        count = sum(len(said) for said in intents.values())
        if not count or any(not said for said in intents.values()):
            raise Invalid("Every intent needs an example.")
        if count > MAX_EXAMPLES:
            raise Invalid(f"An agent may have {MAX_EXAMPLES} examples at most.")
        defined = _DEFINED.dump_python(dict(typed or {}), mode="json", exclude_defaults=True)
        order = json.dumps(
            {"intents": intents, "entities": options} | ({"typed": defined} if defined else {}), sort_keys=True
        )
        key = hashlib.sha256(f"{REVISION} {self._embedding.name} {order}".encode()).hexdigest()
        with self._training:
            if self._get(version, key) is not None:
                return False
            folder = _folder(self._models, version)
            command = [
                sys.executable,
                "-m",
                "models.understanding.training",
                str(self._embedding.cache),
                str(folder),
                key,
            ]
            try:
                done = subprocess.run(  # noqa: S603 - our own module
                    command, input=order.encode(), cwd=_ROOT, capture_output=True, timeout=TRAINED_WITHIN_S, check=False
                )
            except subprocess.TimeoutExpired:
                raise Unavailable("Training took too long.") from None
            if done.returncode:
                raise Unavailable("Training failed.")
            (folder / "entities.json").write_text(json.dumps(options), "utf-8")
            (folder / "typed.json").unlink(missing_ok=True)
            if defined:
                (folder / "typed.json").write_text(json.dumps(defined), "utf-8")
            with self._lock:
                self._loaded.pop(version, None)
        return True

    def personal(
        self, version: str, text: str, expects: Sequence[str] = (), at: datetime | None = None, locale: str = "en-US"
    ) -> list[PersonalSpan]:
        """What the agent's definition calls personal, in raw text. Raises Unknown where it was never trained here."""
        loaded = self._get(version)
        if loaded is None:
            raise Unknown("This version of the agent was not trained here.")
        return loaded.entities.personal(text, expects, at, locale)

    def understand(
        self,
        version: str,
        text: str,
        expects: Sequence[str] = (),
        at: datetime | None = None,
        locale: str = "en-US",
        among: Sequence[str] = (),
    ) -> Understanding:
        """`text` is redacted; `among` names the locales it may be in. Raises Unknown where the version was never
        trained here."""
        loaded = self._get(version)
        if loaded is None:
            raise Unknown("This version of the agent was not trained here.")
        judged = loaded.intents.judge(text)
        scores = judged.scores
        best = scores[0]
        return Understanding(
            intent=None if best.intent == OUT_OF_SCOPE else best.intent,
            confidence=round(best.probability, 4),
            candidates=tuple((score.intent, round(score.probability, 4)) for score in scores[:CANDIDATES]),
            entities=tuple(found.entity for found in loaded.entities.find(text, expects, at, locale)),
            nearest=judged.nearest,
            **self._manner(text, judged, locale, among),
        )

    def _manner(self, text: str, judged: Judgement, locale: str, among: Sequence[str]) -> _Manner:
        """The turn's language, where it is long enough to say, and how it is said."""
        found: _Manner = {}
        if self._languages is not None and len(normalised(text).split()) >= WORDS_THAT_SAY:
            guess = self._languages.identify(normalised(text), among)
            if guess.language is not None and guess.confidence >= SURE_OF_LANGUAGE:
                found |= {"language": guess.language, "language_confidence": guess.confidence}
        if judged.vector is not None:
            mood = self._sentiment.judge(text, found.get("language", locale), judged.vector)
            found |= {"sentiment": mood.sentiment, "anger": mood.anger}
        return found

    def _get(self, version: str, key: str | None = None) -> _Version | None:
        with self._lock:
            loaded = self._loaded.get(version)
            if loaded is None:
                found = (self._load(_folder(models, version)) for models in self._folders)
                loaded = next((one for one in found if one is not None and key in (None, one.key)), None)
                if loaded is None:
                    return None
                self._loaded[version] = loaded
                if len(self._loaded) > LOADED:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(version)
        return loaded if key in (None, loaded.key) else None

    def _load(self, folder: Path) -> _Version | None:
        try:
            key = str(json.loads((folder / "head.json").read_text("utf-8"))["key"])
            options = json.loads((folder / "entities.json").read_text("utf-8"))
            file = folder / "typed.json"
            typed = _DEFINED.validate_json(file.read_bytes()) if file.exists() else {}
            return _Version(LinearIntents(self._embedding, Head.load(folder)), EntityFinder(options, typed), key)
        except (OSError, Tampered, ValueError, KeyError):  # absent or damaged: as if never trained
            return None


def _folder(models: Path, version: str) -> Path:
    if not version.replace("-", "").replace("_", "").isalnum():
        raise Invalid("That is not the name of a version.")
    return models / "understanding" / version
