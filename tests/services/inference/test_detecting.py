"""The detector's lines, in and out."""

from __future__ import annotations

import io
import json

from appliance.ports import PersonalSpan
from services.inference.detecting import run


class Fake:
    def detect(self, text: str, language: str, *, expecting_secret: bool) -> list[PersonalSpan]:
        if text == "break":
            raise RuntimeError("with words of the text")
        return [PersonalSpan(0, len(text), language.upper(), 0.123456, expecting_secret)] if text else []


def answers(*lines: str) -> tuple[int, list[dict[str, object]]]:
    out = io.StringIO()
    status = run(lines, out, Fake())
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def test_what_else_a_line_holds_is_handed_back() -> None:
    status, [answer] = answers('{"text": "a\\u00e4", "id": [1], "language": "de", "expecting_secret": true}')
    assert status == 0
    assert answer["id"] == [1]
    assert answer["spans"] == [{"start": 0, "end": 2, "type": "DE", "score": 0.1235, "secret": True}]


def test_a_bad_line_does_not_end_the_others_and_shows_nothing_of_the_text() -> None:
    status, found = answers("", "[", '{"text": 5}', '{"text": "break"}', '{"text": ""}')
    assert status == 1
    assert [one.get("error", {}).get("code") for one in found] == ["invalid", "invalid", "unavailable", None]  # type: ignore[attr-defined]
    assert "words" not in json.dumps(found)
