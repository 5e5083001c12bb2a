"""Whom a policy covers beside its member."""

from collections.abc import Sequence

from services.identity.domain.member import Dependent, Dependents
from shared.db import Tx

DELETE_ALL = "DELETE FROM enrolled_dependent WHERE insurer_id = $1 AND policy_number = $2"
# A corrected name or birth date is the same dependent where the marketplace's id says so.
DELETE_NAMED = """
DELETE FROM enrolled_dependent
 WHERE insurer_id = $1 AND policy_number = $2
   AND (dependent_key = ANY($3::text[]) OR exchange_member_id = ANY($4::text[]))
"""
INSERT = """
INSERT INTO enrolled_dependent (insurer_id, policy_number, dependent_key, exchange_member_id, first_name, middle_name,
                                last_name, suffix, date_of_birth)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (insurer_id, policy_number, dependent_key) DO NOTHING
"""


async def save(tx: Tx, insurer_id: str, policy_number: str, told: Dependents) -> None:
    """Keep who is covered, drop who is not any more; whom the enrollment does not name stay, unless it is complete."""
    if told.is_complete:
        await tx.execute(DELETE_ALL, insurer_id, policy_number)
    elif told.covered or told.ended:
        await _delete_named(tx, insurer_id, policy_number, (*told.covered, *told.ended))
    if told.covered:
        await tx.executemany(INSERT, [_values(insurer_id, policy_number, one) for one in told.covered])


async def _delete_named(tx: Tx, insurer_id: str, policy_number: str, named: Sequence[Dependent]) -> None:
    ids = [one.exchange_member_id for one in named if one.exchange_member_id is not None]
    await tx.execute(DELETE_NAMED, insurer_id, policy_number, [one.key for one in named], ids)


def _values(insurer_id: str, policy_number: str, one: Dependent) -> tuple[object, ...]:
    name = one.legal_name
    return (
        insurer_id,
        policy_number,
        one.key,
        one.exchange_member_id,
        name.first,
        name.middle,
        name.last,
        name.suffix,
        one.date_of_birth,
    )
