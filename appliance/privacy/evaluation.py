"""How well a detector finds what is labelled in a set of texts: recall, precision and F, in all and by entity.

Two forms are read: presidio-research's (`full_text`, `spans` of `entity_type`, `start_position`, `end_position`; one
JSON array) and ours (`text`, `spans` of `start`, `end`, `type`; JSON Lines). The rule, the same for every detector:

* Labels of both sides are mapped to entities by `ENTITY`. What has no entity here, or an entity that the set labels
  nowhere, is judged on neither side.
* A labelled span is found if predicted spans of a compatible entity cover at least half of its letters and digits.
* A predicted span is right if labelled spans of a compatible entity cover at least half of its letters and digits.
* Compatible are: the same entity; ADDRESS and LOCATION, since a city is a part of an address; a title and the person
  it belongs to, since `Mr. Lee` is one name to some; and a number that is masked without being named (`NUMBER`) with
  every entity that is made of digits.
* `untyped` is the same without looking at entities: what counts when all of it is taken out. `whole` is the share of
  labelled spans of which nothing at all is left.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from appliance.errors import Invalid

HALF: Final = 0.5
ENTITY: Final = {
    **dict.fromkeys(("PERSON", "NAME", "PER", "FIRST_NAME", "LAST_NAME"), "PERSON"),
    **dict.fromkeys(("TITLE", "PREFIX"), "TITLE"),
    **dict.fromkeys(("ADDRESS", "STREET_ADDRESS", "STREET", "POSTCODE", "ZIP_CODE"), "ADDRESS"),
    **dict.fromkeys(("LOCATION", "LOC", "GPE", "CITY", "COUNTRY", "STATE"), "LOCATION"),
    **dict.fromkeys(("ORGANIZATION", "ORG", "COMPANY"), "ORGANIZATION"),
    **dict.fromkeys(("DATE_TIME", "DATE", "BIRTH_DATE", "EXPIRY", "TIME"), "DATE_TIME"),
    **dict.fromkeys(("NRP", "NATIONALITY"), "NRP"),
    **dict.fromkeys(("CARD", "CREDIT_CARD"), "CREDIT_CARD"),
    **dict.fromkeys(("SSN", "US_SSN"), "US_SSN"),
    **dict.fromkeys(("PHONE", "PHONE_NUMBER"), "PHONE_NUMBER"),
    **dict.fromkeys(("EMAIL", "EMAIL_ADDRESS"), "EMAIL_ADDRESS"),
    **dict.fromkeys(("IBAN", "IBAN_CODE"), "IBAN_CODE"),
    **dict.fromkeys(("IP", "IP_ADDRESS"), "IP_ADDRESS"),
    **dict.fromkeys(("URL", "DOMAIN_NAME"), "URL"),
    **dict.fromkeys(("LICENSE", "US_DRIVER_LICENSE"), "US_DRIVER_LICENSE"),
    **dict.fromkeys(("PASSPORT", "US_PASSPORT"), "US_PASSPORT"),
    **dict.fromkeys(("ACCOUNT", "US_BANK_NUMBER"), "US_BANK_NUMBER"),
    **dict.fromkeys(("TAXPAYER_NUMBER", "US_ITIN"), "US_ITIN"),
    **dict.fromkeys(("ROUTING_NUMBER", "ABA_ROUTING_NUMBER"), "ROUTING_NUMBER"),
    **dict.fromkeys(("WALLET", "CRYPTO"), "CRYPTO"),
    **dict.fromkeys(("MAC", "MAC_ADDRESS"), "MAC_ADDRESS"),
    **dict.fromkeys(("NHS", "UK_NHS"), "UK_NHS"),
    **dict.fromkeys(("NINO", "UK_NINO"), "UK_NINO"),
    **dict.fromkeys(("NUMBER", "ID", "CUSTOMER_NUMBER", "NATIONAL_ID"), "NUMBER"),
    **{kind: kind for kind in ("PIN", "CVV", "CODE", "PASSWORD", "SECRET", "AGE")},
}
"""Labels of both sides by the entity they are judged as; the names are Presidio's."""
_NUMBERS: Final = frozenset(
    {"NUMBER", "CREDIT_CARD", "US_SSN", "PHONE_NUMBER", "IBAN_CODE", "US_DRIVER_LICENSE", "US_PASSPORT", "US_ITIN"}
    | {"US_BANK_NUMBER", "ROUTING_NUMBER", "UK_NHS", "UK_NINO", "PIN", "CVV", "CODE"}
)
_ALIKE: Final = (frozenset({"ADDRESS", "LOCATION"}), frozenset({"TITLE", "PERSON"}))


@dataclass(frozen=True, slots=True)
class Label:
    """Half-open character range and its entity (see `ENTITY`)."""

    start: int
    end: int
    entity: str


