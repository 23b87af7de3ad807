"""Every place a root key can be in: it is made once, found again, rotated, and what it wrapped stays readable."""

from __future__ import annotations

import os
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config import Paths, VaultConfig
from appliance.errors import Conflict, Denied, Invalid, Tampered, Unavailable
from appliance.privacy.vault import RootKey, new_root_file, root_line
from services.vault import sealed_root
from services.vault.keeper import RootKeeper


def keeper(tmp_path: Path, **settings: object) -> RootKeeper:
    made = RootKeeper(VaultConfig.model_validate(settings), Paths(tmp_path / "data"))
    made.start()
    return made


def write_secret(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    file.chmod(0o600)


# ---- file -------------------------------------------------------------------------------------------------------


def test_a_root_key_in_a_file_is_rotated_and_the_old_one_still_unwraps(tmp_path):
    first = keeper(tmp_path)
    old = first.root.make("c1", "raw")
    assert first.rotate() == 2
    new = first.root.make("c2", "raw")
    assert (old.root_generation, new.root_generation) == (1, 2)
    again = keeper(tmp_path)
    assert again.root.unwrap(old) == first.root.unwrap(old)
    assert again.root.unwrap(new) == first.root.unwrap(new)
    file = tmp_path / "data" / "secrets" / "root.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().splitlines()) == 2


def test_a_copy_that_did_not_rotate_finds_the_new_generation(tmp_path):
    one, other = keeper(tmp_path), keeper(tmp_path)
    one.rotate()
    wrapped = one.root.make("c1", "raw")
    with pytest.raises(Tampered):
        other.root.unwrap(wrapped)
    other.reload()
    assert other.root.unwrap(wrapped) == one.root.unwrap(wrapped)
    assert {one.rotate(), other.rotate()} == {3, 4}


def test_a_root_key_of_another_user_is_refused(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    keeper(tmp_path)
    os.chown(tmp_path / "data" / "secrets" / "root.key", 12345, -1)
    with pytest.raises(Invalid, match="another user"):
        keeper(tmp_path)


def test_a_root_key_that_is_a_link_is_checked_and_rotated_where_it_leads_to(tmp_path):
    elsewhere, link = tmp_path / "elsewhere", tmp_path / "data" / "secrets" / "root.key"
    write_secret(elsewhere, new_root_file())
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    keeper(tmp_path).rotate()
    assert link.is_symlink()
    assert len(elsewhere.read_text().splitlines()) == 2
    elsewhere.chmod(0o644)
    with pytest.raises(Invalid, match="0600"):
        keeper(tmp_path)


# ---- systemd credential ---------------------------------------------------------------------------------------------


def test_a_root_key_may_be_a_systemd_credential(tmp_path, monkeypatch):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    material = os.urandom(32)
    (credentials / "b2t-root-key").write_text(root_line(1, material))
    opened = keeper(tmp_path, root_key="credential")
    wrapped = opened.root.make("c1", "raw")
    assert RootKey({1: material}).unwrap(wrapped) == opened.root.unwrap(wrapped)
    with pytest.raises(Denied, match="root-line 2"):
        opened.rotate()


def test_a_credential_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(Unavailable, match="CREDENTIALS_DIRECTORY"):
        keeper(tmp_path, root_key="credential")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(Unavailable, match="b2t-root-key"):
        keeper(tmp_path, root_key="credential")
    (tmp_path / "b2t-root-key").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid):
        keeper(tmp_path, root_key="credential")


# ---- moving from one place to another -------------------------------------------------------------------------------


def test_a_root_key_moves_from_a_file_to_a_credential(tmp_path, monkeypatch):
    old = keeper(tmp_path).root.make("c1", "raw")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "b2t-root-key").write_text(root_line(2, os.urandom(32)))
    moved = keeper(tmp_path, root_key="credential", root_key_before=["file"])
    assert moved.root.rewrap(old).root_generation == 2
    (tmp_path / "b2t-root-key").write_text(root_line(1, os.urandom(32)))
    with pytest.raises(Invalid, match="numbered twice"):
        keeper(tmp_path, root_key="credential", root_key_before=["file"])


# ---- shares ---------------------------------------------------------------------------------------------------------


def with_shares(tmp_path: Path, needed: int = 2, of: int = 3) -> tuple[RootKeeper, tuple[str, ...]]:
    pytest.importorskip("shamir_mnemonic", reason="shamir-mnemonic is not installed (extra shares)")
    made = keeper(tmp_path, root_key="shares")
    assert made.state == "new"
    shares = made.split(needed, of)
    assert made.state == "new"
    assert made.confirm() == needed
    return made, shares


