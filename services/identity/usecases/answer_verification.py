"""Judge the answers: link the account to its member record, or not.

A record that another account is linked to fails the same way as a wrong answer. Without a record the verification
fails too, whatever was answered, and only then is it told that there is none yet: the account waits for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.identity.domain.account import Account, AccountStatus
from services.identity.domain.audit import Act, Entry
from services.identity.domain.verification import AttemptRule, NoAttemptLeft, Verification, VerificationStatus
from services.identity.store import accounts, audit, verifications
from services.identity.store.locks import lock_names, person_lock
from services.identity.usecases.find_record import find_record
from services.identity.usecases.show_account import AccountUnknown
from shared import outbox
from shared.db import Tx


class VerificationUnknown(Exception):
    """The account has no such verification."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answered verification, and the account as it stands then."""

    verification: Verification
    account: Account


async def answer_verification(
    tx: Tx, rule: AttemptRule, account_id: UUID, verification_id: UUID, answers: Mapping[str, str], now: datetime
) -> Judged:
    """The verification with its result; one that was answered before keeps it, whatever is answered now.

    Raises VerificationUnknown, AnswersInvalid, NoAttemptLeft.
    """
    account = await _lock(tx, account_id)
    verification = await verifications.find(tx, verification_id, account_id)
    if verification is None:
        raise VerificationUnknown
    if verification.status is not VerificationStatus.OPEN:
        return Judged(verification, account)
    verification.check(answers)
    if verification.member_id is not None:
        left = await verifications.list_seconds_left(tx, account.ssn_index, rule.window)
        if len(left) >= rule.attempts:
            raise NoAttemptLeft(left[rule.attempts - 1])
    record = await find_record(tx, account)
    if record is not None and verification.all_right(answers) and record.member_id == verification.member_id:
        return await _link(tx, account, verification, record.member_id, now)
    return await _fail(tx, account, verification, record_exists=record is not None)


async def _lock(tx: Tx, account_id: UUID) -> Account:
    """The account, with the lock of its person first: an enrollment that comes now waits, or has been seen."""
    found = await accounts.find(tx, account_id)
    if found is None:
        raise AccountUnknown
    await lock_names(tx, [person_lock(found.ssn_index)])
    account = await accounts.lock(tx, account_id)
    if account is None:
        raise AccountUnknown
    return account


async def _link(tx: Tx, account: Account, verification: Verification, member_id: UUID, now: datetime) -> Judged:
    if await accounts.is_linked(tx, member_id):
        return await _fail(tx, account, verification, record_exists=True)
    verified, fact = account.verify(member_id, now)
    ended = verification.end(VerificationStatus.VERIFIED)
    await accounts.update_status(tx, verified)
    await verifications.update_status(tx, ended)
    await outbox.add(tx, fact)
    await audit.insert(tx, _entry(Act.VERIFIED, ended))
    return Judged(ended, verified)


async def _fail(tx: Tx, account: Account, verification: Verification, *, record_exists: bool) -> Judged:
    ended = verification.end(VerificationStatus.FAILED)
    await verifications.update_status(tx, ended)
    await audit.insert(tx, _entry(Act.VERIFICATION_FAILED, ended))
    if record_exists or account.status is not AccountStatus.UNVERIFIED:
        return Judged(ended, account)
    waiting = account.wait_for_record()
    await accounts.update_status(tx, waiting)
    return Judged(ended, waiting)


def _entry(act: Act, verification: Verification) -> Entry:
    return Entry(act, account_id=verification.account_id, subject_id=verification.verification_id)
