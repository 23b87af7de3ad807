"""Changes to accounts in one transaction with their entry: together or not at all, whoever else asks at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert, select, text, update

from appliance.access.accounts import Asker, LastAdministrator, OwnAccount, State
from appliance.access.rights import Principal, Right, Role
from appliance.access.tokens import digest, new_secret
from appliance.adapters.sql import open_engine
from appliance.config import PrivacyConfig
from appliance.errors import Denied, Invalid, Unavailable, Unknown
from services.gateway.accounts import Accounts, SignInFailed
from services.gateway.api_keys import ApiKeys
from services.gateway.changes import Changes
from services.gateway.gateway import Gateway
from services.gateway.invitations import Invitations
from services.gateway.managing import FORMER_S, Managing, NameTaken
from services.gateway.migrations import scripts
from services.gateway.passwords import Passwords
from services.gateway.records import ACCOUNTS, API_KEYS, FORMER_ACCOUNTS, INVITATIONS, SESSIONS, SETUP_TOKENS, Records

OPERATOR = Asker.operator("")
PASSWORD, NEW = "correct horse battery 1", "another battery staple 2"
HERE = "h:1"


@dataclass
class Log:
    """The audit log as units tell it; `away`: it takes nothing, `slow_s`: it takes its time."""

    told: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False
    slow_s: float = 0

    async def audit(self, action: str, *, message_id: str | None = None, **fields: Any) -> None:
        await asyncio.sleep(self.slow_s)
        if self.away:
            raise Unavailable("The message bus did not confirm.")
        self.told.append({"action": action, **fields})

    async def audit_soon(self, action: str, **fields: Any) -> None:
        with contextlib.suppress(Unavailable):
            await self.audit(action, **fields)

    def actions(self) -> list[str]:
        return [entry["action"] for entry in self.told]


class House:
    """A gateway's records and what works on them."""

    def __init__(self, file: Path, log: Log) -> None:
        self.log = log
        self.records, self.passwords = Records.open(file), Passwords()
        self.passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # as good, and quick
        changes = Changes(self.records, log)
        self.accounts = Accounts(self.records, self.passwords, changes, 900)
        self.invitations = Invitations(self.records, self.passwords, changes)
        self.managing = Managing(self.records, changes)
        self.keys = ApiKeys(self.records)

    async def join(self, name: str, role: Role = Role.MEMBER) -> str:
        invited = await self.managing.invite(OPERATOR, name, role, HERE)
        await self.invitations.accept(invited.token, PASSWORD, HERE)
        return invited.account.id

    async def as_(self, name: str, password: str = PASSWORD) -> tuple[str, Principal]:
        session = await self.accounts.sign_in(name, password)
        return session.token, session.principal

    async def state(self, id: str) -> State:
        return next(one.state for one in await self.managing.all() if one.id == id)

    def close(self) -> None:
        self.passwords.close()
        self.records.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path / "records.db", Log())
    yield made
    made.close()


@pytest.mark.parametrize("by", ["the operator", "each other"])
async def test_two_administrators_are_not_both_taken_away_at_once(house: House, tmp_path: Path, by: str) -> None:
    """In one process and in two: whoever comes second finds that the other is the last, or that they are none."""
    other = House(tmp_path / "records.db", house.log)
    one, two = await house.join("one", Role.ADMINISTRATOR), await house.join("two", Role.ADMINISTRATOR)
    for first, second in ((house, house), (house, other)):
        askers = [OPERATOR, OPERATOR]
        if by == "each other":
            askers = [Asker.of((await house.as_(name))[1]) for name in ("one", "two")]
        house.log.slow_s = 0.05
        done = await asyncio.gather(
            first.managing.change_role(askers[0], two, Role.MEMBER, HERE),
            second.managing.lock(askers[1], one, HERE),
            return_exceptions=True,
        )
        refused = Denied if by == "each other" else LastAdministrator
        assert sum(isinstance(result, refused) for result in done) == 1, done
        assert sum(isinstance(result, Exception) for result in done) == 1
        house.log.slow_s = 0
        for id in (one, two):
            await house.managing.change_role(OPERATOR, id, Role.ADMINISTRATOR, HERE)
            await house.managing.unlock(OPERATOR, id, HERE)
    other.close()


