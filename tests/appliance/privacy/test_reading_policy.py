"""What a reader sees where a value was: by role, by kind, the least by default."""

from __future__ import annotations

import pytest

from appliance.config import Config, PrivacyConfig
from appliance.errors import Invalid
from appliance.privacy.policy import READERS, How, ReadingPolicy, reading_policy, stricter

TEXT = "<PERSON_1> paid <MONEY_r0123456789> with <CARD_1>, then <CARD_1>; typed <LT_0>CARD_2>"


def settings(**readers) -> PrivacyConfig:
    return Config.model_validate({"privacy": {"readers": readers}}).privacy


@pytest.mark.parametrize("reader", ["member", "", "a role of a later release", "Administrator"])
def test_who_is_not_named_sees_the_least(reader):
    shown = reading_policy(reader, PrivacyConfig(), "reading").show("c1", TEXT)
    assert shown == "**** paid **** with ****, then ****; typed <CARD_2>"
    assert reading_policy(reader, PrivacyConfig(), "export").show("c1", TEXT) == shown


def test_those_who_work_with_references_see_them():
    for reader in READERS:
        shown = reading_policy(reader, PrivacyConfig(), "reading").show("c1", TEXT)
        assert shown == TEXT.replace("<LT_0>", "<")


def test_a_role_may_see_more_or_less_by_kind_and_less_in_a_file():
    chosen = settings(member={"reading": "reference", "export": "drop", "kinds": {"CARD": "mask"}})
    assert (
        reading_policy("member", chosen, "reading")
        .show("c1", TEXT)
        .startswith("<PERSON_1> paid <MONEY_r0123456789> with ****,")
    )
    assert reading_policy("member", chosen, "export").show("c1", TEXT) == " paid  with ****, then ****; typed <CARD_2>"
    assert settings(administrator={}).readers["administrator"].reading == "mask"


def test_pseudonyms_are_keyed_and_of_one_conversation():
    policy = ReadingPolicy(How.PSEUDONYM, namer=lambda given: f"h:{hash(given) & 0xFFFFFFFFFFFFFFFF:016x}")
    one, two = policy.show("c1", "<CARD_1> <CARD_1> <CARD_2>").split(), policy.show("c2", "<CARD_1>").split()
    assert one[0] == one[1] != one[2]
    assert two[0] not in one
    assert all(name.startswith("<CARD_x") for name in (*one, *two))
    with pytest.raises(Invalid):
        ReadingPolicy(How.PSEUDONYM).show("c1", "<CARD_1>")


@pytest.mark.parametrize("how", ["keep", "raw", ""])
def test_no_role_is_shown_values(how):
    with pytest.raises(ValueError, match="reading"):
        settings(administrator={"reading": how})


def test_the_stricter_of_two_shows_of_every_kind_the_less() -> None:
    named = "ab:" + "0" * 16
    one = ReadingPolicy(How.REFERENCE, {"EMAIL": How.DROP, "CARD": How.PSEUDONYM}, lambda _: named)
    other = ReadingPolicy(How.MASK, {"EMAIL": How.REFERENCE, "CARD": How.REFERENCE, "PERSON": How.REFERENCE})
    for both in (stricter(one, other), stricter(other, one)):
        assert both.otherwise is How.MASK
        assert both.kinds == {"EMAIL": How.DROP, "CARD": How.PSEUDONYM, "PERSON": How.REFERENCE}
        assert both.show("c1", "<CARD_1><EMAIL_1><PERSON_1><DATE_1>") == f"<CARD_x{'0' * 16}><PERSON_1>****"
    for how in set(How) - {How.KEEP}:  # every one that a reader can have has its place
        assert stricter(ReadingPolicy(how), ReadingPolicy(How.DROP)).otherwise is How.DROP
