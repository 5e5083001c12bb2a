"""834 files for tests: the three samples, changed segment by segment, and files of as many members as wanted."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.identity.jobs import run_take_files
from shared.testing.http import Answered, token
from tests.identity.conftest import Identity

FOLDER = Path(__file__).parent / "files_834"
FAMILY, AUDIT, NEW = "exchange_family.edi", "full_file_audit.edi", "new_enrollment.edi"
POLICY = "71644MA0040002-0000666366-0000883741-20270101"


def sample(name: str = FAMILY) -> bytes:
    """One of the samples, as it is."""
    return (FOLDER / name).read_bytes()


def segments(raw: bytes) -> list[str]:
    """The segments without their terminators."""
    return [part.strip() for part in raw.decode().split("~") if part.strip()]


def edi(parts: list[str], between: str = "\n") -> bytes:
    """Segments as a file."""
    return "".join(f"{part}~{between}" for part in parts).encode()


def changed(changes: dict[str, str | None], name: str = FAMILY) -> bytes:
    """A sample in which the first segment that begins like a key is another, or is left out; the count fits again."""
    parts = segments(sample(name))
    for beginning, other in changes.items():
        place = next(place for place, part in enumerate(parts) if part.startswith(beginning))
        parts[place : place + 1] = [other] if other is not None else []
    return edi(counted(parts))


def counted(parts: list[str]) -> list[str]:
    """The segments with an SE that counts them, where there is one transaction."""
    begin = next(place for place, part in enumerate(parts) if part.startswith("ST*"))
    end = next(place for place, part in enumerate(parts) if part.startswith("SE*"))
    parts = [*parts]
    parts[end] = f"SE*{end - begin + 1}*{parts[end].split('*')[2]}"
    return parts


def numbered(raw: bytes, number: int) -> bytes:
    """The same file as another interchange."""
    parts = segments(raw)
    isa = parts[0].split("*")
    isa[13] = f"{number:09d}"
    end = next(place for place, part in enumerate(parts) if part.startswith("IEA*"))
    parts[0], parts[end] = "*".join(isa), f"{parts[end].rpartition('*')[0]}*{number:09d}"
    return edi(parts)


def member_segments(number: int) -> list[str]:
    """The loop of an invented member with a policy of their own."""
    member_id, born_on = f"{number:010d}", f"{1940 + number % 60}{1 + number % 12:02d}{1 + number % 28:02d}"
    ssn = f"{100 + number // 10_000 % 500:03d}{1 + number // 100 % 99:02d}{1 + number % 9_000:04d}"
    return [
        "INS*Y*18*021*EC*A***AC**N", f"REF*0F*{member_id}", f"REF*17*{member_id}", "DTP*356*D8*20270101",
        f"NM1*IL*1*MEMBER{_letters(number)}*ANA*M***34*{ssn}",
        f"PER*IP**TE*617555{number % 10_000:04d}*EM*m{number}@mail.test",
        f"N3*{number} EXAMPLE ST", "N4*BOSTON*MA*02118", f"DMG*D8*{born_on}*F", "LUI*LE*ENG",
        "HD*021**HLT*PRIMARYSELECT SILVER*IND", "DTP*348*D8*20270101", "REF*CE*71644MA0040002-06",
        f"REF*1L*P-{member_id}", "LS*2700", "LX*1", "N1*75*APTC AMT", "REF*9V*200.00", "DTP*007*D8*20270101",
        "LX*2", "N1*75*TOT RES AMT", "REF*9V*150.50", "DTP*007*D8*20270101", "LX*3", "N1*75*PRE AMT TOT",
        "REF*9X*350.50", "DTP*007*D8*20270101", "LE*2700",
    ]  # fmt: skip


def _letters(number: int) -> str:
    return "".join(chr(ord("A") + int(digit)) for digit in str(number))


def large_file(members: int, control_number: int = 7) -> Iterator[bytes]:
    """A file of so many members, made piece by piece."""
    header = segments(numbered(sample(), control_number))[:7]
    header[5] = "QTY*TO*1"
    yield edi(header)
    count = len(header) - 2
    for number in range(1, members + 1):
        parts = member_segments(number)
        count += len(parts)
        yield edi(parts)
    yield edi([f"SE*{count + 1}*0003", "GE*1*35515", f"IEA*1*{control_number:09d}"])


@dataclass(frozen=True, slots=True)
class FileDesk:
    """Sends files to an identity as a partner, and has them worked through."""

    identity: Identity

    async def key(self, insurers: tuple[str, ...] = (), partner: str = "marketplace") -> str:
        """A token of the partner."""
        return token("partner", account_id=await self.identity.partner(partner), insurers=insurers)

    async def send(self, raw: Any, insurers: tuple[str, ...] = (), partner: str = "marketplace") -> Answered:
        """Send a file."""
        headers = {"Content-Type": "application/edi-x12"}
        key = await self.key(insurers, partner)
        return await self.identity.call("POST", "/v1/partner/enrollments/834", token=key, raw=raw, headers=headers)

    async def work(self) -> None:
        """Work through all that waits."""
        while await run_take_files(self.identity.parts, self.identity.parts.clock.now()):
            pass

    async def show(self, import_id: str, query: str = "") -> Answered:
        """What became of an import."""
        return await self.identity.call("GET", f"/v1/partner/imports/{import_id}{query}", token=await self.key())

    async def take(self, raw: bytes, insurers: tuple[str, ...] = ()) -> dict[str, Any]:
        """Send a file, work through it, and return what became of it."""
        sent = await self.send(raw, insurers)
        assert sent.status == 202, sent.body
        await self.work()
        shown = await self.show(sent.body["import_id"], "?limit=500")
        assert (shown.status, shown.body["status"]) == (200, "done"), shown.body
        result: dict[str, Any] = shown.body
        return result


async def pieces(raw: bytes, size: int) -> AsyncIterator[bytes]:
    """Bytes in pieces, as a network brings them."""
    for place in range(0, len(raw), size):
        yield raw[place : place + size]


def said(line: dict[str, Any]) -> list[str]:
    """The codes of what a line says: its rejection, its warnings."""
    rejection = [line["rejection"]["code"]] if line["rejection"] else []
    return rejection + [warning["code"] for warning in line["warnings"]]
