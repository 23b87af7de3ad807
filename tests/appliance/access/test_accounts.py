"""Who may change whose account: reach, one's own, and the last administrator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appliance.access import accounts
from appliance.access.accounts import Asker, Holder, LastAdministrator, OwnAccount
from appliance.access.rights import ROLES, Principal, Right, Role, rights_of
from appliance.errors import Denied, Invalid

ADMINISTRATOR = Asker("account:a", rights_of(Role.ADMINISTRATOR), "a")
PROGRAM = Asker("api_key:k", rights_of(Role.ADMINISTRATOR))
LITTLE = Asker("api_key:k", rights_of(Role.MEMBER) | {Right.MANAGE_ACCOUNTS})
OPERATOR = Asker.operator("uid-1000")
LOSSES: dict[str, Callable[[Asker, Holder], None]] = {
    "role": lambda asker, holder: accounts.check_role(asker, holder, Role.MEMBER),
    "lock": accounts.check_locked,
    "reset": accounts.check_reset,
    "remove": accounts.check_removed,
}


def test_the_table_of_roles_is_what_is_documented() -> None:
    able = {right: {role for role in Role if right in ROLES[role]} for right in Right}
    assert able[Right.READ_CONVERSATIONS] == {Role.ADMINISTRATOR, Role.SUPERVISOR, Role.COMPLIANCE}
    assert able[Right.UNREDACT] == able[Right.APPROVE_UNREDACTION] == {Role.ADMINISTRATOR, Role.COMPLIANCE}
    assert able[Right.PUBLISH_AGENTS] == able[Right.DEPLOY_AGENTS] == {Role.ADMINISTRATOR, Role.DESIGNER}
    assert able[Right.READ_INSIGHTS] == set(Role) - {Role.MEMBER}
    alone = {Right.MANAGE_ACCOUNTS, Right.MANAGE_KEYS, Right.BREAK_GLASS, Right.READ_METRICS}
    assert all(able[right] == {Role.ADMINISTRATOR} for right in alone)
    assert set(ROLES) == set(Role)


def test_a_name_is_one_word_and_no_cards_number() -> None:
    for name in ("jordan", "j.rivera@example.com", "12345678", "a" * 64, "x-1-2-3", "2024-05-1234", "1123-45-6789x"):
        accounts.check_name(name)
    for name in (
        "",
        "two words",
        "-x",
        "a" * 65,
        "a\n",
        "4111111111111111",
        "x4111-1111.1111_1111",
        "ä",
        "1234567890123",
        "4111@1111@1111@1111",
        "4111--1111--1111--1111",
        "4._@-1.1.1-1-1_1_1@1.@1-1-1-1-1-1-1",
        "123-45-6789",
        "x123.45@6789",
        "ann_123--45__6789_lee",
    ):
        with pytest.raises(Invalid) as caught:
            accounts.check_name(name)
        assert name == "" or name not in str(caught.value)


def test_asking_is_as_oneself() -> None:
    assert Asker.of(Principal("account", "x", "jordan", frozenset())).account == "x"
    program = Asker.of(Principal("api_key", "x", "crm", frozenset()))
    assert (program.name, program.account) == ("api_key:x", None)
    owned = Asker.of(Principal("api_key", "x", "crm", rights_of(Role.ADMINISTRATOR), owner="a"))
    assert (owned.name, owned.account) == ("api_key:x", "a")
    assert OPERATOR.name == "operator/uid-1000"
    assert Asker.operator("").name == "operator"


@pytest.mark.parametrize("what", LOSSES)
def test_the_last_administrator_stays(what: str) -> None:
    last, one_of_two = Holder("b", Role.ADMINISTRATOR, 0), Holder("b", Role.ADMINISTRATOR, 1)
    LOSSES[what](PROGRAM, one_of_two)
    with pytest.raises(LastAdministrator):
        LOSSES[what](PROGRAM, last)
    LOSSES[what](PROGRAM, Holder("b", Role.SUPERVISOR, 0))
    if what == "reset":  # the way back in
        LOSSES[what](OPERATOR, last)
    else:
        with pytest.raises(LastAdministrator):
            LOSSES[what](OPERATOR, last)


@pytest.mark.parametrize("what", LOSSES)
def test_nobody_does_it_to_themselves_nor_through_a_key_of_theirs(what: str) -> None:
    theirs = Asker.of(Principal("api_key", "k", "crm", rights_of(Role.ADMINISTRATOR), owner="a"))
    for asker in (ADMINISTRATOR, theirs):
        with pytest.raises(OwnAccount) as caught:
            LOSSES[what](asker, Holder("a", Role.ADMINISTRATOR, 5))
        assert not caught.value.retryable


@pytest.mark.parametrize("what", LOSSES)
def test_nobody_reaches_beyond_their_own_rights(what: str) -> None:
    LOSSES[what](LITTLE, Holder("b", Role.MEMBER, 1))
    LOSSES[what](LITTLE, Holder("b", "a role of a later release", 1))
    with pytest.raises(Denied):
        LOSSES[what](LITTLE, Holder("b", Role.SUPERVISOR, 1))
    with pytest.raises(Denied):
        accounts.check_unlocked(LITTLE, Holder("b", Role.SUPERVISOR, 1))


def test_nobody_gives_a_role_beyond_their_own_rights() -> None:
    accounts.check_invited(LITTLE, Role.MEMBER)
    for role in set(Role) - {Role.MEMBER}:
        with pytest.raises(Denied):
            accounts.check_invited(LITTLE, role)
        with pytest.raises(Denied):
            accounts.check_role(LITTLE, Holder("b", Role.MEMBER, 1), role)
