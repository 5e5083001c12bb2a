"""Advisory locks for what has no row yet: a person or policy that two enrollments may make at the same moment.

They are held to the end of the transaction. Always taken in one call and sorted, so that two cannot wait in a circle.
"""

from collections.abc import Iterable

from shared.db import Tx

LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
  FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place)
 ORDER BY place
"""


def person_lock(ssn_index: bytes) -> str:
    """The lock of whoever has this SSN: taken to enroll them, and to answer for them."""
    return f"person:{ssn_index.hex()}"


async def lock_names(tx: Tx, names: Iterable[str]) -> None:
    """Hold each named lock until the transaction ends."""
    await tx.execute(LOCK, sorted(set(names)))
