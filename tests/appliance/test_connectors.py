from __future__ import annotations

import pytest

from appliance.connectors import Operation, Outcome, check_arguments, check_outcome
from appliance.errors import Invalid
from appliance.privacy.values import Digits, Money, Text

OPERATION = Operation(
    {"account": "option", "customer": "digits", "pin": "secret"}, {"ok": {"balance": "money"}, "locked": {}}
)
GIVEN = {"account": "checking", "customer": "NUMBER_1", "pin": "capture-1"}


def test_what_is_declared_passes():
    check_arguments(OPERATION, GIVEN, ("pin",))
    check_outcome(OPERATION, Outcome("ok", {"balance": Money("1.00")}))
    check_outcome(OPERATION, Outcome("locked"))


@pytest.mark.parametrize(
    ("arguments", "captures"),
    [
        (GIVEN, ()),
        (GIVEN, ("pin", "customer")),
        ({**GIVEN, "more": "x"}, ("pin",)),
        ({"account": "checking"}, ()),
        ({**GIVEN, "account": "<CARD_1>"}, ("pin",)),
    ],
)
def test_other_arguments_are_refused(arguments, captures):
    with pytest.raises(Invalid):
        check_arguments(OPERATION, arguments, captures)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("lost"),
        Outcome("ok"),
        Outcome("locked", {"balance": Money("1.00")}),
        Outcome("ok", {"balance": Digits("1")}),
        Outcome("ok", {"balance": Text("1")}),
    ],
)
def test_other_outcomes_are_refused(outcome):
    with pytest.raises(Invalid):
        check_outcome(OPERATION, outcome)
