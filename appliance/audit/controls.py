"""Which entries are evidence for which control of HIPAA, PCI DSS 4.0.1 and the GDPR; and what the log cannot show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from appliance.errors import Unknown

SIGN_INS: Final = ("signed_in", "sign_in_failed", "signed_out", "account_locked")
ACCOUNTS: Final = (
    "setup_completed",
    "setup_refused",
    "account_created",
    "account_removed",
    "account_unlocked",
    "role_changed",
    "credential_changed",
    "api_key_created",
    "api_key_revoked",
)
READS: Final = (
    "conversation_read",
    "conversations_listed",
    "reveal_asked",
    "reveal_approved",
    "reveal_denied",
    "values_revealed",
    "person_exported",
)
EMERGENCY: Final = ("break_glass_opened", "break_glass_closed", "break_glass_reviewed")
REFUSALS: Final = ("access_denied", "lease_denied", "code_refused", "misattributed", "unreadable")
KEYS: Final = (
    "key_leased",
    "lease_denied",
    "keys_erased",
    "root_key_rotated",
    "keys_rewrapped",
    "vault_sealed",
    "vault_unsealed",
)
LOG: Final = ("audit_read", "audit_exported", "file_signed", "audit_reviewed", "checkpoint_not_shipped")
UNITS: Final = ("unit_started", "unit_stopped")
CHANGES: Final = ("configuration_changed", "agent_published", "agent_deployed", "agent_rolled_back", "backup_restored")


@dataclass(frozen=True, slots=True)
class Control:
    """`actions` are the events that are evidence; `beside` is what an auditor has to look at besides the log."""

    id: str
    title: str
    actions: tuple[str, ...]
    beside: str


_ALL: Final = (
    Control("hipaa-164.308-a-1-ii-d", "Information system activity review", ("audit_reviewed", "audit_read"),
            "The daily reviews: b2t audit review --day."),
    Control("hipaa-164.308-a-7", "Contingency plan: backup and restore", ("backup_made", "backup_restored"),
            "The report of the last restore drill."),
    Control("hipaa-164.312-a-2-i", "Unique user identification", (*SIGN_INS, *ACCOUNTS),
            "The list of accounts: b2t accounts list --removed."),
    Control("hipaa-164.312-a-2-ii", "Emergency access procedure", EMERGENCY, "Who may open emergency access, and why."),
    Control("hipaa-164.312-a-2-iii", "Automatic logoff", ("signed_in", "signed_out"), "gateway.session_idle_minutes."),
    Control("hipaa-164.312-a-2-iv", "Encryption and decryption", KEYS, "docs/security.md, What is stored, and how."),
    Control("hipaa-164.312-b", "Audit controls, reads included", (*READS, *SIGN_INS, *REFUSALS, *LOG, *UNITS),
            "That this export verifies."),
    Control("hipaa-164.312-c-1", "Integrity", ("audit_reviewed", "misattributed", "unreadable", "backup_restored"),
            "b2t audit verify; that this export verifies."),
    Control("hipaa-164.312-d", "Person or entity authentication", (*SIGN_INS, "credential_changed", "code_refused"),
            "How accounts prove who they are."),
    Control("pci-3.2.1", "Stored data is purged when its time is over", ("data_purged", "hold_set", "hold_lifted"),
            "The purge reports whose hashes these entries hold."),
    Control("pci-3.6-3.7", "Key management", KEYS, "Who holds the root key."),
    Control("pci-8.3.4", "Lockout after ten tries", ("sign_in_failed", "account_locked"), "nothing."),
    Control("pci-10.2.1.1", "Individual access to cardholder data", READS, "nothing."),
    Control("pci-10.2.1.2", "Actions with administrative access",
            (*ACCOUNTS, "account_locked", *EMERGENCY, *CHANGES, "hold_set", "hold_lifted", "person_erased",
             "vault_sealed", "vault_unsealed", "root_key_rotated", "keys_rewrapped"), "nothing."),
    Control("pci-10.2.1.3", "Access to audit logs", ("audit_read", "audit_exported"), "Who can sign in on the box."),
    Control("pci-10.2.1.4", "Invalid access attempts", ("sign_in_failed", "account_locked", "setup_refused", *REFUSALS),
            "nothing."),
    Control("pci-10.2.1.5", "Changes to identification and authentication", (*ACCOUNTS, "account_locked"),
            "nothing."),
    Control("pci-10.2.1.6", "Starting, stopping and pausing of audit logs", (*UNITS, "checkpoint_not_shipped"),
            "Entries of the unit scribe."),
    Control("pci-10.2.1.7", "Creation and deletion of system-level objects",
            ("agent_published", "configuration_changed", "keys_erased", "data_purged", "backup_restored"), "nothing."),
    Control("pci-10.3", "Audit logs are protected from change",
            ("checkpoint_not_shipped", "audit_reviewed", "file_signed"),
            "The checkpoints that were shipped off the box, given to the verifier."),
    Control("pci-10.4.1.1", "Automated daily review", ("audit_reviewed",), "The reviews themselves."),
    Control("pci-10.6", "Time is synchronised", ("clock_stepped",), "The time service's own configuration."),
    Control("pci-10.7", "Failures of controls are found and told", ("checkpoint_not_shipped", "unit_stopped"),
            "Alarms on the box's metrics."),
    Control("gdpr-5-1-e", "Storage limitation", ("data_purged", "hold_set", "hold_lifted"), "The retention settings."),
    Control("gdpr-15", "Right of access", ("person_exported",), "nothing."),
    Control("gdpr-17", "Right to erasure", ("person_erased", "keys_erased"), "The certificates of erasure."),
    Control("gdpr-30", "Records of processing activities", ("configuration_changed", "agent_published", "data_purged"),
            "The register of processing."),
    Control("gdpr-32", "Security of processing", (*READS, *REFUSALS, *KEYS), "docs/security.md."),
    Control("gdpr-33", "Notification of a breach within 72 hours", (*READS, *REFUSALS, *EMERGENCY, *SIGN_INS),
            "b2t audit export --incident for what is concerned."),
)  # fmt: skip
CONTROLS: Final[Mapping[str, Control]] = {control.id: control for control in _ALL}


def control(id: str) -> Control:
    """Raises Unknown, naming how ids look."""
    found = CONTROLS.get(id)
    if found is None:
        raise Unknown("There is no such control; b2t audit controls lists them.")
    return found
