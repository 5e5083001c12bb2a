"""`GET /v1/balance`: what is owed now, by when, and what is under way."""

from services.payments.http.schemas_billing import BalanceShown
from services.payments.usecases.parts import Parts
from services.payments.usecases.show_balance import show_balance
from shared.http.routes import Call


async def balance(call: Call[Parts, None]) -> BalanceShown:
    """The member's balance."""
    return BalanceShown.of(await call.parts.db.read(lambda tx: show_balance(tx, call.member_id)))