def approve(made: RootKeeper, shares: tuple[str, ...]) -> None:
    for share in shares[:2]:
        given = made.approve(share)
    assert given.given == given.needed == 2


def test_one_person_cannot_make_new_shares_of_what_two_open(tmp_path):
    made, shares = with_shares(tmp_path)
    with pytest.raises(Denied, match="approve"):
        made.split(2, 2)
    made.approve(shares[0])
    made.approve(shares[0])
    with pytest.raises(Denied, match="approve"):
        made.split(2, 2)
    made.approve(shares[1])
    made.split(2, 2)
    with pytest.raises(Denied, match="approve"):
        made.split(2, 2)
    with pytest.raises(Denied, match="never split"):
        keeper(tmp_path / "plain").approve(shares[0])


@pytest.mark.parametrize("chosen", [(0, 1), (2, 0), (1, 2)])
def test_any_two_of_three_shares_open_the_vault(tmp_path, chosen):
    made, shares = with_shares(tmp_path)
    wrapped = made.root.make("c1", "raw")
    later = keeper(tmp_path, root_key="shares")
    assert later.state == "sealed"
    with pytest.raises(Unavailable, match="sealed"):
        _ = later.root
    first, second = (shares[one] for one in chosen)
    assert later.give(first).given == 1
    assert later.give(first.upper() + " ").given == 1
    assert later.state == "sealed"
    assert later.give(second) == type(later.progress)(2, 2)
    assert later.state == "open"
    assert later.root.unwrap(wrapped) == made.root.unwrap(wrapped)
    with pytest.raises(Conflict):
        later.give(second)


def test_the_root_key_is_rotated_without_new_shares(tmp_path):
    made, shares = with_shares(tmp_path)
    assert made.rotate() == 2
    later = keeper(tmp_path, root_key="shares")
    later.give(shares[0])
    later.give(shares[2])
    assert later.root.generations == (1, 2)


def test_new_shares_put_the_old_ones_out_of_force_when_they_are_confirmed(tmp_path):
    made, old = with_shares(tmp_path)
    wrapped = made.root.make("c1", "raw")
    approve(made, old)
    new = made.split(3, 4)
    unconfirmed = keeper(tmp_path, root_key="shares")
    unconfirmed.give(old[0])
    assert unconfirmed.give(old[1]).given == 2
    made.confirm()
    with pytest.raises(Conflict):
        made.confirm()
    later = keeper(tmp_path, root_key="shares")
    with pytest.raises(Invalid, match="not of the set"):
        later.give(old[0])
    for share in new[1:]:
        later.give(share)
    assert later.root.unwrap(wrapped) == made.root.unwrap(wrapped)


def test_shares_made_before_a_rotation_are_not_confirmed_after_it(tmp_path):
    made, shares = with_shares(tmp_path)
    approve(made, shares)
    made.split(2, 2)
    made.rotate()
    with pytest.raises(Conflict, match="rotated"):
        made.confirm()


def test_shares_that_waited_when_the_vault_was_sealed_do_not_open_it(tmp_path):
    made, shares = with_shares(tmp_path)
    approve(made, shares)
    made.split(2, 2)
    made.seal()
    with pytest.raises(Unavailable, match="sealed"):
        made.confirm()
    assert made.state == "sealed"
    for share in shares[:2]:
        made.give(share)
    with pytest.raises(Conflict, match="No shares wait"):
        made.confirm()


def test_an_approval_ends_when_the_vault_is_sealed(tmp_path):
    made, shares = with_shares(tmp_path)
    approve(made, shares)
    made.seal()
    for share in shares[:2]:
        made.give(share)
    with pytest.raises(Denied, match="approve"):
        made.split(2, 2)


def test_no_generation_is_lost_to_shares_from_before_it_was_made(tmp_path):
    made, shares = with_shares(tmp_path)
    approve(made, shares)
    made.split(2, 2)
    made.rotate()
    wrapped = made.root.make("c1", "raw")
    file = Paths(tmp_path / "data").sealed_root
    before = file.read_bytes()
    made.seal()
    with pytest.raises(Unavailable, match="sealed"):
        made.confirm()
    assert file.read_bytes() == before
    for share in shares[:2]:
        made.give(share)
    with pytest.raises(Conflict):
        made.confirm()
    assert file.read_bytes() == before
    assert len(made.root.unwrap(wrapped)) == 32


