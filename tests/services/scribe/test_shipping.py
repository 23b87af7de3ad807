"""Checkpoints off the box: into a folder, to syslog over UDP and TCP, under the witness's signature."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from appliance.audit.checkpoint import check_witness
from appliance.audit.verify_audit import Key
from appliance.config import AuditConfig, Config
from appliance.errors import Invalid, Tampered, Unavailable
from services.scribe.audit_log import AuditLog, Message, open_signer
from services.scribe.checkpoints import WITNESS, Checkpoints, Cosigning
from services.scribe.shipping import destinations, put, read_syslog, shipped_notes, syslog_address, tell


class Unit:
    """What `Checkpoints` uses of a unit."""

    def __init__(self, **settings: object) -> None:
        self.config = Config(audit=AuditConfig(**settings))
        self.parts: dict[str, str] = {}
        self.told: list[tuple[str, dict]] = []

    async def audit(self, action: str, **fields: object) -> None:
        self.told.append((action, fields))


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    log = AuditLog(tmp_path / "scribe", open_signer(tmp_path / "audit.key"))
    add(log, 3)
    return log


def add(log: AuditLog, count: int) -> None:
    first = log.last_sequence + 1
    told = b'{"action":"signed_in","account":"a","actor":"gateway","at":5}'
    log.append_all([Message(number, told) for number in range(first, first + count)], 1)


def shipping(log: AuditLog, unit: Unit, cosigning: Cosigning | None = None) -> Checkpoints:
    settings = unit.config.audit
    return Checkpoints(unit, log, destinations(settings.ship_folder, settings.syslog), cosigning)


async def test_each_checkpoint_is_a_file_of_its_own_and_verifying_reads_them_all(tmp_path: Path, log: AuditLog) -> None:
    folder = tmp_path / "mount"
    folder.mkdir()
    checkpoints = shipping(log, Unit(ship_folder=str(folder)))
    for _ in range(3):
        await checkpoints.ship()
        await checkpoints.ship()
        add(log, 4)
    assert [file.name for file in sorted(folder.iterdir())] == [f"{size:012d}.checkpoint" for size in (3, 7, 11)]
    assert [size for size, _ in log.kept_checkpoints(3)] == [7, 11]
    found = log.examine(shipped_notes(str(folder)))
    assert (found.ok, found.checkpoints) == (True, 9)


async def test_a_mount_that_is_missing_is_told_once_and_made_up_for(tmp_path: Path, log: AuditLog) -> None:
    folder = tmp_path / "mount"
    unit = Unit(ship_folder=str(folder))
    checkpoints = shipping(log, unit)
    for _ in range(2):
        await checkpoints.ship()
    assert unit.told == [("checkpoint_not_shipped", {"destination": "folder"})]
    assert unit.parts["checkpoints"] != "ok"
    folder.mkdir()
    await checkpoints.ship()
    assert unit.parts["checkpoints"] == "ok"
    assert len(list(folder.iterdir())) == 1


def test_nothing_in_the_folder_is_written_over(tmp_path: Path, log: AuditLog) -> None:
    put(tmp_path, 3, log.checkpoint)
    put(tmp_path, 3, log.checkpoint)
    with pytest.raises(Tampered):
        put(tmp_path, 3, log.checkpoint.replace("\n3\n", "\n4\n"))
    with pytest.raises(Unavailable):
        put(tmp_path / "none", 3, log.checkpoint)


@pytest.mark.parametrize("scheme", ["udp", "tcp"])
def test_syslog_gets_the_whole_checkpoint(scheme: str, log: AuditLog) -> None:
    kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
    got: list[bytes] = []
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)
        if scheme == "tcp":
            server.listen()

        def receive() -> None:
            if scheme == "udp":
                got.append(server.recv(65536))
                return
            line, _ = server.accept()
            with line:
                line.settimeout(20)
                while some := line.recv(65536):
                    got.append(some)

        thread = threading.Thread(target=receive)
        thread.start()
        tell(scheme, "127.0.0.1", server.getsockname()[1], 3, log.checkpoint)
        thread.join(20)
    raw = b"".join(got)
    if scheme == "tcp":
        length, _, raw = raw.partition(b" ")
        assert int(length) == len(raw)
    parts = re.fullmatch(
        r"<109>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ b2t-scribe - checkpoint "
        r'\[checkpoint@32473 size="3"\] \ufeff(.*)',
        raw.decode(),
    )
    assert parts
    told = read_syslog(parts[1])
    assert log._signer.verifier.open(told) == log._signer.verifier.open(log.checkpoint)
    assert log.checkpoint.startswith(told)
    assert len(raw) < 1024


def test_a_syslog_server_that_is_not_there_is_a_trouble() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unavailable):
        tell("tcp", "127.0.0.1", port, 3, "note")


@pytest.mark.parametrize(
    "address", ["", "host:514", "http://host:1", "udp://", "udp://h:99999", "tcp://h/x", "udp://u@h"]
)
def test_a_wrong_address_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        syslog_address(address)


def test_addresses_have_their_usual_ports() -> None:
    assert syslog_address("udp://[::1]") == ("udp", "::1", 514)
    assert syslog_address("tcp://log.example") == ("tcp", "log.example", 601)


def witness_key(folder: Path) -> Path:
    folder.mkdir()
    file = folder / "key.pem"
    private = Ed25519PrivateKey.generate()
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    return file


async def test_the_witness_signs_what_is_shipped(tmp_path: Path, log: AuditLog) -> None:
    folder = tmp_path / "mount"
    folder.mkdir()
    verifier = open_signer(tmp_path / "audit.key").verifier
    cosigning = Cosigning(witness_key(tmp_path / "witness"), verifier)
    checkpoints = shipping(log, Unit(ship_folder=str(folder)), cosigning)
    await checkpoints.ship()
    add(log, 5)
    await checkpoints.ship()
    for file in folder.iterdir():
        note = file.read_text()
        assert verifier.open(note).size in (3, 8)
        assert check_witness(note, WITNESS, cosigning._witness.public)
        Key(cosigning.key).signed(note)
    assert log.examine(shipped_notes(str(folder))).ok


def test_the_witness_signs_no_other_history(tmp_path: Path, log: AuditLog) -> None:
    signer = open_signer(tmp_path / "audit.key")
    key = witness_key(tmp_path / "witness")
    Cosigning(key, signer.verifier).sign(log.reader, log.checkpoint)
    other = AuditLog(tmp_path / "other", signer)
    other.append_all([Message(n, b'{"action":"setup_refused","actor":"gateway","at":1}') for n in range(1, 9)], 1)
    with pytest.raises(Tampered):
        Cosigning(key, signer.verifier).sign(other.reader, other.checkpoint)
    shorter = AuditLog(tmp_path / "shorter", signer)
    with pytest.raises(Tampered):
        Cosigning(key, signer.verifier).sign(shorter.reader, shorter.checkpoint)


def test_a_witness_key_that_is_not_there_or_open_to_all_is_refused(tmp_path: Path, log: AuditLog) -> None:
    verifier = open_signer(tmp_path / "audit.key").verifier
    with pytest.raises(Invalid):
        Cosigning(tmp_path / "none", verifier)
    key = witness_key(tmp_path / "witness")
    key.chmod(0o644)
    with pytest.raises(Invalid):
        Cosigning(key, verifier)


async def test_a_log_without_destinations_keeps_its_checkpoints_all_the_same(log: AuditLog) -> None:
    unit = Unit()
    await shipping(log, unit).ship()
    assert unit.parts == {"checkpoints": "ok"}
    assert [size for size, _ in log.kept_checkpoints(0)] == [3]
