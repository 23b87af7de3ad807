"""Languages by py3langid: naive Bayes over byte groups, 139 languages in 4.5 MB, about 0.05 ms a sentence."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from py3langid.langid import LanguageIdentifier

from appliance.errors import Invalid
from appliance.ports import LanguageGuess

USUAL: Final = ("de", "en", "es", "fr", "it", "nl", "pt")
"""Among which a text's language is sought unless others are named: fewer candidates, fewer mistakes."""
REMEMBERED: Final = 64
MAX_CHARACTERS: Final = 2000
"""What comes after says nothing new."""
_NO_WORDS: Final = re.compile(r"<[A-Z_]+_(?:[0-9]+|r[0-9a-f]{10})>|https?://\S+|\S+@\S+|[\d_]+")
_LETTER: Final = re.compile(r"[^\W\d_]")


class Py3Langid:
    """Safe to call from several threads. Its model, about 0.6 s to load, is loaded when first asked or by `warm`."""

    def __init__(self) -> None:
        self._among: OrderedDict[tuple[str, ...], Any] = OrderedDict()
        self._lock = threading.Lock()

    @cached_property
    def _all(self) -> Any:
        return LanguageIdentifier.from_model_file("data/model.npz.xz", norm_probs=True)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._all.labels)

    def warm(self) -> None:
        self.identify("one of the usual languages")

    def identify(self, text: str, among: Sequence[str] = ()) -> LanguageGuess:
        seen = " ".join(_NO_WORDS.sub(" ", text[:MAX_CHARACTERS]).split())
        if not _LETTER.search(seen):
            return LanguageGuess(None, 0.0)
        language, confidence = self._limited(among).classify(seen)
        return LanguageGuess(str(language), round(float(confidence), 4))

    def _limited(self, among: Sequence[str]) -> Any:
        """Locales count as their languages: `de-AT` as `de`."""
        wanted = tuple(sorted({name.replace("_", "-").split("-")[0].lower() for name in among})) or USUAL
        with self._lock:
            found = self._among.get(wanted)
            if found is None:
                parts = self._all
                if unknown := sorted(set(wanted) - set(self.languages)):
                    raise Invalid(f"There is no language {', '.join(unknown)} to identify.")
                found = LanguageIdentifier(
                    parts.nb_ptc, parts.nb_pc, parts.nb_classes, parts.tk_nextmove, parts.tk_output,
                    norm_probs=True, tk_row=parts.tk_row,
                )  # fmt: skip
                found.set_languages(wanted)
                self._among[wanted] = found
                if len(self._among) > REMEMBERED:
                    self._among.popitem(last=False)
            self._among.move_to_end(wanted)
        return found