END = {
    "removed": lambda house, id: house.managing.remove(OPERATOR, id, HERE),
    "locked": lambda house, id: house.managing.lock(OPERATOR, id, HERE),
    "demoted": lambda house, id: house.managing.change_role(OPERATOR, id, Role.SUPERVISOR, HERE),
    "reset": lambda house, id: house.managing.reset(OPERATOR, id, HERE),
}


@pytest.mark.parametrize("through", ["a session", "a key"])
@pytest.mark.parametrize("how", END)
async def test_who_is_an_administrator_no_more_changes_nothing_by_what_they_began_before(
    house: House, how: str, through: str
) -> None:
    """Whoever authenticated them did so a moment ago; what counts is what the records say when the change is made."""
    await house.join("boss", Role.ADMINISTRATOR)
    id, member = await house.join("evil", Role.ADMINISTRATOR), await house.join("sam")
    _, before = await house.as_("evil")
    record, key = await house.keys.make(before, "theirs", frozenset(Right), None)
    if through == "a key":
        found = await house.keys.find(key)
        assert found is not None
        before = found
        if how == "reset":
            await house.keys.revoke(record.id)
    await END[how](house, id)
    house.log.told.clear()
    asker, managing = Asker.of(before), house.managing
    for attempt in (
        managing.invite(asker, "evil2", Role.MEMBER, HERE),
        managing.change_role(asker, member, Role.ADMINISTRATOR, HERE),
        managing.lock(asker, member, HERE),
        managing.unlock(asker, member, HERE),
        managing.reset(asker, member, HERE),
        managing.remove(asker, member, HERE),
        house.keys.make(before, "keep", frozenset({Right.MANAGE_ACCOUNTS}), None),
        house.keys.make(before, "keep", frozenset({Right.READ_AGENTS}), None),
        house.keys.revoke(record.id, before),
    ):
        with pytest.raises(Denied):
            await attempt
    assert house.log.told == []
    assert "evil2" not in [one.name for one in await managing.all()]


async def test_only_the_operator_asks_without_standing(house: House) -> None:
    with pytest.raises(Denied):
        await house.managing.invite(Asker("account:x", frozenset(Right), "x"), "sam", Role.MEMBER, HERE)


async def test_a_key_that_is_nobodys_is_none(house: House) -> None:
    await house.join("boss", Role.ADMINISTRATOR)
    _, boss = await house.as_("boss")
    record, key = await house.keys.make(boss, "crm", frozenset(Right), None)
    assert await house.keys.find(key) is not None
    nobodys = update(API_KEYS).where(API_KEYS.c.id == record.id).values(account_id=None)
    await house.records.writing(lambda c: c.execute(nobodys))
    assert await house.keys.find(key) is None


async def test_without_its_entry_nothing_changes(house: House) -> None:
    await house.join("boss", Role.ADMINISTRATOR)
    id = await house.join("jordan")
    token, _ = await house.as_("jordan")
    waiting = await house.managing.invite(OPERATOR, "sam", Role.MEMBER, HERE)
    house.log.told.clear()
    house.log.away = True
    managing = house.managing
    for attempt in (
        managing.invite(OPERATOR, "new", Role.MEMBER, HERE),
        managing.change_role(OPERATOR, id, Role.ANALYST, HERE),
        managing.lock(OPERATOR, id, HERE),
        managing.reset(OPERATOR, id, HERE),
        managing.remove(OPERATOR, id, HERE),
        house.accounts.change_password(id, token, PASSWORD, NEW, HERE),
        house.invitations.accept(waiting.token, PASSWORD, HERE),
    ):
        with pytest.raises(Unavailable):
            await attempt
    assert {one.name: (one.role, one.state) for one in await managing.all()} == {
        "boss": ("administrator", State.ACTIVE),
        "jordan": ("member", State.ACTIVE),
        "sam": ("member", State.INVITED),
    }
    assert await house.accounts.find(token) is not None
    house.log.away = False
    await house.as_("jordan", PASSWORD)
    await house.invitations.accept(waiting.token, PASSWORD, HERE)


