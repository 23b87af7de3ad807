"""The development set: agents' entities, utterances with gold values, and which of them are kept out while tuning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from appliance.agents.definition import Entity
from appliance.privacy import values as v
from models.entities.finder import Finder, Found, Setting

FOLDER = Path(__file__).parent / "utterances"
ENTITIES = {
    "date": Entity(type="date"),
    "birthday": Entity(type="date", prefer="past", personal=True),
    "time": Entity(type="time"),
    "moment": Entity(type="moment"),
    "duration": Entity(type="duration"),
    "money": Entity(type="money"),
    "number": Entity(type="number"),
    "phone": Entity(type="phone"),
    "email": Entity(type="email"),
    "account_number": Entity(type="account"),
    "card_last_four": Entity(type="card_last_four"),
    "person": Entity(type="person"),
    "place": Entity(type="place"),
    "order": Entity(pattern=r"\b[a-z]{2}-[0-9]{5}\b", personal=False),
    "account": Entity(
        options={
            "checking": ("checking", "checking account", "current account", "chequing", "everyday account"),
            "savings": ("savings", "savings account", "saver"),
            "credit_card": ("credit card", "visa"),
        },
        roles={"from_account": ("from", "out of"), "to_account": ("to", "into")},
    ),
    "item": Entity(options={"pizza": ("pizza", "pizzas", "large pizzas"), "salad": ("salad", "salads")}),
    "meal": Entity(parts={"count": "number", "item": "item"}),
}
TOGETHER = {
    "date": ("date", "duration", "number"),
    "birthday": ("date", "birthday", "number"),
    "time": ("time", "number", "money"),
    "moment": ("moment", "date", "time", "duration"),
    "duration": ("date", "duration", "number"),
    "money": ("date", "money", "account", "card_last_four"),
    "number": ("number", "date"),
    "account_number": ("account_number", "card_last_four", "money"),
    "card_last_four": ("account_number", "card_last_four", "money"),
    "account": ("account", "money"),
    "meal": ("meal", "number", "item"),
}
"""Of each section's entity: the entities that its agent has. Elsewhere it stands alone."""


@dataclass(frozen=True, slots=True)
class Utterance:
    locale: str
    now: datetime
    of: str
    expects: bool
    text: str
    gold: tuple[str, ...]
    kept_out: bool

    @property
    def setting(self) -> Setting:
        return Setting(self.now, self.locale)


def utterances() -> Iterator[Utterance]:
    for file in sorted(FOLDER.glob("*.yaml")):
        known = yaml.safe_load(file.read_text("utf-8"))
        now = datetime.fromisoformat(known["now"])
        for section in known["sections"]:
            for number, (text, gold) in enumerate(section["said"].items()):
                values = () if gold == "-" else tuple(str(gold).split(" | "))
                expects = bool(section.get("expects"))
                yield Utterance(known["locale"], now, section["of"], expects, str(text), values, number % 2 == 1)


_FINDERS: dict[str, Finder] = {}


def finder_for(of: str) -> Finder:
    if of not in _FINDERS:
        _FINDERS[of] = Finder({name: ENTITIES[name] for name in TOGETHER.get(of, (of,))})
    return _FINDERS[of]


def values_found(utterance: Utterance) -> tuple[str, ...]:
    found = finder_for(utterance.of).find(
        utterance.text, utterance.setting, (utterance.of,) if utterance.expects else ()
    )
    return tuple(said(one) for one in found if one.entity == utterance.of and not one.denied)


def said(one: Found) -> str:
    match one.value:
        case v.Text(text) | v.Digits(text):
            shown = text
        case None:
            shown = one.reference or ""
        case value:
            shown = (v.literal(value) or "").partition(":")[2]
    return f"{shown}>{one.role}" if one.role else shown
