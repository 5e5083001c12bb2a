"""Verifications and their questions; tries are counted per person (blind index of the SSN), by machine time."""

from datetime import timedelta
from uuid import UUID

import orjson
from asyncpg import Record

from services.identity.domain.verification import Question, QuestionKind, Verification, VerificationStatus
from shared.db import Tx

INSERT = """
INSERT INTO verification (verification_id, account_id, ssn_index, member_id, status, questions)
VALUES ($1, $2, $3, $4, $5, $6::jsonb)
"""
FIND = """
SELECT verification_id, account_id, member_id, status, questions
  FROM verification
 WHERE verification_id = $1 AND account_id = $2
"""
FIND_OPEN = """
SELECT verification_id, account_id, member_id, status, questions
  FROM verification
 WHERE account_id = $1 AND status = 'open'
"""
FIND_LATEST_QUESTIONS = """
SELECT questions
  FROM verification
 WHERE ssn_index = $1 AND member_id IS NOT DISTINCT FROM $2
 ORDER BY created_at DESC
 LIMIT 1
"""
DELETE_OPEN = "DELETE FROM verification WHERE account_id = $1 AND status = 'open'"
UPDATE_STATUS = """
UPDATE verification
   SET status = $2, answered_at = now()
 WHERE verification_id = $1 AND status = 'open'
"""
# Wrong answers to decoys cost no try: they say nothing about a record.
LIST_FAILED_AGES = """
SELECT ceil(extract(epoch FROM answered_at + $2::interval - now()))::bigint AS seconds_left
  FROM verification
 WHERE ssn_index = $1 AND status = 'failed' AND member_id IS NOT NULL AND answered_at > now() - $2::interval
 ORDER BY answered_at DESC
"""


async def insert(tx: Tx, verification: Verification, ssn_index: bytes) -> None:
    """Write a new verification down."""
    questions = [
        {"kind": question.kind.value, "choices": question.choices, "right": question.right}
        for question in verification.questions
    ]
    await tx.execute(
        INSERT,
        verification.verification_id,
        verification.account_id,
        ssn_index,
        verification.member_id,
        verification.status,
        orjson.dumps(questions).decode(),
    )


async def find(tx: Tx, verification_id: UUID, account_id: UUID) -> Verification | None:
    """The account's verification, or None."""
    row = await tx.fetchrow(FIND, verification_id, account_id)
    return _verification(row) if row else None


async def find_open(tx: Tx, account_id: UUID) -> Verification | None:
    """The verification that waits for this account's answers, or None."""
    row = await tx.fetchrow(FIND_OPEN, account_id)
    return _verification(row) if row else None


async def find_latest_questions(tx: Tx, ssn_index: bytes, member_id: UUID | None) -> tuple[Question, ...]:
    """What this person was asked last about this record (or without one); empty when never."""
    questions: str | None = await tx.fetchval(FIND_LATEST_QUESTIONS, ssn_index, member_id)
    return _questions(questions) if questions else ()


async def delete_open(tx: Tx, account_id: UUID) -> None:
    """Take back questions that were not answered and no longer fit the record."""
    await tx.execute(DELETE_OPEN, account_id)


async def update_status(tx: Tx, verification: Verification) -> None:
    """Write the result of an answered verification."""
    await tx.execute(UPDATE_STATUS, verification.verification_id, verification.status)


async def list_seconds_left(tx: Tx, ssn_index: bytes, window: timedelta) -> list[int]:
    """For each wrong try within the window, the latest first: in how many seconds it stops counting."""
    return [row["seconds_left"] for row in await tx.fetch(LIST_FAILED_AGES, ssn_index, window)]


def _verification(row: Record) -> Verification:
    return Verification(
        verification_id=row["verification_id"],
        account_id=row["account_id"],
        member_id=row["member_id"],
        status=VerificationStatus(row["status"]),
        questions=_questions(row["questions"]),
    )


def _questions(stored: str) -> tuple[Question, ...]:
    return tuple(
        Question(QuestionKind(item["kind"]), tuple(item["choices"]), item["right"]) for item in orjson.loads(stored)
    )