def test_shares_of_other_generations_than_those_in_use_are_not_confirmed(tmp_path):
    made, shares = with_shares(tmp_path)
    approve(made, shares)
    made.split(2, 2)
    assert made._pending is not None
    made._pending.sealed.generations[7] = made._pending.sealed.generations.pop(1)
    with pytest.raises(Conflict, match="rotated"):
        made.confirm()


def test_shares_that_another_copy_put_in_force_are_not_written_over(tmp_path):
    pytest.importorskip("shamir_mnemonic", reason="shamir-mnemonic is not installed (extra shares)")
    keeper(tmp_path)
    one = keeper(tmp_path, root_key="shares", root_key_before=["file"])
    other = keeper(tmp_path, root_key="shares", root_key_before=["file"])
    one.split(2, 2)
    other.split(2, 2)
    one.confirm()
    file = Paths(tmp_path / "data").sealed_root
    before = file.read_bytes()
    with pytest.raises(Conflict, match="Another copy"):
        other.confirm()
    assert file.read_bytes() == before


def test_a_wrong_word_is_noticed_and_not_quoted(tmp_path):
    _, shares = with_shares(tmp_path)
    later = keeper(tmp_path, root_key="shares")
    words = shares[0].split()
    words[8] = "academic" if words[8] != "academic" else "acid"
    for wrong in (" ".join(words), "hello world", "", shares[0].replace(" ", "")):
        with pytest.raises(Invalid) as refused:
            later.give(wrong)
        assert words[8] not in str(refused.value)
    assert later.progress.given == 0


def test_a_running_vault_is_sealed_and_opened_again(tmp_path):
    made, shares = with_shares(tmp_path)
    wrapped = made.root.make("c1", "raw")
    material = made.root.unwrap(wrapped)
    made.seal()
    assert made.state == "sealed"
    made.give(shares[0])
    made.give(shares[1])
    assert made.root.unwrap(wrapped) == material
    with pytest.raises(Denied):
        keeper(tmp_path / "plain").seal()


def test_a_box_moves_from_a_file_to_shares(tmp_path):
    old = keeper(tmp_path).root.make("c1", "raw")
    moved = keeper(tmp_path, root_key="shares", root_key_before=["file"])
    assert moved.state == "open"
    with pytest.raises(Unavailable):
        moved.rotate()
    shares = moved.split(2, 2)
    moved.confirm()
    assert moved.root.rewrap(old).root_generation == 2
    later = keeper(tmp_path, root_key="shares", root_key_before=["file"])
    assert later.state == "sealed"
    later.give(shares[0])
    later.give(shares[1])
    assert later.root.generations == (1, 2)


def test_every_changed_bit_of_the_sealed_root_key_is_noticed(tmp_path):
    with_shares(tmp_path)
    file = tmp_path / "data" / "secrets" / "root.sealed"
    whole = sealed_root.read(file)
    assert whole is not None
    unlocking = os.urandom(32)
    sealed = sealed_root.seal(unlocking, {1: os.urandom(32), 2: os.urandom(32)})
    box = sealed.generations[1]
    for position in range(len(box) * 8):
        changed = bytearray(box)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(Tampered):
            replace(sealed, generations={1: bytes(changed)}).open(unlocking)
    for other in (
        replace(sealed, generations={2: box}),
        replace(sealed, generations={1: sealed.generations[2]}),
        replace(sealed, generations={1: box[:-1]}),
        replace(sealed, generations={1: b""}),
    ):
        with pytest.raises(Tampered):
            other.open(unlocking)
    with pytest.raises(Tampered, match="another unlocking key"):
        sealed.open(os.urandom(32))
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(Invalid):
        keeper(tmp_path, root_key="shares")


# ---- TPM ------------------------------------------------------------------------------------------------------------


def test_a_tpm_unlocks_at_every_start_and_another_one_does_not(tmp_path, tcti):
    made = keeper(tmp_path, root_key="tpm", tpm=tcti)
    wrapped = made.root.make("c1", "raw")
    assert made.rotate() == 2
    again = keeper(tmp_path, root_key="tpm", tpm=tcti)
    assert again.root.unwrap(wrapped) == made.root.unwrap(wrapped)
    assert again.root.generations == (1, 2)
    subprocess.run(["tpm2_clear", "-T", tcti, "-Q"], check=True, capture_output=True)
    with pytest.raises(Denied, match="another one"):
        keeper(tmp_path, root_key="tpm", tpm=tcti)


