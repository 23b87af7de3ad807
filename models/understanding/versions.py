"""What was trained, by agent version: made once, kept in a folder named after the version, loaded when asked for."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypedDict

from pydantic import TypeAdapter, ValidationError

from appliance.agents.definition import Entity
from appliance.agents.understood import Taught, Understood
from appliance.errors import Invalid, Tampered, Unavailable, Unknown
from appliance.events import Understanding
from appliance.ports import LanguageIdentifier, PersonalSpan
from models.embedding.ctranslate2 import MiniLM
from models.understanding import bodies
from models.understanding.bodies import Beside
from models.understanding.entities import EntityFinder, Options
from models.understanding.features import normalised
from models.understanding.linear import OUT_OF_SCOPE, REVISION, Head, Judgement, LinearIntents
from models.understanding.sentiment import Sentiment

LOADED: Final = 32
CANDIDATES: Final = 5
MAX_EXAMPLES: Final = 200_000
TRAINED_WITHIN_S: Final[dict[str, float]] = {"linear": 110.0, "setfit": 3500.0}
"""By engine; whoever asks waits a little longer."""
MEASURED_WITHIN_S: Final = 170.0
TUNED_LOADED: Final = 8
"""Tuned bodies in memory, some 30 MB each."""
WORDS_THAT_SAY: Final = 3
"""A shorter turn, as `no`, is of many languages."""
SURE_OF_LANGUAGE: Final = 0.5
_DEFINED: Final[TypeAdapter[dict[str, Entity]]] = TypeAdapter(dict[str, Entity])
_TAUGHT: Final[TypeAdapter[Taught | None]] = TypeAdapter(Taught | None)
_FIGURES: Final[TypeAdapter[Understood]] = TypeAdapter(Understood)
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
    body: str | None = None


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
        engine: str = "linear",
        language: str = "en",
    ) -> bool:
        """Train unless the same was trained before; False if it was. Raises Invalid, or Unavailable if it fails or the
        engine is not installed."""
        if engine not in TRAINED_WITHIN_S:
            raise Invalid(f"There is no such engine; there are {', '.join(TRAINED_WITHIN_S)}.")
        count = sum(len(said) for said in intents.values())
        if not count or any(not said for said in intents.values()):
            raise Invalid("Every intent needs an example.")
        if count > MAX_EXAMPLES:
            raise Invalid(f"An agent may have {MAX_EXAMPLES} examples at most.")
        defined = _DEFINED.dump_python(dict(typed or {}), mode="json", exclude_defaults=True)
        chosen = {"engine": engine} if engine != "linear" else {}
        spoken = language.partition("-")[0].lower()
        chosen |= {"language": spoken} if spoken != "en" else {}
        order = json.dumps(
            {"intents": intents, "entities": options} | ({"typed": defined} if defined else {}) | chosen, sort_keys=True
        )
        key = hashlib.sha256(f"{REVISION} {self._embedding.name} {order}".encode()).hexdigest()
        with self._training:
            if self._get(version, key) is not None:
                return False
            folder = _folder(self._models, version)
            run_training(self._embedding.cache, folder, key, order, engine)
            (folder / "entities.json").write_text(json.dumps(options), "utf-8")
            (folder / "typed.json").unlink(missing_ok=True)
            if defined:
                (folder / "typed.json").write_text(json.dumps(defined), "utf-8")
            with self._lock:  # what was prepared at set-up under this name is another one
                made = self._load(self._models, version)
                self._loaded.pop(version, None)
                if made is not None:
                    self._loaded[version] = made
        return True

    def measure(self, draft: Taught, published: Taught | None = None, language: str = "en") -> Understood:
        """How well examples teach. Raises Invalid, Unavailable where it fails."""
        for taught in (draft, published or {}):
            if sum(len(phrases) for said in taught.values() for phrases in said) > MAX_EXAMPLES:
                raise Invalid(f"An agent may have {MAX_EXAMPLES} examples at most.")
        order = {
            "draft": _TAUGHT.dump_python(draft, mode="json"),
            "published": _TAUGHT.dump_python(published, mode="json"),
            "language": language.partition("-")[0].lower(),
        }
        command = [sys.executable, "-m", "models.understanding.cross_validation", str(self._embedding.cache)]
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                command,
                input=json.dumps(order).encode(),
                cwd=_ROOT,
                capture_output=True,
                timeout=MEASURED_WITHIN_S,
                check=True,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
            return _FIGURES.validate_json(done.stdout)
        except subprocess.TimeoutExpired:
            raise Unavailable("Measuring took too long.") from None
        except (subprocess.CalledProcessError, ValidationError):
            raise Unavailable("Measuring failed.") from None

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
                found = (self._load(models, version) for models in self._folders)
                loaded = next((one for one in found if one is not None and key in (None, one.key)), None)
                if loaded is None:
                    return None
                self._loaded[version] = loaded
                self._make_room()
            self._loaded.move_to_end(version)
        return loaded if key in (None, loaded.key) else None

    def _make_room(self) -> None:
        """The oldest goes where there are too many; of those with a tuned body sooner."""
        if len(self._loaded) > LOADED:
            self._loaded.popitem(last=False)
        tuned = [version for version, one in self._loaded.items() if one.body is not None]
        if len({self._loaded[version].body for version in tuned}) > TUNED_LOADED:
            self._loaded.pop(tuned[0])

    def _load(self, models: Path, version: str) -> _Version | None:
        folder = _folder(models, version)
        try:
            key = str(json.loads((folder / "head.json").read_text("utf-8"))["key"])
            options = json.loads((folder / "entities.json").read_text("utf-8"))
            file = folder / "typed.json"
            typed = _DEFINED.validate_json(file.read_bytes()) if file.exists() else {}
            head = Head.load(folder)
            embedding = self._embedding if head.body is None else self._body(models, head.body)
            return _Version(LinearIntents(embedding, head), EntityFinder(options, typed), key, head.body)
        except (OSError, Tampered, ValueError, KeyError):  # absent or damaged: as if never trained
            return None

    def _body(self, models: Path, name: str) -> Beside:
        """That of a version which is loaded, where one has the same."""
        for one in self._loaded.values():
            if one.body == name:
                return one.intents.beside
        return bodies.load(models, name, self._embedding)


def run_training(cache: Path, folder: Path, key: str, order: str, engine: str) -> None:
    """`models.understanding.training` as a program of its own, so that no service holds what it loads. Raises
    Unavailable."""
    if engine == "setfit":
        bodies.needed()
    command = [sys.executable, "-m", "models.understanding.training", str(cache), str(folder), key]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, input=order.encode(), cwd=_ROOT, capture_output=True, timeout=TRAINED_WITHIN_S[engine], check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable("Training took too long.") from None
    if done.returncode:
        raise Unavailable("Training failed.")


def tuned(embedding: MiniLM, intents: Mapping[str, Sequence[str]]) -> LinearIntents:
    """The engine setfit's classifier, ready, without a version's folder: for measuring."""
    with tempfile.TemporaryDirectory(prefix="b2t-tuned-") as place:
        models = Path(place)
        order = json.dumps({"intents": intents, "engine": "setfit"})
        run_training(embedding.cache, _folder(models, "measured"), "measured", order, "setfit")
        head = Head.load(_folder(models, "measured"))
        assert head.body is not None
        return LinearIntents(bodies.load(models, head.body, embedding), head)


def _folder(models: Path, version: str) -> Path:
    if not version.replace("-", "").replace("_", "").isalnum():
        raise Invalid("That is not the name of a version.")
    return models / "understanding" / version
