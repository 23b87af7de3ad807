"""What a reply's references are spoken as: by the locale the conversation began in."""

from __future__ import annotations

import pytest

from appliance import events as e
from appliance.privacy.references import seal_value
from appliance.privacy.sealing import reply_place
from appliance.privacy.values import Date, money
from services.phone.replies import ReplyReader
from tests.fakes.keys import FakeKeyRing, keys_of


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [
        ("en-US", "It is 5 euros and 20 cents, since May third, 1984."),
        ("de-DE", "It is 5 Euro und 20 Cent, since dritten Mai 1984."),
    ],
)
async def test_values_are_spoken_in_the_conversations_locale(locale: str, spoken: str) -> None:
    keys = keys_of("c1")
    reader = ReplyReader(FakeKeyRing())  # type: ignore[arg-type]
    due = seal_value(keys, "DUE_1", "DUE", money(520, "EUR"))
    born = seal_value(keys, "BORN_1", "BORN", Date("1984-05-03"))
    started = e.ConversationStarted("banking", "v1", e.Channel.PHONE, locale)
    reader.note([started, e.TurnHeard("t1", "l1", e.Modality.SPEECH, "i1", references=(due, born))])
    reply = e.ReplyMade("r1", None, keys.seal_text(reply_place("r1"), "It is <DUE_1>, since <BORN_1>."))
    assert await reader.words("c1", reply) == spoken
