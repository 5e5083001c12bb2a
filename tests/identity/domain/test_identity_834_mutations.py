"""Five hundred files made wrong: nothing raises, whoever is whole stays as they were, and what is wrong is named."""

import random
from datetime import date

import pytest

from services.identity.domain.x12.enrollment_834 import Read, Refused, read_family, read_stray
from services.identity.domain.x12.envelope import Note
from services.identity.domain.x12.file_834 import Family, File834, Stray
from tests.identity import edi
from tests.identity.mutations import Mutation, mutate, several

TODAY = date(2026, 12, 1)
Line = Read | Refused | Note


def read(raw: bytes, size: int = 1_000_000) -> list[Line]:
    """The lines of a file that comes in pieces of a size."""
    parser, lines = File834(), list[Line]()
    found = [it for place in range(0, len(raw), size) for it in parser.feed(raw[place : place + size])]
    for one in [*found, *parser.close()]:
        match one:
            case Family():
                lines += read_family(one, TODAY)
            case Stray():
                lines.append(read_stray(one))
            case Note():
                lines.append(one)
    return lines


def wholes(parts: list[str], touched: frozenset[int]) -> list[bytes]:
    """Words of the enrollments of those whose own segments, and what stands right before them, are untouched."""
    kept = []
    for line in read(edi.edi(parts)):
        if not isinstance(line, Read):
            continue
        begin = line.number - 1
        ends = [at for at in range(begin + 1, len(parts)) if parts[at].startswith(("INS*Y", "SE*"))]
        header = max(at for at in range(begin) if parts[at].startswith("ST*"))
        insurer = next(at for at in range(header, begin) if parts[at].startswith("N1*IN"))
        isa = max(at for at in range(begin) if parts[at].startswith("ISA*"))
        needed = {*range(begin - 1, ends[0] + 1), insurer - 1, insurer, insurer + 1, header, isa, isa + 1}
        if not needed & touched:
            kept.append(line.enrollment.words)
    return kept


def check(parts: list[str], mutation: Mutation) -> None:
    """What has to hold of one file made wrong.

    What is garbled may be as good a value as the one before, and who cuts between two interchanges cuts nothing off.
    """
    lines = read(mutation.raw)
    now = [line.enrollment.words for line in lines if isinstance(line, Read)]
    for words in wholes(parts, mutation.touched):
        assert now.count(words) == 1, mutation.way
    named = [line for line in lines if not isinstance(line, Read) or line.enrollment.warnings]
    before = [line.enrollment.words for line in read(edi.edi(parts)) if isinstance(line, Read)]
    assert named or now == before or mutation.way.startswith(("garbled", "cut at 195", "cut at 0")), mutation.way
    assert all(line.number > 0 for line in lines), mutation.way
    if len(mutation.raw) < 20_000:
        assert read(mutation.raw, 37) == lines, mutation.way


@pytest.mark.parametrize("seed", range(10))
async def test_a_file_made_wrong_keeps_the_good_and_names_the_bad(seed: int) -> None:
    """Fifty ways each, of a file with families, members alone, two transactions and two interchanges."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    parts = several()
    assert [type(line) for line in read(edi.edi(parts))] == [Read] * 6
    for _ in range(50):
        check(parts, mutate(parts, rng))


@pytest.mark.parametrize("name", [edi.FAMILY, edi.AUDIT, edi.NEW])
async def test_every_segment_of_a_sample_may_be_lost_doubled_or_swapped(name: str) -> None:
    """Each segment in each way: nothing raises, and it is either harmless or said."""
    raw = edi.sample(name)
    parts = [part.strip() for part in raw.decode().split("~") if part.strip()]
    rng = random.Random(name)  # noqa: S311 - not for secrets
    for _ in range(300):
        mutation = mutate(parts, rng)
        read(mutation.raw)
        assert read(mutation.raw, 11) == read(mutation.raw) or len(mutation.raw) > 8_000, mutation.way
