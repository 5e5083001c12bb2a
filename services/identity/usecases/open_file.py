"""A file of enrollments while it is worked through: its lines in their order, batch by batch.

Reading it again gives the same lines with the same numbers, so that whoever goes on after a killed process passes over
those that are written already. Next: `take_file_lines.py` takes a batch.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from services.identity.domain.reasons import LineWarning
from services.identity.domain.x12.enrollment_834 import Read, Refused, read_family, read_stray
from services.identity.domain.x12.envelope import Note
from services.identity.domain.x12.file_834 import Family, File834, Found, Stray
from services.identity.store.import_work import Claimed

Load = Callable[[int], Awaitable[bytes | None]]
MOST_ATTEMPTS = 5
"""After so many claims without a batch in between, the file is given up: something in it kills who reads it."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line to come; `member_id` becomes the id of a new record."""

    line_number: int
    member_id: UUID
    found: Read | Refused | Note


class OpenFile:
    """One file at work. `load` gives its pieces by number, None behind the last; when it fails it is asked again."""

    def __init__(self, claimed: Claimed, load: Load) -> None:
        self.claimed = claimed
        self._load = load
        self._parser = File834()
        self._part = 0
        self._line_number = 0
        self._members = 0
        self._found: Iterator[Read | Refused | Note] = iter(())
        self._is_at_end = False
        self._batch: list[FileLine] = []
        if claimed.attempts > MOST_ATTEMPTS:
            self._line_number, self._members = claimed.lines_done, 1
            self._found, self._is_at_end = iter((Note(0, LineWarning.GIVEN_UP),)), True

    async def next_batch(self, limit: int) -> list[FileLine]:
        """The next lines; the same ones again until they are `acknowledge`d, and none at the end of the file."""
        while len(self._batch) < limit:
            found = next(self._found, None)
            if found is not None:
                self._number(found)
            elif self._is_at_end:
                break
            else:
                await self._read_on()
        return self._batch

    def acknowledge(self) -> None:
        """The batch is committed."""
        self._batch = []

    def _number(self, found: Read | Refused | Note) -> None:
        self._line_number += 1
        self._members += not isinstance(found, Note)
        if self._line_number > self.claimed.lines_done:
            self._batch.append(FileLine(self._line_number, uuid4(), found))

    async def _read_on(self) -> None:
        content = await self._load(self._part)
        if content is not None:
            self._part += 1
            self._found = self._results(self._parser.feed(content))
        else:
            self._is_at_end = True
            self._found = self._last_results()

    def _last_results(self) -> Iterator[Read | Refused | Note]:
        yield from self._results(self._parser.close())
        if self._members == 0:
            yield Note(1, LineWarning.NOTHING_IN_IT)

    def _results(self, pieces: Iterator[Found]) -> Iterator[Read | Refused | Note]:
        for piece in pieces:
            match piece:
                case Family():
                    yield from read_family(piece, self.claimed.received_on)
                case Stray():
                    yield read_stray(piece)
                case Note():
                    yield piece


@dataclass(slots=True)
class OpenFiles:
    """What this process works on, kept between two batches; `worker_id` is its name in the leases."""

    worker_id: UUID = field(default_factory=uuid4)
    held: OpenFile | None = None
