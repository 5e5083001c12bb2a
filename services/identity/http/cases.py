"""Contact Support: open a case, with or without log-in; list, read and continue one's own."""

from urllib.parse import urlencode
from uuid import uuid4

from services.identity.domain.case import Opener
from services.identity.domain.throttle import network_of
from services.identity.http.case_schemas import (
    CaseListed,
    CaseShown,
    CasesQuery,
    CasesShown,
    NewCaseBody,
    NewMessage,
    SupportRequest,
    SupportRequestMade,
    cursor_of,
)
from services.identity.store import cases
from services.identity.usecases.add_case_message import add_case_message
from services.identity.usecases.open_case import NewCase, open_case
from services.identity.usecases.parts import Parts
from services.identity.usecases.show_case import show_case
from shared.http.routes import Call, Reply


async def create(call: Call[Parts, NewCaseBody]) -> CaseShown:
    """Open a case; a double click opens one."""
    parts, body = call.parts, call.body
    wanted = NewCase(
        case_id=uuid4(),
        who=call.account_id,
        topic=body.topic,
        text=body.message,
        payment_reference=body.payment_reference,
        network=network_of(call.client_address),
    )
    case = await parts.db.write(lambda tx: open_case(tx, parts.rules, wanted, call.now()))
    return CaseShown.whole(*await parts.db.read(lambda tx: show_case(tx, call.account_id, case.case_id)))


async def list_own(call: Call[Parts, None]) -> Reply:
    """A page of the account's cases, newest first, with a link to the next page where there is one."""
    query: CasesQuery = call.query
    found = await call.parts.db.read(lambda tx: cases.list_page(tx, call.account_id, query.cursor, query.limit + 1))
    page = found[: query.limit]
    next_cursor = cursor_of(page[-1]) if len(found) > query.limit else None
    shown = CasesShown(items=tuple(CaseListed.of(case) for case in page), next_cursor=next_cursor)
    if next_cursor is None:
        return Reply(shown)
    following = urlencode({"limit": query.limit, "cursor": next_cursor})
    return Reply(shown, headers={"Link": f'</v1/cases?{following}>; rel="next"'})


async def show(call: Call[Parts, None]) -> CaseShown:
    """One of the account's cases with its messages."""
    case_id = call.uuid("case_id")
    return CaseShown.whole(*await call.parts.db.read(lambda tx: show_case(tx, call.account_id, case_id)))


async def add_message(call: Call[Parts, NewMessage]) -> CaseShown:
    """Write on in a case."""
    parts, case_id, text = call.parts, call.uuid("case_id"), call.body.message
    continued = await parts.db.write(
        lambda tx: add_case_message(tx, parts.rules.cases, call.account_id, case_id, text, call.now())
    )
    return CaseShown.whole(*continued)


async def request_support(call: Call[Parts, SupportRequest]) -> SupportRequestMade:
    """Open a case without log-in."""
    parts, body = call.parts, call.body
    wanted = NewCase(
        case_id=uuid4(),
        who=Opener(None, body.email, body.name, body.language),
        topic=body.topic,
        text=body.message,
        payment_reference=body.payment_reference,
        network=network_of(call.client_address),
    )
    case = await parts.db.write(lambda tx: open_case(tx, parts.rules, wanted, call.now()))
    return SupportRequestMade(reference=case.reference)
