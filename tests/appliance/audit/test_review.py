from __future__ import annotations

from appliance.audit.controls import CONTROLS
from appliance.audit.events import AUDIT_EVENT
from appliance.audit.review import PRIVILEGES, READS, REFUSALS, LogResult, Reviewing

FINE = LogResult(True, 100, 3, 0)
KNOWN = set(AUDIT_EVENT.json_schema()["discriminator"]["mapping"])


def review(*told: dict, before=(), log=FINE):
    reviewing = Reviewing("2026-11-30", before)
    for sequence, entry in enumerate(told, 1):
        reviewing.take({"sequence": sequence, "actor": "gateway", "at": 10, "kept": 11, **entry})
    return reviewing.finish(log)


def asked(found) -> list[tuple]:
    return [(one.kind, one.what, one.of, one.count) for one in found.questions]


def test_a_quiet_day_has_no_questions() -> None:
    found = review({"action": "signed_in", "account": "a"}, {"action": "conversation_read", "account": "a"})
    assert (found.clean, found.entries, found.reads) == (True, 2, {"a": 1})


def test_failed_sign_ins_are_asked_about_from_five_on_by_account_and_place() -> None:
    failed = {"action": "sign_in_failed", "account": "a", "source": "h:1"}
    assert review(*[failed] * 4).clean
    assert asked(review(*[failed] * 5)) == [
        ("failed_sign_ins", "account", "a", 5),
        ("failed_sign_ins", "source", "h:1", 5),
    ]
    spread = [{"action": "sign_in_failed", "account": f"a{n}", "source": "h:1"} for n in range(5)]
    assert asked(review(*spread)) == [("failed_sign_ins", "source", "h:1", 5)]


def test_privileges_refusals_keys_and_the_clock_are_always_asked_about() -> None:
    found = review(
        {"action": "role_changed", "account": "a"},
        {"action": "lease_denied", "asker": "scribe", "actor": "vault"},
        {"action": "root_key_rotated", "actor": "vault"},
        {"action": "clock_stepped", "actor": "scribe", "by_ms": -5000},
        {"action": "misattributed", "actor": "phone"},
        {"action": "signed_in", "account": "a", "at": 10**12 * 2, "kept": 11},
        {"action": "checkpoint_not_shipped", "actor": "scribe", "destination": "syslog"},
    )
    assert {one[:3] for one in asked(found)} == {
        ("privilege_changes", "role_changed", "a"),
        ("refusals", "lease_denied", "scribe"),
        ("keys", "root_key_rotated", None),
        ("clock", "clock_stepped", "scribe"),
        ("clock", "told in the future", "gateway"),
        ("log", "misattributed", "phone"),
        ("checkpoints", "checkpoint_not_shipped", "syslog"),
    }
    assert found.questions[-1].sequence is not None


def test_a_lock_is_a_change_of_privileges_where_somebody_set_it() -> None:
    by_tries = {"action": "account_locked", "account": "a"}
    found = review(
        by_tries, {**by_tries, "account": "b", "by": "account:c"}, {"action": "account_unlocked", "account": "b"}
    )
    assert asked(found) == [
        ("failed_sign_ins", "locked", "a", 1),
        ("privilege_changes", "account_locked", "b", 1),
        ("privilege_changes", "account_unlocked", "b", 1),
    ]
    assert found.privilege_changes == 2


def test_reads_are_unusual_by_what_the_account_did_before() -> None:
    read = {"action": "conversation_read", "account": "a"}
    assert review(*[read] * 20).clean
    assert asked(review(*[read] * 21)) == [("unusual_reads", "at most 0 a day before", "a", 21)]
    assert review(*[read] * 30, before=[{"a": 10}, {"a": 2}]).clean
    assert not review(*[read] * 31, before=[{"a": 10}, {"a": 2}]).clean


def test_a_log_that_does_not_verify_is_asked_about() -> None:
    found = review(log=LogResult(False, 100, 3, 2, ("Entries are not in their order.",)))
    assert asked(found) == [("log", "changed", None, 1), ("log", "gap", None, 2)]


def test_what_reviews_and_controls_look_for_exists() -> None:
    assert READS | PRIVILEGES | REFUSALS <= KNOWN
    for control in CONTROLS.values():
        assert set(control.actions) <= KNOWN, control.id
        assert control.actions
        assert control.beside


GLASS = {"request": "r1", "account": "person:a", "conversation": "c1"}


def test_an_emergency_access_is_asked_about_every_day_until_somebody_else_has_looked() -> None:
    opened = {"action": "break_glass_opened", **GLASS}
    first = review(opened, {"action": "break_glass_closed", **GLASS})
    assert ("break_glass", "unreviewed, by person:a", "r1", 1) in asked(first)
    assert first.privilege_changes == 2
    second = Reviewing("2026-12-01", (), dict(first.unreviewed))
    assert [(one.kind, one.of, one.sequence) for one in second.finish(FINE).questions] == [("break_glass", "r1", 1)]
    third = Reviewing("2026-12-02", (), dict(first.unreviewed))
    seen = {"sequence": 9, "actor": "vault", "at": 1, "action": "break_glass_reviewed", **GLASS, "account": "person:b"}
    third.take(seen)
    found = third.finish(FINE)
    assert found.unreviewed == {}
    assert [one.kind for one in found.questions] == ["privilege_changes"]


def test_other_settings_than_before_are_asked_about() -> None:
    found = review({"action": "configuration_changed", "setting": "gateway.port", "actor": "scribe"})
    assert asked(found) == [("configuration", "gateway.port", None, 1)]
