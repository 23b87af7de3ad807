"""A conversation in which a card was named and a PIN said unasked, under keys of the running vault."""

from __future__ import annotations

from appliance.adapters.nats import Bus, conversation_subject
from appliance.adapters.vault import KeyRing
from appliance.events import (
    BATCH,
    Batch,
    Channel,
    ConversationStarted,
    LegAttached,
    Modality,
    Reference,
    TurnHeard,
)
from appliance.privacy.references import ReferenceBook
from appliance.privacy.sealing import heard_place
from appliance.privacy.values import Digits

CARD = "4111111111111111"


async def talk(bus: Bus, name: str = "c1") -> dict[str, Reference]:
    """A conversation in which a card was named and a PIN said unasked."""
    keys = await KeyRing(bus, "dialogue").lease(name)
    book = ReferenceBook(keys)
    card, pin = book.add("CARD", Digits(CARD)), book.add("PIN", Digits("4711"), secret=True)
    text = keys.seal_text(heard_place("i"), "my card <CARD_1>, pin <PIN_1>, and <LT_0>CARD_1>")
    events = (
        ConversationStarted("banking", "v1", Channel.CHAT, "en-US"),
        LegAttached("l", Channel.CHAT),
        TurnHeard("t", "l", Modality.TEXT, "i", text=text, references=(card, pin)),
    )
    batch = Batch(
        conversation=name,
        agent="banking",
        version="v1",
        number=1,
        taken=1,
        at="2026-11-02T09:00:00.000+00:00",
        events=events,
    )
    await bus.append(conversation_subject(name), BATCH.dump_json(batch))
    return {"card": card, "pin": pin}
