"""The doctor on a box that does not run: each finding says what to do."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from appliance.adapters import machine
from appliance.cli import checks
from appliance.cli.doctor import look
from appliance.config import Config, GatewayConfig, Paths, PhoneConfig
from tests.conftest import free_port


def of(findings: list[checks.Finding], part: str) -> checks.Finding:
    return next(finding for finding in findings if finding.part == part)


async def test_an_empty_folder_is_no_failure(tmp_path: Path) -> None:
    findings = await look(Paths(tmp_path / "data"))
    assert of(findings, "box").state == "warn"
    assert "b2t up" in of(findings, "box").mend
    assert of(findings, "secrets").found == "none made yet"
    assert not (tmp_path / "data").exists(), "the doctor only looks"


async def test_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[bus]\nport = 'x'\n")
    (only,) = await look(Paths(tmp_path))
    assert (only.part, only.state) == ("configuration", "fail")
    assert "bus.port" in only.found


async def test_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    (only,) = await look(Paths(tmp_path))
    assert (only.part, only.state) == ("configuration", "fail")
    assert "cannot be read (Is a directory)" in only.found


def test_a_port_somebody_else_has() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        config = Config(phone=PhoneConfig(port=port), gateway=GatewayConfig(port=free_port()))
        findings = list(checks.ports(config, running=False))
        assert of(findings, f"port {port}/udp").state == "fail"
        assert str(os.getpid()) in of(findings, f"port {port}/udp").found
        assert of(list(checks.ports(config, running=True)), f"port {port}/udp").state == "ok"


def test_a_clock_that_stepped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "clock_is_synchronised", lambda: True)
    assert [finding.state for finding in checks.clock(0.2)] == ["ok"]
    assert of(list(checks.clock(-7.0)), "clock step").found.startswith("-7.0 s")
    monkeypatch.setattr(checks, "clock_is_synchronised", lambda: False)
    assert of(list(checks.clock(None)), "clock").state == "warn"


def test_the_kernel_is_asked_and_nothing_is_changed() -> None:
    assert machine.clock_is_synchronised() in (True, False, None)


def test_a_disk_with_little_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for free, state in ((100 << 20, "fail"), (1 << 30, "warn"), (100 << 30, "ok")):
        monkeypatch.setattr(checks, "free_bytes", lambda _folder, free=free: free)
        assert [finding.state for finding in checks.disk(Paths(tmp_path))] == [state]


def test_secrets_others_may_read(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    paths.secrets.mkdir(mode=0o700)
    (paths.secrets / "root.key").touch(0o640)
    (found,) = checks.secrets(paths)
    assert found.state == "fail"
    assert "secrets/root.key" in found.found
    (paths.secrets / "root.key").chmod(0o600)
    assert [finding.state for finding in checks.secrets(paths)] == ["ok"]


@pytest.mark.parametrize(
    ("host", "public_url", "state"),
    [("127.0.0.1", None, "ok"), ("0.0.0.0", None, "fail"), ("0.0.0.0", "https://b2t.example", "ok")],
)
def test_plain_http_beyond_this_machine(host: str, public_url: str | None, state: str) -> None:
    config = Config(gateway=GatewayConfig(host=host, public_url=public_url))
    assert [finding.state for finding in checks.certificates(config)] == [state]