async def test_without_its_entry_there_is_no_first_administrator_and_the_link_stays_good(house: House) -> None:
    token, now = new_secret(), int(time.time())
    made = insert(SETUP_TOKENS).values(digest=digest(token), created_at=now, expires_at=now + 60)
    await house.records.writing(lambda c: c.execute(made))
    house.log.away = True
    with pytest.raises(Unavailable):
        await house.accounts.set_up(token, "admin", PASSWORD, HERE)
    assert await house.managing.all() == []
    house.log.away = False
    id = await house.accounts.set_up(token, "admin", PASSWORD, HERE)
    base = {"result": "done", "source": HERE}
    assert house.log.told == [{**base, "action": "setup_completed", "account": f"account:{id}"}]
    with pytest.raises(Denied):
        await house.accounts.set_up(token, "other", PASSWORD, HERE)
    await house.as_("admin")


async def test_no_key_is_revoked_with_its_owner_while_the_log_is_away(house: House) -> None:
    await house.join("boss", Role.ADMINISTRATOR)
    id = await house.join("jordan", Role.ADMINISTRATOR)
    _, principal = await house.as_("jordan")
    _, key = await house.keys.make(principal, "theirs", frozenset({Right.READ_AGENTS}), None)
    house.log.away = True
    with pytest.raises(Unavailable):
        await house.managing.remove(OPERATOR, id, HERE)
    assert await house.keys.find(key) is not None


async def test_what_is_told_and_then_fails_is_told_as_failed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    id = await house.join("jordan")
    house.log.told.clear()

    def broken(*_: object, **__: object) -> None:
        raise Unavailable("The records cannot be written now.")

    monkeypatch.setattr("services.gateway.managing.spend", broken)
    with pytest.raises(Unavailable):
        await house.managing.lock(OPERATOR, id, HERE)
    assert [(entry["action"], entry["result"]) for entry in house.log.told] == [
        ("account_locked", "done"),
        ("account_locked", "failed"),
    ]
    assert await house.state(id) is State.ACTIVE


async def test_each_change_is_told_with_who_what_and_where_from_and_no_name(house: House) -> None:
    id = await house.join("jordan", Role.SUPERVISOR)
    token, _ = await house.as_("jordan")
    await house.accounts.change_password(id, token, PASSWORD, NEW, HERE)
    managing = house.managing
    await managing.change_role(OPERATOR, id, Role.COMPLIANCE, HERE)
    await managing.change_role(OPERATOR, id, Role.COMPLIANCE, HERE)
    await managing.lock(OPERATOR, id, HERE)
    await managing.lock(OPERATOR, id, HERE)
    await managing.unlock(OPERATOR, id, HERE)
    await managing.unlock(OPERATOR, id, HERE)
    await managing.reset(OPERATOR, id, HERE)
    await managing.remove(OPERATOR, id, HERE)
    who, by = f"account:{id}", "operator"
    base = {"result": "done", "account": who, "source": HERE}
    assert house.log.told == [
        {**base, "action": "account_created", "by": by, "role": "supervisor"},
        {**base, "action": "credential_changed", "by": who, "credential": "password/invited"},
        {**base, "action": "credential_changed", "by": who, "credential": "password"},
        {**base, "action": "role_changed", "by": by, "before": "supervisor", "role": "compliance"},
        {**base, "action": "account_locked", "by": by},
        {**base, "action": "account_unlocked", "by": by},
        {**base, "action": "credential_changed", "by": by, "credential": "password/reset"},
        {**base, "action": "account_removed", "by": by, "role": "compliance"},
    ]


async def test_who_is_removed_is_out_at_once_with_every_key_they_made(house: House) -> None:
    await house.join("boss", Role.ADMINISTRATOR)
    id = await house.join("jordan", Role.ADMINISTRATOR)
    token, principal = await house.as_("jordan")
    _, key = await house.keys.make(principal, "theirs", frozenset({Right.MANAGE_KEYS, Right.READ_AGENTS}), None)
    made_by = await house.keys.find(key)
    assert made_by is not None
    _, keys_key = await house.keys.make(made_by, "their key's", frozenset({Right.READ_AGENTS}), None)
    assert await house.keys.find(keys_key) is not None
    house.log.told.clear()
    await house.managing.remove(OPERATOR, id, HERE)
    assert house.log.actions() == ["account_removed", "api_key_revoked", "api_key_revoked"]
    ids = {str(key.split("_")[1]) for key in (key, keys_key)}
    assert {entry["key"] for entry in house.log.told[1:]} == ids
    assert all(entry["account"] == "operator" for entry in house.log.told[1:])
    assert await house.accounts.find(token) is None
    assert [await house.keys.find(one) for one in (key, keys_key)] == [None, None]
    with pytest.raises(SignInFailed):
        await house.as_("jordan")
    assert [(one.id, one.name) for one in await house.managing.former()] == [(id, "jordan")]
    again = await house.managing.invite(OPERATOR, "Jordan", Role.MEMBER, HERE)
    assert again.account.id != id
    with pytest.raises(Unknown):
        await house.managing.remove(OPERATOR, id, HERE)


