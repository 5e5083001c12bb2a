"""The ledger's statements. Append-only: there is an insert and nothing else; `checks.py` reads it back."""

from collections.abc import Sequence
from typing import Any

from services.payments.domain.ledger import LedgerTransaction
from shared.db import Tx


async def insert(tx: Tx, *transactions: LedgerTransaction) -> None:
    """Write transactions with their entries, in one statement.

    Raises asyncpg.UniqueViolationError when one of them was posted before.
    """
    await tx.execute(
        """
        WITH posted AS (
            INSERT INTO ledger_transaction (transaction_id, kind, subject, effective_on)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::date[])
        )
        INSERT INTO ledger_entry (transaction_id, account, amount_cents)
        SELECT * FROM unnest($5::uuid[], $6::text[], $7::bigint[])
        """,
        *ledger_columns(transactions),
    )


def ledger_columns(transactions: Sequence[LedgerTransaction]) -> tuple[list[Any], ...]:
    """Transactions in columns for `unnest`: ids, kinds, subjects, days; then their entries': ids, accounts, cents."""
    entries = [(posted.transaction_id, *entry) for posted in transactions for entry in posted.entries]
    return (
        [posted.transaction_id for posted in transactions],
        [posted.kind for posted in transactions],
        [posted.subject for posted in transactions],
        [posted.effective_on for posted in transactions],
        [transaction_id for transaction_id, _, _ in entries],
        [account for _, account, _ in entries],
        [amount_cents for _, _, amount_cents in entries],
    )
