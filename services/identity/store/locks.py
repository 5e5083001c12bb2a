"""Advisory locks for what has no row yet: a person or policy that two enrollments may make at the same moment.

They are held to the end of the transaction. Always taken in one call and sorted, so that two cannot wait in a circle.
"""

from collections.abc import Iterable

from services.identity.domain.enrollment import Enrollment
from services.identity.domain.names import name_key
from shared.db import Tx

LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
  FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place)
 ORDER BY place
"""


def person_lock(ssn_index: bytes) -> str:
    """The lock of whoever has this SSN: taken to enroll them, and to answer for them."""
    return f"person:{ssn_index.hex()}"


def enrollment_locks(enrollment: Enrollment, ssn_index: bytes | None) -> list[str]:
    """The locks under which an enrollment finds or makes its policy and its member."""
    enrollee, policy = enrollment.enrollee, enrollment.policy
    names = [
        f"policy:{policy.insurer_id}|{policy.policy_number}",
        f"name:{enrollee.date_of_birth}|{name_key(enrollee.legal_name)}",
    ]
    if enrollee.exchange_member_id is not None:
        names.append(f"exchange:{enrollee.exchange_member_id}")
    if ssn_index is not None:
        names.append(person_lock(ssn_index))
    return names


async def lock_names(tx: Tx, names: Iterable[str]) -> None:
    """Hold each named lock until the transaction ends."""
    await tx.execute(LOCK, sorted(set(names)))
