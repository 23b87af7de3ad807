"""Line by line: what is asked comes back with its language, what is no question with an error."""

from __future__ import annotations

import io
import json

from models.language_identification.py3langid import Py3Langid
from services.inference.identifying import run


def test_lines_come_back_with_their_language_and_all_they_held() -> None:
    out = io.StringIO()
    lines = ['{"text": "wo ist meine Karte geblieben", "id": 7}\n', "\n", "no json\n", '{"text": "where is my card"}\n']
    assert run(lines, out, Py3Langid()) == 1
    first, wrong, last = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["language"], first["id"]) == ("de", 7)
    assert wrong["error"]["code"] == "invalid"
    assert last["language"] == "en"
