"""The acts that the audit log keeps; it holds ids and networks, never what was typed."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Act(StrEnum):
    """What somebody did, or tried."""

    REGISTERED = "registered"
    USERNAME_REFUSED = "username_refused"
    LOGGED_IN = "logged_in"
    LOG_IN_REFUSED = "log_in_refused"
    LOG_IN_THROTTLED = "log_in_throttled"
    LOGGED_OUT = "logged_out"
    LOGGED_OUT_EVERYWHERE = "logged_out_everywhere"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an act
    PASSWORD_CHANGE_REFUSED = "password_change_refused"  # noqa: S105 - the name of an act
    PASSWORD_RESET_SENT = "password_reset_sent"  # noqa: S105 - the name of an act
    PASSWORD_RESET_USED = "password_reset_used"  # noqa: S105 - the name of an act
    PASSWORD_RESET_REFUSED = "password_reset_refused"  # noqa: S105 - the name of an act
    CASE_OPENED = "case_opened"
    VERIFICATION_STARTED = "verification_started"
    VERIFIED = "verified"
    VERIFICATION_FAILED = "verification_failed"
    PARTNER_KEY_ADDED = "partner_key_added"
    ENROLLMENT_TAKEN = "enrollment_taken"
    ENROLLMENT_REJECTED = "enrollment_rejected"
    ENROLLMENT_FILE_RECEIVED = "enrollment_file_received"
    ENROLLMENT_REFUSED = "enrollment_refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; `subject_id` is the session, verification or import that it was about."""

    act: Act
    account_id: UUID | None = None
    partner_id: UUID | None = None
    subject_id: UUID | None = None
    network: str | None = None
