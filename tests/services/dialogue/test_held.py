"""What stands under a conversation's subject and is not its next batch changes nothing of it."""

from __future__ import annotations

from appliance import events as e
from appliance.adapters.nats import Bus, conversation_subject
from services.dialogue.held import Conversations
from tests.services.dialogue.conftest import Box, until


async def test_a_batch_of_another_conversation_and_a_repeated_one_are_passed_over(box: Box, bus: Bus) -> None:
    await box.start("mine")
    await box.start("other")
    before = await Conversations(bus).fresh("mine")
    stored = [(await box.batches(conversation))[0] for conversation in ("other", "mine")]
    for batch in stored:
        await bus.append(conversation_subject("mine"), e.BATCH.dump_json(batch))
    after = await Conversations(bus).fresh("mine")
    assert after.state == before.state
    assert after.sequence > before.sequence
    said = e.Said(**box.of("mine"), modality=e.Modality.TEXT, text="what is the balance of my savings")
    assert isinstance(await box.accept(said), e.Accepted)

    async def answered() -> bool | None:
        return (await Conversations(bus).fresh("mine")).state.turns == 1 or None

    await until(answered)