def test_a_tpm_in_another_state_refuses_and_shares_help(tmp_path, tcti):
    settings = {"root_key": "tpm", "tpm": tcti, "tpm_registers": "sha256:16"}
    made = keeper(tmp_path, **settings)
    wrapped = made.root.make("c1", "raw")
    shares = made.split(2, 3)
    made.confirm()
    assert keeper(tmp_path, **settings).state == "open"
    subprocess.run(["tpm2_pcrextend", "-T", tcti, "16:sha256=" + "ab" * 32], check=True, capture_output=True)
    locked = keeper(tmp_path, **settings)
    assert locked.state == "sealed"
    locked.give(shares[0])
    locked.give(shares[1])
    assert locked.root.unwrap(wrapped) == made.root.unwrap(wrapped)
    assert keeper(tmp_path, **settings).state == "open"


def test_a_tpm_that_is_not_there_is_unavailable(tmp_path, tcti):
    with pytest.raises(Unavailable):
        keeper(tmp_path, root_key="tpm", tpm="swtpm:host=127.0.0.1,port=1")


# ---- PKCS#11 --------------------------------------------------------------------------------------------------------


@pytest.fixture
def hsm(tmp_path, softhsm, token) -> dict[str, object]:
    write_secret(tmp_path / "data" / "secrets" / "pkcs11.pin", "1234\n")
    return {"root_key": "pkcs11", "pkcs11_module": str(softhsm), "pkcs11_token": token}


def test_a_token_wraps_and_unwraps_and_never_gives_its_key(tmp_path, hsm):
    made = keeper(tmp_path, **hsm)
    wrapped = made.root.make("c1", "raw")
    assert made.rotate() == 2
    again = keeper(tmp_path, **hsm)
    assert again.root.unwrap(wrapped) == made.root.unwrap(wrapped)
    assert again.root.rewrap(wrapped).root_generation == 2
    import pkcs11

    session = pkcs11.lib(str(hsm["pkcs11_module"])).get_token(token_label=hsm["pkcs11_token"]).open()
    keys = list(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY}))
    assert len(keys) == 2
    for key in keys:
        assert key[pkcs11.Attribute.NEVER_EXTRACTABLE]
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


def test_what_a_token_did_not_wrap_is_tampered_with(tmp_path, hsm):
    root = keeper(tmp_path, **hsm).root
    wrapped = root.make("c1", "raw")
    last = bytes([wrapped.wrapped[-1] ^ 1])
    for changed in (
        replace(wrapped, conversation="c2"),
        replace(wrapped, wrapped=wrapped.wrapped[:-1] + last),
        replace(wrapped, wrapped=wrapped.wrapped[:-1]),
        replace(wrapped, wrapped=b""),
    ):
        with pytest.raises(Tampered):
            root.unwrap(changed)
    assert root.unwrap(wrapped)


def test_a_wrong_pin_and_a_token_that_is_not_there_are_named(tmp_path, hsm):
    with pytest.raises(Invalid, match="no token named"):
        keeper(tmp_path, **{**hsm, "pkcs11_token": "nobody"})
    write_secret(tmp_path / "data" / "secrets" / "pkcs11.pin", "4321")
    with pytest.raises(Invalid, match="PIN"):
        keeper(tmp_path, **hsm)
    with pytest.raises(Invalid, match="pkcs11_module"):
        keeper(tmp_path, root_key="pkcs11")


def test_a_key_that_can_be_taken_out_of_the_token_is_not_used(tmp_path, hsm):
    import pkcs11

    names = pkcs11.Attribute
    session = pkcs11.lib(str(hsm["pkcs11_module"])).get_token(token_label=hsm["pkcs11_token"])
    with session.open(user_pin="1234", rw=True) as opened:
        opened.generate_key(pkcs11.KeyType.AES, 256, label="b2t root 1", store=True, template={names.EXTRACTABLE: True})
        with pytest.raises(Invalid, match="taken out"):
            keeper(tmp_path, **hsm)


def test_a_box_moves_from_a_file_to_a_token(tmp_path, hsm):
    old = keeper(tmp_path).root.make("c1", "raw")
    moved = keeper(tmp_path, **hsm, root_key_before=["file"])
    assert moved.root.rewrap(old).root_generation == 2
    assert moved.root.unwrap(moved.root.rewrap(old)) == moved.root.unwrap(old)
