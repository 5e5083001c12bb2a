"""The query of the history of payments: its filters and the cursor of its pages. `http/payments.py` uses it."""

import base64
import binascii
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, PlainValidator, WithJsonSchema

from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.store.payment_history import Filters
from shared.clocks import end_of_day, start_of_day
from shared.http.models import Input

Position = tuple[datetime, UUID]
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


def cursor_after(payment: Payment) -> str:
    """The opaque cursor of the page that begins after a payment."""
    return base64.urlsafe_b64encode(f"{payment.accepted_at.isoformat()}/{payment.payment_id}".encode()).decode()


def _position(cursor: object) -> Position:
    try:
        text = base64.b64decode(str(cursor), altchars=b"-_", validate=True).decode("ascii")
        accepted_at, payment_id = text.split("/")
        position = datetime.fromisoformat(accepted_at), UUID(payment_id)
    except (binascii.Error, ValueError):
        raise ValueError("This is not a cursor that we gave. Begin again without it.") from None
    if position[0].utcoffset() is None or not FIRST_DAY <= position[0].date() <= LAST_DAY:
        raise ValueError("This is not a cursor that we gave. Begin again without it.")
    return position


class PaymentsQuery(Input):
    """Filters of the history; `from` and `to` are days in New York, both included."""

    status: PaymentStatus | None = None
    from_on: Annotated[date | None, Field(alias="from", ge=FIRST_DAY, le=LAST_DAY)] = None
    to_on: Annotated[date | None, Field(alias="to", ge=FIRST_DAY, le=LAST_DAY)] = None
    policy_id: UUID | None = None
    method_id: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[Position | None, PlainValidator(_position), WithJsonSchema({"type": "string"})] = None

    @property
    def filters(self) -> Filters:
        """The filters as the store wants them."""
        return Filters(
            status=self.status,
            accepted_from=start_of_day(self.from_on) if self.from_on else None,
            accepted_until=end_of_day(self.to_on) if self.to_on else None,
            policy_id=self.policy_id,
            method_id=self.method_id,
        )
