"""A key ring whose keys hang on nothing but the conversation's id, so that copies have the same ones."""

from __future__ import annotations

import hashlib

from appliance.privacy.sealing import ConversationKeys


class FakeKeyRing:
    async def lease(self, conversation: str, timeout_s: float = 5.0) -> ConversationKeys:
        return keys_of(conversation)


def keys_of(conversation: str) -> ConversationKeys:
    redacted = hashlib.sha256(f"redacted {conversation}".encode()).digest()
    raw = hashlib.sha256(f"raw {conversation}".encode()).digest()
    return ConversationKeys(conversation, {"redacted": {1: redacted}, "raw": {1: raw}})
