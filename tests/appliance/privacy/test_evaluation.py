from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.errors import Invalid
from appliance.privacy.evaluation import Label, Sample, entity, evaluate, read_gold

TEXT = "Ann Lee lives at 5 Elm Road, Leeds"
ANN, ROAD = Label(0, 7, "PERSON"), Label(17, 34, "ADDRESS")


def test_both_forms_are_read_alike(tmp_path: Path) -> None:
    research, lines = tmp_path / "research.json", tmp_path / "lines.jsonl"
    spans = [{"entity_type": "PERSON", "entity_value": "Ann Lee", "start_position": 0, "end_position": 7}]
    research.write_text(json.dumps([{"full_text": TEXT, "spans": spans, "template_id": 1}]))
    lines.write_text(json.dumps({"text": TEXT, "spans": [{"start": 0, "end": 7, "type": "person"}]}) + "\n\n")
    assert read_gold(research) == read_gold(lines) == [Sample(TEXT, (ANN,))]


@pytest.mark.parametrize(
    "content", ["no", '{"text": 1}', '{"text": "a", "spans": [{"start": 0, "end": 2, "type": "X"}]}', "[1]", "[{}]"]
)
def test_other_files_are_refused_without_a_word_of_theirs(tmp_path: Path, content: str) -> None:
    path = tmp_path / "gold"
    path.write_text(content)
    with pytest.raises(Invalid, match="neither"):
        read_gold(path)
    with pytest.raises(Invalid, match="cannot be read"):
        read_gold(tmp_path / "none")


def test_half_of_the_letters_is_found_and_less_is_not() -> None:
    result = evaluate([Sample(TEXT, (ANN, ROAD))], [[Label(0, 3, "PERSON"), Label(17, 20, "ADDRESS")]])
    assert (result.entities["PERSON"].found, result.entities["ADDRESS"].found) == (1, 0)
    assert result.overall.right == 2
    assert result.overall.recall == 0.5
    assert result.whole == 0


def test_parts_of_an_address_make_it_whole() -> None:
    parts = [Label(17, 27, "ADDRESS"), Label(29, 34, "LOCATION"), Label(0, 7, "PERSON")]
    result = evaluate([Sample(TEXT, (ANN, ROAD))], [parts])
    assert result.overall.recall == result.overall.precision == 1.0
    assert result.whole == 2


def test_the_wrong_entity_is_neither_found_nor_right_but_taken_out() -> None:
    result = evaluate([Sample(TEXT, (ANN, ROAD))], [[Label(0, 7, "ADDRESS")]])
    assert (result.overall.found, result.overall.right) == (0, 0)
    assert (result.untyped.found, result.untyped.right, result.whole) == (1, 1, 1)


def test_what_the_set_does_not_label_is_not_judged() -> None:
    result = evaluate([Sample(TEXT, (ANN,))], [[Label(0, 7, "PERSON"), Label(17, 34, "NRP")]])
    assert result.overall.precision == 1.0
    assert result.not_judged == {"NRP": 1}


def test_a_masked_number_needs_no_name() -> None:
    text = "id 912803456"
    sample = Sample(text, (Label(3, 12, entity("US_PASSPORT")),))
    assert evaluate([sample], [[Label(3, 12, entity("CUSTOMER_NUMBER"))]]).overall.recall == 1.0
    assert evaluate([sample], [[Label(3, 12, entity("CARD"))]]).overall.recall == 0.0
