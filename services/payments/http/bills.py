"""`GET /v1/bills` and one of them: what was billed, line by line, and how much of it is paid."""

from urllib.parse import urlencode

from services.payments.domain.bill import Bill
from services.payments.http.schemas_billing import BillDetails, BillShown, BillsPage, BillsQuery, cursor_after
from services.payments.store import bills
from services.payments.usecases.parts import Parts
from services.payments.usecases.show_bill import show_bill as find_own
from shared.db import Tx
from shared.http.routes import Call, Reply


async def list_bills(call: Call[Parts, None]) -> Reply:
    """A page of the member's bills, newest due day first, with a link to the next page where there is one."""
    query: BillsQuery = call.query

    async def read(tx: Tx) -> list[Bill]:
        return await bills.list_page(
            tx,
            call.member_id,
            status=query.status,
            policy_id=query.policy_id,
            before=query.cursor,
            limit=query.limit + 1,
        )

    found = await call.parts.db.read(read)
    shown = found[: query.limit]
    next_cursor = cursor_after(shown[-1]) if len(found) > query.limit else None
    page = BillsPage(items=tuple(BillShown.of(bill) for bill in shown), next_cursor=next_cursor)
    return Reply(page, headers=_link(query, next_cursor) if next_cursor else {})


async def show_bill(call: Call[Parts, None]) -> BillDetails:
    """One bill of the member, and what paid it. Raises BillNotFound, also for another's."""
    bill_id = call.uuid("bill_id")
    bill, paid_with = await call.parts.db.read(lambda tx: find_own(tx, call.member_id, bill_id))
    return BillDetails.with_payments(bill, paid_with)


def _link(query: BillsQuery, next_cursor: str) -> dict[str, str]:
    filters = {"status": query.status, "policy_id": query.policy_id, "limit": query.limit, "cursor": next_cursor}
    return {"Link": f'</v1/bills?{urlencode({name: value for name, value in filters.items() if value})}>; rel="next"'}
