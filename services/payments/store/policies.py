"""Policies with their rates: one statement per function, the rates of a policy in arrays beside it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.payments.domain.policy import CoverageStatus, Policy, PolicyKind
from services.payments.domain.premium import Rate
from shared.db import Tx

SELECT = """
SELECT p.policy_id, p.policy_number, p.exchange_policy_id, p.insurer_id, p.insurer_name, p.member_id, p.kind, p.plan,
       p.premium_cents, p.subsidy_cents, p.coverage_start_on, p.coverage_end_on, p.end_version, p.status,
       p.paid_through_on, p.first_billed_month, p.last_billed_month, p.next_bill_month, p.next_bill_at,
       p.enrollment_version, p.version, r.versions, r.months, r.premiums_cents, r.subsidies_cents
  FROM policy AS p
 CROSS JOIN LATERAL (
           SELECT array_agg(enrollment_version ORDER BY enrollment_version) AS versions,
                  array_agg(from_month ORDER BY enrollment_version) AS months,
                  array_agg(premium_cents ORDER BY enrollment_version) AS premiums_cents,
                  array_agg(subsidy_cents ORDER BY enrollment_version) AS subsidies_cents
             FROM policy_rate
            WHERE policy_rate.policy_id = p.policy_id) AS r
"""
LIST_FOR_MEMBER = SELECT + "WHERE p.member_id = $1 ORDER BY p.coverage_start_on, p.policy_number, p.insurer_id"
FIND_OWNED = SELECT + "WHERE p.policy_id = $1 AND p.member_id = $2"
LOCK_MANY = SELECT + "WHERE p.policy_id = ANY ($1::uuid[]) ORDER BY p.policy_id FOR UPDATE OF p"
LOCK_BY_NUMBER = SELECT + "WHERE p.insurer_id = $1 AND p.policy_number = $2 FOR UPDATE OF p"
LOCK_TO_BILL = SELECT + "WHERE p.member_id = $1 AND p.next_bill_at <= $2 ORDER BY p.policy_id FOR UPDATE OF p"


class PolicyNotFound(Exception):
    """No such policy, or it is somebody else's."""


async def insert(tx: Tx, policy: Policy) -> bool:
    """Write a new policy, without its rates; False when one with its number is there already."""
    inserted: int | None = await tx.fetchval(
        """
        INSERT INTO policy (policy_id, policy_number, exchange_policy_id, insurer_id, insurer_name, member_id, kind,
                            plan, premium_cents, subsidy_cents, coverage_start_on, coverage_end_on, status,
                            end_version, enrollment_version, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            ON CONFLICT (insurer_id, policy_number) DO NOTHING
        RETURNING 1
        """,
        policy.policy_id,
        policy.policy_number,
        policy.exchange_policy_id,
        policy.insurer_id,
        policy.insurer_name,
        policy.member_id,
        policy.kind,
        policy.plan,
        policy.premium_cents,
        policy.subsidy_cents,
        policy.coverage_start_on,
        policy.coverage_end_on,
        policy.status,
        policy.end_version,
        policy.enrollment_version,
        policy.version,
    )
    return inserted is not None


async def insert_rates(tx: Tx, policy: Policy) -> None:
    """Write those rates of a policy that are not there yet."""
    await tx.execute(
        """
        INSERT INTO policy_rate (policy_id, enrollment_version, from_month, premium_cents, subsidy_cents)
        SELECT $1, *
          FROM unnest($2::bigint[], $3::date[], $4::bigint[], $5::bigint[])
            ON CONFLICT (policy_id, enrollment_version) DO NOTHING
        """,
        policy.policy_id,
        [rate.enrollment_version for rate in policy.rates],
        [rate.from_month for rate in policy.rates],
        [rate.premium_cents for rate in policy.rates],
        [rate.subsidy_cents for rate in policy.rates],
    )


async def list_for_member(tx: Tx, member_id: UUID) -> list[Policy]:
    """Read a member's policies, by start of coverage."""
    return [_policy(row) for row in await tx.fetch(LIST_FOR_MEMBER, member_id)]


async def find_owned(tx: Tx, policy_id: UUID, member_id: UUID) -> Policy | None:
    """Read a policy of a member; None where there is none such, or it is another's."""
    row = await tx.fetchrow(FIND_OWNED, policy_id, member_id)
    return _policy(row) if row else None


async def get_owned(tx: Tx, policy_id: UUID, member_id: UUID) -> Policy:
    """Read a policy of a member. Raises PolicyNotFound, also for another's."""
    policy = await find_owned(tx, policy_id, member_id)
    if policy is None:
        raise PolicyNotFound(policy_id)
    return policy


async def lock(tx: Tx, policy_id: UUID) -> Policy:
    """Lock a policy. Raises PolicyNotFound."""
    for policy in await lock_many(tx, [policy_id]):
        return policy
    raise PolicyNotFound(policy_id)


