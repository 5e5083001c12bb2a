"""Partners send 834 files: stored as they arrive, sealed piece by piece, answered when all is stored.

Next: `jobs.py` works through what was stored; `enrollments.py` shows what became of it.
"""

from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID, uuid4

from services.identity.domain.x12.reader import Interchange, NotAnInterchange, first_interchange
from services.identity.http.enrollment_schemas import ImportMade
from services.identity.store import import_parts
from services.identity.store.imports import ControlNumberReused, NewImport
from services.identity.usecases.parts import Parts
from services.identity.usecases.receive_file import receive_file
from shared.clocks import business_day
from shared.db import Unavailable
from shared.http.problems import Problem
from shared.http.routes import Call

PART_BYTES = 256 * 1024
LONGEST_BEGINNING = 4096
"""Within so many bytes the ISA segment is complete, blanks before it included."""
CONTENT_TYPE = "application/edi-x12"
MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a file, and for which insurers they may speak; none listed means all."""

    partner_id: UUID
    insurers: tuple[str, ...] = ()


async def take_file(call: Call[Parts, None]) -> ImportMade:
    """Store an 834 file; the same one again is the same import."""
    assert call.caller is not None and call.stream is not None  # noqa: S101, PT018 - the route's rules have seen to it
    sender = Sender(call.caller.partner_id, tuple(call.caller.insurers))
    try:
        return ImportMade(import_id=await store_file(call.parts, sender, call.stream))
    except NotAnInterchange:
        raise Problem(
            422,
            "not-an-interchange",
            "This is not an X12 file.",
            "An 834 file begins with an ISA segment of 16 elements, with sender and control number.",
        ) from None


async def store_file(parts: Parts, sender: Sender, pieces: AsyncIterable[bytes]) -> UUID:
    """Store a file in sealed pieces; returns the id of its import, an earlier one when it was sent before.

    Raises NotAnInterchange, ControlNumberReused, Unavailable, and what reading the pieces raises.
    """
    import_id = uuid4()
    store = _Store(parts, import_id)
    try:
        async for piece in pieces:
            await store.take(piece)
        await store.end()
        number = f"x12:{store.interchange.sender_id}:{store.interchange.control_number}"
    except BaseException:
        await _drop(parts, import_id)
        raise
    new = NewImport(
        import_id=import_id,
        partner_id=sender.partner_id,
        control_number=number,
        body_hash=parts.keys.keyed_hash(b"enrollment-file", store.hash.digest()),
        raw=None,
        status="received",
        insurers=sender.insurers,
        received_on=business_day(parts.clock.now()),
    )
    try:
        return await parts.db.write(lambda tx: receive_file(tx, new))
    except ControlNumberReused:  # after any other failure it may be an import all the same, and needs its pieces
        await _drop(parts, import_id)
        raise


async def _drop(parts: Parts, import_id: UUID) -> None:
    """Drop the pieces; where that fails, the timer that forgets old ones does."""
    with suppress(Unavailable):
        await parts.db.write(lambda tx: import_parts.delete(tx, import_id))


class _Store:
    """The pieces of one file on their way into the database; at most one is held."""

    def __init__(self, parts: Parts, import_id: UUID) -> None:
        self.hash = sha256()
        self._parts = parts
        self._import_id = import_id
        self._held = bytearray()
        self._part = 0
        self._interchange: Interchange | None = None

    @property
    def interchange(self) -> Interchange:
        """The file's first interchange. Raises NotAnInterchange."""
        if self._interchange is None:
            raise NotAnInterchange
        return self._interchange

    async def take(self, piece: bytes) -> None:
        """Take the next bytes. Raises NotAnInterchange, as soon as that can be told."""
        self.hash.update(piece)
        self._held += piece
        if self._interchange is None and len(self._held) >= LONGEST_BEGINNING:
            self._interchange = first_interchange(bytes(self._held[:LONGEST_BEGINNING]))
        while len(self._held) >= PART_BYTES:
            await self._store(bytes(self._held[:PART_BYTES]))
            del self._held[:PART_BYTES]

    async def end(self) -> None:
        """Store the rest. Raises NotAnInterchange."""
        if self._interchange is None:
            self._interchange = first_interchange(bytes(self._held))
        if self._held:
            await self._store(bytes(self._held))

    async def _store(self, content: bytes) -> None:
        part, self._part = self._part, self._part + 1
        sealed = self._parts.keys.seal(content, import_parts.row_name(self._import_id, part))
        await self._parts.db.write(lambda tx: import_parts.insert(tx, self._import_id, part, sealed))