@dataclass(frozen=True, slots=True)
class Sample:
    text: str
    labels: tuple[Label, ...]


@dataclass(slots=True)
class Score:
    labelled: int = 0
    found: int = 0
    predicted: int = 0
    right: int = 0

    @property
    def recall(self) -> float:
        return self.found / self.labelled if self.labelled else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else 1.0

    @property
    def f_score(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def document(self) -> dict[str, Any]:
        return {
            "labelled": self.labelled,
            "predicted": self.predicted,
            "recall": round(self.recall, 4),
            "precision": round(self.precision, 4),
            "f": round(self.f_score, 4),
        }


@dataclass(slots=True)
class Evaluation:
    samples: int = 0
    overall: Score = field(default_factory=Score)
    untyped: Score = field(default_factory=Score)
    entities: dict[str, Score] = field(default_factory=dict)
    whole: int = 0
    not_judged: Counter[str] = field(default_factory=Counter)

    def document(self) -> dict[str, Any]:
        return {
            "samples": self.samples,
            "overall": self.overall.document(),
            "untyped": self.untyped.document(),
            "whole": round(self.whole / self.overall.labelled, 4) if self.overall.labelled else 1.0,
            "entities": {name: self.entities[name].document() for name in sorted(self.entities)},
            "not_judged": dict(sorted(self.not_judged.items())),
        }


def read_gold(path: Path) -> list[Sample]:
    """Raises Invalid where the file is in neither form; says nothing of what it holds."""
    try:
        text = path.read_text("utf-8")
        lines = (
            json.loads(text) if text.lstrip().startswith("[") else map(json.loads, filter(str.strip, text.split("\n")))
        )
        return [_sample(one) for one in lines]
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid(f"{path} is neither presidio-research's JSON nor lines of text and spans.") from None


def _sample(given: dict[str, Any]) -> Sample:
    text = given["full_text"] if "full_text" in given else given["text"]
    labels = []
    for span in given["spans"]:
        start = int(span["start_position"] if "start_position" in span else span["start"])
        end = int(span["end_position"] if "end_position" in span else span["end"])
        label = str(span["entity_type"] if "entity_type" in span else span["type"])
        if not 0 <= start < end <= len(text):
            raise ValueError
        labels.append(Label(start, end, entity(label)))
    return Sample(text, tuple(labels))


def entity(label: str) -> str:
    return ENTITY.get(label.upper(), label.upper())


def evaluate(samples: Sequence[Sample], predictions: Iterable[Sequence[Label]]) -> Evaluation:
    """`predictions` has a sample's spans each, in the order of `samples`, their entities by `entity`."""
    result = Evaluation(samples=len(samples))
    known = {label.entity for sample in samples for label in sample.labels}
    for name in known:
        result.entities[name] = Score()
    for sample, predicted in zip(samples, predictions, strict=True):
        judged = [one for one in predicted if _judged(one.entity, known)]
        result.not_judged.update(one.entity for one in predicted if not _judged(one.entity, known))
        _count_found(result, sample, judged, predicted)
        for one in judged:
            score = result.entities.setdefault(one.entity, Score())
            right = _share(sample.text, one, _fitting(one, sample.labels)) >= HALF
            for each in (score, result.overall):
                each.predicted += 1
                each.right += right
            result.untyped.predicted += 1
            result.untyped.right += _share(sample.text, one, sample.labels) >= HALF
    return result


def _count_found(result: Evaluation, sample: Sample, judged: Sequence[Label], predicted: Sequence[Label]) -> None:
    for label in sample.labels:
        found = _share(sample.text, label, _fitting(label, judged)) >= HALF
        for each in (result.entities[label.entity], result.overall):
            each.labelled += 1
            each.found += found
        result.untyped.labelled += 1
        result.untyped.found += _share(sample.text, label, predicted) >= HALF
        result.whole += _share(sample.text, label, predicted) == 1.0


def _judged(name: str, known: set[str]) -> bool:
    return name in known or (name == "NUMBER" and bool(known & _NUMBERS)) or (name == "LOCATION" and "ADDRESS" in known)


def compatible(one: str, other: str) -> bool:
    if one == other or {one, other} in _ALIKE:
        return True
    return "NUMBER" in (one, other) and one in _NUMBERS and other in _NUMBERS


def _fitting(one: Label, others: Iterable[Label]) -> Iterator[Label]:
    return (other for other in others if compatible(one.entity, other.entity))


def _share(text: str, one: Label, others: Iterable[Label]) -> float:
    """How much of its letters and digits the others cover."""
    places = {at for at in range(one.start, one.end) if text[at].isalnum()} or set(range(one.start, one.end))
    covered: set[int] = set()
    for other in others:
        if other.start < one.end and one.start < other.end:
            covered.update(range(max(one.start, other.start), min(one.end, other.end)))
    return len(places & covered) / len(places)
