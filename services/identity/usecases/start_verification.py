"""Ask a person three questions from their enrollment record, or decoys that look the same where there is none.

Who asks again gets the same questions, and so does whoever makes another account in the same person's name: what was
asked last is asked again as long as the right answers are the same. Next: `answer_verification.py`.
"""

from uuid import UUID

from services.identity.domain.account import Account, AccountStatus
from services.identity.domain.audit import Act, Entry
from services.identity.domain.choices import Pool, draw_questions
from services.identity.domain.member import Member
from services.identity.domain.names import name_key
from services.identity.domain.rules import Rules
from services.identity.domain.verification import NoAttemptLeft, Question, Verification, VerificationStatus
from services.identity.providers.keyring import KeyRing
from services.identity.store import accounts, audit, enrolled_policies, verifications
from services.identity.store.locks import lock_names, person_lock
from services.identity.usecases.find_record import find_record
from services.identity.usecases.show_account import AccountUnknown
from shared.db import Tx


class AlreadyVerified(Exception):
    """The account is linked to its record already."""


class StillWaiting(Exception):
    """The questions were answered and the record has not come yet: there is nothing to ask."""


async def start_verification(
    tx: Tx, keys: KeyRing, rules: Rules, account_id: UUID, verification_id: UUID
) -> Verification:
    """The verification that waits for answers. Raises AlreadyVerified, StillWaiting, NoAttemptLeft, AccountUnknown."""
    account = await _lock(tx, account_id)
    left = await verifications.list_seconds_left(tx, account.ssn_index, rules.verification.window)
    if len(left) >= rules.verification.attempts:
        raise NoAttemptLeft(left[rules.verification.attempts - 1])
    member = await find_record(tx, account)
    member_id = member.member_id if member else None
    questions = await _questions(tx, keys, rules, account, member)
    waiting = await verifications.find_open(tx, account_id)
    if waiting is not None and waiting.member_id == member_id and waiting.questions == questions:
        return waiting
    await verifications.delete_open(tx, account_id)
    verification = Verification(verification_id, account_id, member_id, VerificationStatus.OPEN, questions)
    await verifications.insert(tx, verification, account.ssn_index)
    await audit.insert(tx, Entry(Act.VERIFICATION_STARTED, account_id=account_id, subject_id=verification_id))
    return verification


async def _lock(tx: Tx, account_id: UUID) -> Account:
    found = await accounts.find(tx, account_id)
    if found is None:
        raise AccountUnknown
    await lock_names(tx, [person_lock(found.ssn_index)])
    account = await accounts.lock(tx, account_id)
    if account is None:
        raise AccountUnknown
    if account.status is AccountStatus.VERIFIED:
        raise AlreadyVerified
    if account.status is AccountStatus.WAITING_FOR_RECORD:
        raise StillWaiting
    return account


async def _questions(
    tx: Tx, keys: KeyRing, rules: Rules, account: Account, member: Member | None
) -> tuple[Question, ...]:
    """Drawn anew, unless what this person was asked last has the same right answers."""
    pool = await enrolled_policies.list_choices(tx)
    policies = await enrolled_policies.list_remembered(tx, member.member_id) if member else []
    who = f"{account.ssn_index.hex()}|{account.date_of_birth}|{name_key(account.legal_name)}"
    drawn = draw_questions(
        keys.keyed_hash(b"choices", who.encode()),
        policies,
        member.address.zip_code if member else None,
        Pool([*pool.plans, *rules.pool.plans], pool.zip_prefixes or rules.pool.zip_prefixes),
    )
    asked = await verifications.find_latest_questions(tx, account.ssn_index, member.member_id if member else None)
    return asked if _rights(asked) == _rights(drawn) else drawn


def _rights(questions: tuple[Question, ...]) -> list[str | None]:
    return [question.right for question in questions]
