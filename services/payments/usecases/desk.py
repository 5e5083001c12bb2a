"""Where payments of the same moment meet: what three statements do for one payment, they do for all that wait.

`accept_payment.py` and `settle_payment.py` come here first. A payment that meets somebody else's change, or has to lock
and read more, goes alone in a transaction of its own: decision 21.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.payments.domain.limits import DECLINES_ALLOWED
from services.payments.store import new_payments, payments
from services.payments.store.new_payments import Asked, BeforeNew, NewPayment
from services.payments.store.payments import Move
from shared.db import Database, Tx
from shared.together import Together

SESSION = {
    "application_name": "payments desk",
    # one payment whose rows somebody holds must not keep the others waiting: it goes alone, and waits there
    "lock_timeout": "50ms",
    # planned once, and each row found by its key, however little the tables seemed to hold at that time
    "plan_cache_mode": "force_generic_plan",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The three statements: what must be known first, taking down, settling."""

    reading: Together[Asked, BeforeNew]
    accepting: Together[NewPayment, None]
    settling: Together[Move, None]

    @property
    def waiting_count(self) -> int:
        """How many wait for a statement to end before theirs can begin."""
        return self.reading.waiting_count + self.accepting.waiting_count + self.settling.waiting_count


@asynccontextmanager
async def open_desk(db: Database) -> AsyncIterator[Desk]:
    """A desk with connections of its own beside those of `db`."""
    async with db.beside(size=3, session=SESSION) as own:
        yield Desk(
            reading=Together("read", _read, own.read),
            accepting=Together("accept", _accept, own.write_alone),
            settling=Together("settle", _settle, own.write_alone),
        )


async def _read(tx: Tx, asked: Sequence[Asked]) -> Sequence[BeforeNew]:
    return await new_payments.read_before(tx, asked, most_declines=DECLINES_ALLOWED, lock=False)


async def _accept(tx: Tx, new: Sequence[NewPayment]) -> Sequence[None]:
    await new_payments.insert(tx, new)
    return [None] * len(new)


async def _settle(tx: Tx, moves: Sequence[Move]) -> Sequence[None]:
    await payments.update_moved(tx, moves)
    return [None] * len(moves)
