"""What identity remembers of each policy: whose it is, what questions are drawn from, and the announced version.

Also the pool of values that wrong choices are drawn from.
"""

from dataclasses import dataclass
from uuid import UUID

from services.identity.domain.choices import Pool, Remembered
from services.identity.domain.enrollment import Action, Enrollment
from shared.db import Tx

LOCK = """
SELECT member_id, version, content_hash, facts_hash, action
  FROM enrolled_policy
 WHERE insurer_id = $1 AND policy_number = $2
   FOR UPDATE
"""
UPSERT = """
INSERT INTO enrolled_policy (insurer_id, policy_number, member_id, version, content_hash, action, plan, kind,
                             premium_cents, facts_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (insurer_id, policy_number) DO UPDATE
   SET version = $4, content_hash = $5, action = $6, plan = $7, kind = $8, premium_cents = $9, facts_hash = $10,
       updated_at = now()
"""
LIST_REMEMBERED = """
SELECT plan, premium_cents
  FROM enrolled_policy
 WHERE member_id = $1
 ORDER BY kind DESC, insurer_id, policy_number
"""
ADD_TO_POOL = """
INSERT INTO choice_pool (kind, value)
VALUES ('plan', $1), ('zip_prefix', $2)
    ON CONFLICT DO NOTHING
"""
LIST_POOL = """
SELECT kind, value
  FROM choice_pool
 ORDER BY kind DESC, md5(value)
 LIMIT 2000
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A policy as the last enrollment left it; `facts_hash` is None for one of before there was any."""

    member_id: UUID
    version: int
    content_hash: bytes
    facts_hash: bytes | None
    action: Action


async def lock(tx: Tx, insurer_id: str, policy_number: str) -> Known | None:
    """The policy, held until the transaction ends; or None."""
    row = await tx.fetchrow(LOCK, insurer_id, policy_number)
    if row is None:
        return None
    return Known(row["member_id"], row["version"], row["content_hash"], row["facts_hash"], row["action"])


async def upsert(tx: Tx, enrollment: Enrollment, known: Known) -> None:
    """Remember the enrollment as the policy's latest, with its version."""
    policy = enrollment.policy
    await tx.execute(
        UPSERT,
        policy.insurer_id,
        policy.policy_number,
        known.member_id,
        known.version,
        known.content_hash,
        known.action,
        policy.plan,
        policy.kind,
        policy.premium_cents,
        known.facts_hash,
    )


async def list_remembered(tx: Tx, member_id: UUID) -> list[Remembered]:
    """What questions about a member can be drawn from, health before dental."""
    return [Remembered(row["plan"], row["premium_cents"]) for row in await tx.fetch(LIST_REMEMBERED, member_id)]


async def insert_choices(tx: Tx, plan: str, zip_code: str) -> None:
    """Let the plan's name and the area be wrong choices for others."""
    await tx.execute(ADD_TO_POOL, plan, zip_code[:3])


async def list_choices(tx: Tx) -> Pool:
    """What wrong choices are drawn from."""
    rows = await tx.fetch(LIST_POOL)
    return Pool(
        plans=[row["value"] for row in rows if row["kind"] == "plan"],
        zip_prefixes=[row["value"] for row in rows if row["kind"] == "zip_prefix"],
    )