async def test_names_of_the_removed_go_when_nobody_may_ask_any_more(house: House) -> None:
    for name, days_ago in (("long", FORMER_S + 60), ("lately", 60)):
        id = await house.join(name)
        await house.managing.remove(OPERATOR, id, HERE)
        moved = update(FORMER_ACCOUNTS).where(FORMER_ACCOUNTS.c.id == id)
        moved = moved.values(removed_at=int(time.time()) - days_ago)
        await house.records.writing(lambda c, moved=moved: c.execute(moved))
    await house.managing.expire()
    assert [one.name for one in await house.managing.former()] == ["lately"]


async def test_nobody_resets_their_own_account_through_a_key_of_theirs(house: House) -> None:
    """Nor through a key that such a key made: one's own password is changed by whoever knows it."""
    id = await house.join("boss", Role.ADMINISTRATOR)
    await house.join("other", Role.ADMINISTRATOR)
    _, principal = await house.as_("boss")
    for name in ("mine", "my key's"):
        _, key = await house.keys.make(principal, name, frozenset(Right), None)
        found = await house.keys.find(key)
        assert found is not None
        principal = found
        assert principal.account == id
        for attempt in (
            house.managing.reset(Asker.of(principal), id, HERE),
            house.managing.lock(Asker.of(principal), id, HERE),
            house.managing.remove(Asker.of(principal), id, HERE),
        ):
            with pytest.raises(OwnAccount):
                await attempt
    await house.as_("boss")


async def test_a_key_may_no_more_than_whose_it_is(house: House) -> None:
    await house.join("boss", Role.ADMINISTRATOR)
    id = await house.join("jordan", Role.ADMINISTRATOR)
    _, principal = await house.as_("jordan")
    _, key = await house.keys.make(principal, "theirs", frozenset({Right.MANAGE_KEYS, Right.READ_AGENTS}), None)
    await house.managing.change_role(OPERATOR, id, Role.MEMBER, HERE)
    found = await house.keys.find(key)
    assert found is not None
    assert found.rights == {Right.READ_AGENTS}
    await house.managing.lock(OPERATOR, id, HERE)
    assert await house.keys.find(key) is None
    await house.managing.unlock(OPERATOR, id, HERE)
    assert await house.keys.find(key) is not None


async def test_a_key_shows_no_more_than_whose_it_is_sees(house: House) -> None:
    await house.join("boss", Role.ADMINISTRATOR)
    id = await house.join("jordan", Role.ADMINISTRATOR)
    _, principal = await house.as_("jordan")
    _, key = await house.keys.make(principal, "theirs", frozenset({Right.READ_CONVERSATIONS}), None)
    kept = PrivacyConfig.model_validate({"readers": {"api_key": {"reading": "mask"}}})
    for role, config, shown in (
        (Role.ADMINISTRATOR, PrivacyConfig(), "<CARD_1>"),
        (Role.SUPERVISOR, PrivacyConfig(), "****"),
        (Role.ADMINISTRATOR, kept, "****"),
    ):
        await house.managing.change_role(OPERATOR, id, role, HERE)
        found = await house.keys.find(key)
        assert found is not None
        gateway: Any = SimpleNamespace(config=SimpleNamespace(privacy=config), pseudonyms=SimpleNamespace(name=None))
        assert Gateway.reading_policy(gateway, found).show("c1", "<CARD_1>") == shown