async def lock_many(tx: Tx, policy_ids: Sequence[UUID]) -> list[Policy]:
    """Lock some policies, ordered by id, so that two who lock the same ones wait instead of deadlock."""
    return [_policy(row) for row in await tx.fetch(LOCK_MANY, policy_ids)]


async def lock_by_number(tx: Tx, insurer_id: str, policy_number: str) -> Policy | None:
    """Lock the policy of an insurer with that number; None where there is none."""
    row = await tx.fetchrow(LOCK_BY_NUMBER, insurer_id, policy_number)
    return _policy(row) if row else None


async def lock_member(tx: Tx, member_id: UUID) -> None:
    """Wait until nobody else works on the money of this member, and keep it so until the commit.

    Whoever locks several rows of a member (payments, bills, policies) takes this lock first: then they never deadlock.
    """
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':member:' || $1::uuid::text, 0))", member_id
    )


async def claim_member_to_bill(tx: Tx, now: datetime) -> UUID | None:
    """Take `lock_member` of a member with policies to be billed, the longest waiting of those that are free.

    None when there is none, or others are at work on all of the first hundred.
    """
    member_id: UUID | None = await tx.fetchval(
        """
        WITH waiting AS MATERIALIZED (
            SELECT member_id
              FROM policy
             WHERE next_bill_at <= $1
             ORDER BY next_bill_at, member_id
             LIMIT 100
        )
        SELECT member_id
          FROM waiting
         WHERE pg_try_advisory_xact_lock(hashtextextended(current_schema() || ':member:' || member_id::text, 0))
         LIMIT 1
        """,
        now,
    )
    return member_id


async def lock_to_bill(tx: Tx, member_id: UUID, now: datetime) -> list[Policy]:
    """Lock those policies of a member whose next bill is to be issued."""
    return [_policy(row) for row in await tx.fetch(LOCK_TO_BILL, member_id, now)]


async def find_next_bill_at(tx: Tx) -> datetime | None:
    """When the next bill is to be issued; in the past when the job is behind."""
    at: datetime | None = await tx.fetchval("SELECT min(next_bill_at) FROM policy WHERE next_bill_at IS NOT NULL")
    return at


async def update(tx: Tx, policy: Policy) -> None:
    """Save a locked policy, its rates aside. Raises PolicyNotFound when it is gone or newer than this one."""
    updated = await tx.fetchval(
        """
        UPDATE policy
           SET exchange_policy_id = $2, insurer_name = $3, member_id = $4, kind = $5, plan = $6, premium_cents = $7,
               subsidy_cents = $8, coverage_start_on = $9, coverage_end_on = $10, status = $11, paid_through_on = $12,
               first_billed_month = $13, last_billed_month = $14, next_bill_month = $15, next_bill_at = $16,
               end_version = $17, enrollment_version = $18, version = $19
         WHERE policy_id = $1 AND version <= $19
        RETURNING 1
        """,
        policy.policy_id,
        policy.exchange_policy_id,
        policy.insurer_name,
        policy.member_id,
        policy.kind,
        policy.plan,
        policy.premium_cents,
        policy.subsidy_cents,
        policy.coverage_start_on,
        policy.coverage_end_on,
        policy.status,
        policy.paid_through_on,
        policy.first_billed_month,
        policy.last_billed_month,
        policy.next_bill_month,
        policy.next_bill_at,
        policy.end_version,
        policy.enrollment_version,
        policy.version,
    )
    if updated is None:
        raise PolicyNotFound(policy.policy_id)


def _policy(row: asyncpg.Record) -> Policy:
    return Policy(
        policy_id=row["policy_id"],
        policy_number=row["policy_number"],
        exchange_policy_id=row["exchange_policy_id"],
        insurer_id=row["insurer_id"],
        insurer_name=row["insurer_name"],
        member_id=row["member_id"],
        kind=PolicyKind(row["kind"]),
        plan=row["plan"],
        premium_cents=row["premium_cents"],
        subsidy_cents=row["subsidy_cents"],
        coverage_start_on=row["coverage_start_on"],
        coverage_end_on=row["coverage_end_on"],
        end_version=row["end_version"],
        status=CoverageStatus(row["status"]),
        paid_through_on=row["paid_through_on"],
        first_billed_month=row["first_billed_month"],
        last_billed_month=row["last_billed_month"],
        next_bill_month=row["next_bill_month"],
        next_bill_at=row["next_bill_at"],
        enrollment_version=row["enrollment_version"],
        rates=_rates(row),
        version=row["version"],
    )


def _rates(row: asyncpg.Record) -> tuple[Rate, ...]:
    told = zip(
        row["versions"] or (),
        row["months"] or (),
        row["premiums_cents"] or (),
        row["subsidies_cents"] or (),
        strict=True,
    )
    return tuple(Rate(*rate) for rate in told)
