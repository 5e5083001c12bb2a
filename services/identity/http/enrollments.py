"""Partners send enrollments and read what became of them."""

from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID, uuid4

from services.identity.domain.audit import Act, Entry
from services.identity.domain.enrollment import LineStatus
from services.identity.http.births import check_births
from services.identity.http.enrollment_schemas import (
    CountsShown,
    EnrollmentBody,
    ImportMade,
    ImportQuery,
    ImportShown,
    LineShown,
    cursor_after,
)
from services.identity.store import audit, imports
from services.identity.store.imports import NewImport
from services.identity.usecases.parts import Parts
from services.identity.usecases.take_enrollment import take_enrollment
from shared.http.problems import FieldError, Problem, not_found
from shared.http.routes import Call, Reply


async def take(call: Call[Parts, EnrollmentBody]) -> ImportMade:
    """Take one enrollment in; the same one again is the same import."""
    parts, body, partner_id = call.parts, call.body, _partner_id(call)
    check_births(body.births(), call.now())
    await _check_insurer(call, body.insurer.id)
    content_hash = parts.keys.keyed_hash(b"enrollment", body.model_dump_json(exclude={"control_number"}).encode())
    import_id, member_id = uuid4(), uuid4()
    raw = parts.keys.seal(call.raw_body, f"import:{import_id}")
    new = NewImport(import_id, partner_id, body.control_number, content_hash, raw)
    enrollment = body.enrollment(content_hash)
    taken = await parts.db.write(lambda tx: take_enrollment(tx, parts.keys, new, enrollment, member_id, call.now()))
    return ImportMade(import_id=taken)


async def show(call: Call[Parts, None]) -> Reply:
    """What became of one of the partner's own imports, a page of its lines at a time."""
    import_id, query = call.uuid("import_id"), cast("ImportQuery", call.query)
    db = call.parts.db
    found = await db.read(lambda tx: imports.find(tx, import_id, _partner_id(call)))
    if found is None:
        raise not_found()
    counts = await db.read(lambda tx: imports.count_lines(tx, import_id))
    lines = await db.read(lambda tx: imports.list_lines(tx, import_id, query.cursor or 0, query.limit + 1))
    page = lines[: query.limit]
    next_cursor = cursor_after(page[-1]) if len(lines) > query.limit else None
    shown = ImportShown(
        import_id=found.import_id,
        control_number=found.control_number,
        received_at=found.received_at,
        status=found.status,
        counts=CountsShown(**{status.value: counts.get(status, 0) for status in LineStatus}),
        lines=tuple(LineShown.of(line) for line in page),
        next_cursor=next_cursor,
    )
    if next_cursor is None:
        return Reply(shown)
    following = urlencode({"limit": query.limit, "cursor": next_cursor})
    return Reply(shown, headers={"Link": f'</v1/partner/imports/{import_id}?{following}>; rel="next"'})


def _partner_id(call: Call[Parts, Any]) -> UUID:
    assert call.caller is not None  # noqa: S101 - the route's rule has seen to it
    return call.caller.partner_id


async def _check_insurer(call: Call[Parts, EnrollmentBody], insurer_id: str) -> None:
    allowed = call.caller.insurers if call.caller else ()
    if not allowed or insurer_id in allowed:
        return
    entry = Entry(Act.ENROLLMENT_REFUSED, partner_id=_partner_id(call))
    await call.parts.db.write(lambda tx: audit.insert(tx, entry))
    raise Problem(
        403,
        "insurer-not-allowed",
        "This key may not send enrollments of that insurer.",
        f"The insurer {insurer_id} is not among those of this key.",
        errors=[FieldError("/insurer/id", "This key is not for that insurer.", "insurer-not-allowed")],
    )
