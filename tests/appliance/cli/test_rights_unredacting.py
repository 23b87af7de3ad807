"""Two people at the command line, each with a key file of their own, over a running vault."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from appliance.adapters.nats import Bus
from appliance.adapters.nats_server import make_seeds
from appliance.cli import box as command_line
from appliance.cli import rights_unredacting
from appliance.cli.app import make
from appliance.cli.person_key import make_key, read_key
from appliance.cli.rights_unredacting import Signing
from appliance.config import Config, Paths
from appliance.errors import Denied, Invalid
from appliance.privacy.envelopes import enclose
from appliance.privacy.unredaction import revealed_purpose
from appliance.privacy.unredaction_asking import UnredactionAnswered, UnredactionAsked
from appliance.privacy.values import Digits
from services.unit import Unit
from services.vault import service as vault
from tests.conftest import NatsServer
from tests.services.vault.talking import CARD, talk

PASSPHRASE = "a long passphrase 1"
app = make(["up", "rights"])


@pytest.fixture
async def data(bus: Bus, nats_server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The data folder of a box whose vault runs."""
    monkeypatch.setattr(vault, "forbid_dumps", lambda: None)
    monkeypatch.setattr(vault, "lock_memory", lambda: False)
    monkeypatch.setattr(command_line, "quiet", lambda: None)  # it would silence this process's other tests
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # the answers are on standard output
    paths = Paths(tmp_path / "data")
    paths.root.mkdir()
    paths.config.write_text(f"[bus]\nport = {nats_server.port}\n[audit]\nreserve_mib = 0\n")
    make_seeds(paths)
    config = Config.model_validate({"bus": {"port": nats_server.port}, "audit": {"reserve_mib": 0}})
    unit = Unit("vault", "1", paths, config, bus, [])
    work = asyncio.create_task(vault.run(unit))
    async with asyncio.timeout(20):
        while not unit.is_ready:
            assert not work.done(), work.exception()
            await asyncio.sleep(0.01)
    yield paths.root
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    structlog.reset_defaults()


class Desk:
    """Runs commands beside the event loop that the vault runs in."""

    def __init__(self, data: Path, folder: Path) -> None:
        self.data, self.folder = data, folder
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text(f"{PASSPHRASE}\n")
        self.passphrase.chmod(0o600)

    async def runs(self, *words: str, key: str = "", status: int = 0, here: bool = False) -> dict:
        options = ["--json"] if here else ["--data-dir", str(self.data), "--json"]
        if key:
            options += ["--key", str(self.folder / key)]
        if key or here:
            options += ["--passphrase-file", str(self.passphrase)]
        shown = await asyncio.to_thread(CliRunner().invoke, app, ["rights", "unredact", *words, *options])
        assert shown.exit_code == status, shown.output
        return json.loads(shown.stdout)


async def test_from_two_keys_to_a_card(bus: Bus, data: Path, tmp_path: Path) -> None:
    await talk(bus)
    desk = Desk(data, tmp_path)
    people = {}
    for name, rights in (("hers.pem", ("ask", "break-glass")), ("his.pem", ("approve",))):
        made = await desk.runs("key", str(tmp_path / name), here=True)
        may = [word for right in rights for word in ("--may", right)]
        people[name] = (await desk.runs("enrol", made["public_key"], "--label", name, *may))["id"]
        assert people[name] == made["person"]
    assert len((await desk.runs("persons"))["persons"]) == 2
    asked = await desk.runs("ask", "c1", "--reason", "T-1", key="hers.pem")
    await desk.runs("read", asked["id"], key="hers.pem", status=1)
    await desk.runs("approve", asked["id"], key="hers.pem", status=1)
    assert (await desk.runs("approve", asked["id"], key="his.pem"))["decided_by"] == people["his.pem"]
    read = await desk.runs("read", asked["id"], key="hers.pem")
    assert [line["text"] for line in read["lines"] if line["who"] == "party"] == [
        f"my card {CARD}, pin [pin], and <CARD_1>"
    ]
    assert (await desk.runs("show", asked["id"]))["state"] == "approved"
    assert (await desk.runs("deny", asked["id"], key="his.pem"))["state"] == "withdrawn"
    glass = await desk.runs("break-glass", "c1", "--reason", "T-2", key="hers.pem")
    assert (await desk.runs("acknowledge", glass["id"], key="his.pem"))["acknowledged_by"] == people["his.pem"]
    listed = (await desk.runs("list"))["requests"]
    assert [one["kind"] for one in listed] == ["break-glass", "two-person"]
    third = await desk.runs("key", str(tmp_path / "third.pem"), here=True)
    enrol = ("enrol", third["public_key"], "--label", "third", "--may", "ask")
    await desk.runs(*enrol, status=1)
    assert (await desk.runs(*enrol, key="his.pem"))["rights"] == ["ask"]
    assert (await desk.runs("remove", people["hers.pem"]))["removed_at"]
    await desk.runs("ask", "c1", "--reason", "T-3", key="hers.pem", status=1)
    await desk.runs("show", "nothing", status=4)


def test_a_key_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "mine.pem"
    with pytest.raises(Invalid):
        make_key(file, "short")
    make_key(file, PASSPHRASE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(Invalid):
        make_key(file, PASSPHRASE)
    with pytest.raises(Denied):
        read_key(file, "another passphrase")
    file.chmod(0o640)
    with pytest.raises(Denied):
        read_key(file, PASSPHRASE)
    with pytest.raises(Invalid):
        read_key(tmp_path / "none", PASSPHRASE)


def test_nobody_is_asked_for_a_passphrase_where_nobody_sits(tmp_path: Path) -> None:
    make_key(tmp_path / "mine.pem", PASSPHRASE)
    words = ["rights", "unredact", "ask", "c1", "--reason", "T-1", "--key", str(tmp_path / "mine.pem"), "--json"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 1
    assert "--passphrase-file" in shown.output


@pytest.mark.parametrize("step", ["ask", "break-glass"])
@pytest.mark.parametrize("reason", [CARD, "078-05-1120", "Ann Lee", "\x1b[2J"])
def test_a_reason_is_a_code_and_nobodys_number(tmp_path: Path, step: str, reason: str) -> None:
    words = ["rights", "unredact", step, "c1", "--reason", reason, "--key", str(tmp_path / "none.pem"), "--json"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 1
    assert "A reason is a code" in shown.output
    assert reason not in shown.output


async def test_one_value_that_cannot_be_read_leaves_the_others_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the vault answers: JSON that is no value, and None for what is not what was written."""
    content = {
        "NUMBER_1": {"digits": "", "type": "digits"},
        "CARD_1": {"digits": "41", "type": "digits"},
        "PIN_1": None,
    }

    async def answered(_bus: object, _unit: str, asked: UnredactionAsked) -> UnredactionAnswered:
        assert asked.signed is not None
        envelope = enclose(asked.signed.statement.key, revealed_purpose("r1"), json.dumps(content).encode())
        return UnredactionAnswered(answer={}, envelope=envelope)

    monkeypatch.setattr(rights_unredacting, "unredact", answered)
    signing = Signing(Ed25519PrivateKey.generate())
    box: Any = SimpleNamespace(bus=None)
    assert await rights_unredacting.values_behind(box, "r1", "c1", [], signing) == {"CARD_1": Digits("41")}
