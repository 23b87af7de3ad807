"""Names by a spaCy pipeline that the owner of the box has installed, in place of our own tagger.

The pipeline is a folder as `nlp.to_disk` writes it, in `<data folder>/models/spacy`; its counterpart is `names`.
Numbers, addresses on the net and dates stay ours. Nothing is fetched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from appliance.errors import Unavailable
from models.pii.names import Named
from models.pii.presidio import Presidio

KINDS: Final = {
    "PERSON": "PERSON", "PER": "PERSON", "ORG": "ORGANIZATION", "GPE": "LOCATION", "LOC": "LOCATION",
    "FAC": "ADDRESS", "NORP": "NATIONALITY",
}  # fmt: skip
"""spaCy's labels by ours; what has none here is no name."""
SCORE: Final = 0.85
"""A pipeline does not say how sure it is."""


class SpacyNames:
    """`find` is safe to call from several threads, as a loaded pipeline is."""

    def __init__(self, folder: Path) -> None:
        """Raises Unavailable where there is no pipeline that can be loaded."""
        import spacy

        if not (folder / "meta.json").is_file():
            raise Unavailable(f"There is no spaCy pipeline in {folder}.")
        try:
            self._pipeline: Any = spacy.load(folder)
        except (OSError, ValueError, ImportError) as error:
            raise Unavailable(f"The spaCy pipeline in {folder} cannot be loaded: {type(error).__name__}.") from None

    def find(self, text: str) -> list[Named]:
        return [
            Named(found.start_char, found.end_char, KINDS[found.label_], SCORE)
            for found in self._pipeline(text).ents
            if found.label_ in KINDS
        ]


def with_spacy(folder: Path) -> Presidio:
    return Presidio(names=SpacyNames(folder))
