from __future__ import annotations

import pytest

from appliance.access.rights import Principal, Right, Role, check_grant, read_rights, rights_of, write_rights
from appliance.errors import Denied


def test_an_administrator_may_everything_and_a_member_little() -> None:
    assert rights_of(Role.ADMINISTRATOR) == frozenset(Right)
    assert Right.READ_CONVERSATIONS not in rights_of(Role.MEMBER)


@pytest.mark.parametrize("role", ["", "root", "Administrator", "administrator "])
def test_an_unknown_role_may_nothing(role: str) -> None:
    assert rights_of(role) == frozenset()


def test_rights_survive_being_stored_and_unknown_ones_are_none() -> None:
    rights = frozenset({Right.TAKE_PART, Right.READ_METRICS})
    assert read_rights(write_rights(rights)) == rights
    assert read_rights("metrics.read everything.do") == {Right.READ_METRICS}
    assert read_rights("") == frozenset()


def test_nobody_grants_what_they_have_not_got() -> None:
    giver = Principal("account", "a", "a", frozenset({Right.MANAGE_KEYS}))
    check_grant(giver, frozenset({Right.MANAGE_KEYS}))
    with pytest.raises(Denied):
        check_grant(giver, frozenset({Right.MANAGE_KEYS, Right.READ_CONVERSATIONS}))
