"""Partners send enrollments and read what became of them."""

from typing import Any
from uuid import UUID, uuid4

from services.identity.domain.audit import Act, Entry
from services.identity.domain.enrollment import Line
from services.identity.http.births import check_births
from services.identity.http.enrollment_schemas import (
    EnrollmentBody,
    ImportMade,
    ImportShown,
    LineShown,
    RejectionShown,
    WarningShown,
)
from services.identity.store import audit, imports
from services.identity.store.imports import NewImport
from services.identity.usecases.parts import Parts
from services.identity.usecases.take_enrollment import take_enrollment
from shared.http.problems import FieldError, Problem, not_found
from shared.http.routes import Call


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


async def show(call: Call[Parts, None]) -> ImportShown:
    """What became of one of the partner's own imports."""
    import_id, partner_id = call.uuid("import_id"), _partner_id(call)
    found = await call.parts.db.read(lambda tx: imports.find(tx, import_id, partner_id))
    if found is None:
        raise not_found()
    lines = await call.parts.db.read(lambda tx: imports.list_lines(tx, import_id))
    return ImportShown(
        import_id=found.import_id,
        control_number=found.control_number,
        received_at=found.received_at,
        lines=tuple(_shown(line) for line in lines),
    )


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


def _shown(line: Line) -> LineShown:
    rejection = line.rejection
    return LineShown(
        line=line.line_number,
        status=line.status,
        policy_number=line.policy_number,
        warnings=tuple(WarningShown(code=warning, text=warning.text) for warning in line.warnings),
        rejection=RejectionShown(code=rejection, text=rejection.text) if rejection else None,
    )