async def test_an_invitation_is_replaced_lapses_and_is_refused_while_locked(house: House) -> None:
    first = await house.managing.invite(OPERATOR, "sam", Role.MEMBER, HERE)
    id = first.account.id
    second = await house.managing.reset(OPERATOR, id, HERE)
    with pytest.raises(Denied):
        await house.invitations.look(first.token)
    assert (await house.invitations.look(second.token)).name == "sam"
    with pytest.raises(Invalid):
        await house.invitations.accept(second.token, "sam is my name 1", HERE)
    old = update(INVITATIONS).values(expires_at=int(time.time()))
    await house.records.writing(lambda c: c.execute(old))
    with pytest.raises(Denied):
        await house.invitations.accept(second.token, PASSWORD, HERE)
    assert await house.state(id) is State.LAPSED
    third = await house.managing.reset(OPERATOR, id, HERE)
    await house.managing.lock(OPERATOR, id, HERE)
    with pytest.raises(Denied):
        await house.invitations.look(third.token)
    for wrong in ("", "x" * 43, "%" * 43, third.token + "x"):
        with pytest.raises(Denied):
            await house.invitations.look(wrong)


async def test_a_reset_ends_what_was_open_and_the_old_password(house: House) -> None:
    id = await house.join("boss", Role.ADMINISTRATOR)
    token, _ = await house.as_("boss")
    invited = await house.managing.reset(OPERATOR, id, HERE)
    assert await house.accounts.find(token) is None
    with pytest.raises(SignInFailed):
        await house.as_("boss")
    await house.invitations.accept(invited.token, NEW, HERE)
    await house.as_("boss", NEW)


async def test_a_password_that_was_right_a_moment_ago_lets_nobody_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash takes its time: what it proved must still hold when the session is opened."""
    id = await house.join("jordan")
    verify = house.passwords.verify

    async def verified_then_reset(stored: str | None, password: str) -> bool:
        good = await verify(stored, password)
        await house.managing.reset(OPERATOR, id, HERE)
        return good

    monkeypatch.setattr(house.passwords, "verify", verified_then_reset)
    with pytest.raises(SignInFailed):
        await house.as_("jordan")
    assert await house.records.reading(lambda c: c.execute(select(SESSIONS)).all()) == []


async def test_a_name_is_anybodys_once(house: House) -> None:
    await house.managing.invite(OPERATOR, "Jordan", Role.MEMBER, HERE)
    with pytest.raises(NameTaken):
        await house.managing.invite(OPERATOR, "JORDAN", Role.ANALYST, HERE)
    assert house.log.actions() == ["account_created"]


async def test_an_account_is_named_by_its_id_before_its_name(house: House) -> None:
    id = await house.join("jordan")
    await house.join(id)
    assert await house.managing.named(id) == id
    assert await house.managing.named("Jordan") == id
    with pytest.raises(Unknown):
        await house.managing.named("nobody")


def test_records_of_the_first_release_are_taken_on(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    engine = open_engine(file)
    with engine.begin() as connection:
        _first_release(connection)
    engine.dispose()
    records = Records.open(file)
    owners = dict(records.read(lambda c: c.execute(select(API_KEYS.c.id, API_KEYS.c.account_id)).all()))
    ended = select(API_KEYS.c.id).where(API_KEYS.c.revoked_at.is_not(None))
    revoked = set(records.read(lambda c: c.execute(ended).scalars().all()))
    row = records.read(lambda c: c.execute(select(ACCOUNTS)).one())
    records.close()
    assert (row.name, row.signed_in_at) == ("admin", None)
    assert owners == {"k1": "a1", "k2": "a1", "k3": "a1", "k4": None, "k5": None}
    assert revoked == {"k4", "k5"}


def _first_release(connection: Any) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    directory = scripts()
    steps = lambda revision, _: directory._upgrade_revs("0001", revision)  # noqa: E731
    with EnvironmentContext(Config(), directory, fn=steps) as context:
        context.configure(connection=connection, transactional_ddl=False)
        context.run_migrations()
    connection.execute(
        text("INSERT INTO accounts VALUES ('a1', 'admin', 'x', 'administrator', 0, 0, 1, 1, NULL)"),
    )
    makers = {"k1": "account:a1", "k2": "api_key:k1", "k3": "api_key:k2", "k4": "account:gone", "k5": "api_key:gone"}
    for id, maker in makers.items():
        values = {"id": id, "name": id, "digest": id, "rights": "", "created_by": maker, "created_at": 1}
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO api_keys ({names}) VALUES ({places})"), values)
