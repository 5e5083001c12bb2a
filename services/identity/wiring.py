"""Where identity is put together: the only module that knows every part. Next: `__main__.py` runs it."""

import argparse
import asyncio
import re
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from services.identity.domain.enrollment import INSURER_ID, LineStatus
from services.identity.domain.x12.reader import NotAnInterchange
from services.identity.events import SUBSCRIPTIONS
from services.identity.http.enrollment_files import PART_BYTES, Sender, store_file
from services.identity.http.problems import PROBLEMS
from services.identity.http.routes import ROUTES
from services.identity.jobs import JOBS, run_take_files
from services.identity.providers.hashing import PasswordHasher
from services.identity.providers.keyring import KeyRing, KeysInvalid
from services.identity.settings import IdentitySettings
from services.identity.store import imports, partners
from services.identity.store.checks import CHECKS
from services.identity.store.imports import ControlNumberReused
from services.identity.usecases.add_partner_key import add_partner_key
from services.identity.usecases.parts import Parts
from shared import one_time
from shared.http.tokens import TokenSigner
from shared.service import CannotStart, Core, Service

LOOK_AGAIN_SECONDS = 1.0
KEY_PREFIX = "hcpk_"  # lets a scanner recognize a key that was published by mistake


@asynccontextmanager
async def build(core: Core) -> AsyncIterator[Parts]:
    """The parts of one process. Raises CannotStart when keys cannot be used."""
    settings: IdentitySettings = core.settings
    try:
        keys = KeyRing.from_settings(settings.ssn_keys.get_secret_value(), settings.blind_index_key.get_secret_value())
        signer = TokenSigner(settings.token_private_key.get_secret_value())
    except KeysInvalid as error:
        raise CannotStart(f"PORTAL_SSN_KEYS or PORTAL_BLIND_INDEX_KEY: {error}") from None
    except ValueError:
        raise CannotStart("PORTAL_TOKEN_PRIVATE_KEY is not an Ed25519 JWK") from None
    try:
        link_key = one_time.parse_key(settings.link_key.get_secret_value())
    except one_time.KeyInvalid as error:
        raise CannotStart(f"PORTAL_LINK_KEY: {error}") from None
    hasher = PasswordHasher(settings.hashing_threads, settings.hashing_queue)
    try:
        yield Parts(core.db, core.clock, settings.rules, keys, hasher, signer, link_key)
    finally:
        hasher.close()


async def partner_key(parts: Parts, arguments: Sequence[str]) -> int:
    """Operator's command `partner-key add NAME [--insurer ID ...]`: print a new key, once."""
    parser = argparse.ArgumentParser(prog="python -m services.identity partner-key")
    add = parser.add_subparsers(dest="verb", required=True).add_parser("add", help="print a new key of a partner, once")
    add.add_argument("name", help="the partner; made when it is new")
    add.add_argument("--insurer", action="append", default=[], help="an insurer it may name (default: all)")
    chosen = parser.parse_args(arguments)
    wrong = [insurer for insurer in chosen.insurer if not re.fullmatch(INSURER_ID, insurer)]
    if wrong or not chosen.name.strip() or not chosen.name.isprintable():
        sys.stderr.write("identity: a name is printable text; an insurer's id holds letters, digits, _ and - only\n")
        return 2
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    partner_id = uuid4()
    await parts.db.write(lambda tx: add_partner_key(tx, partner_id, chosen.name.strip(), chosen.insurer, key))
    sys.stdout.write(f"{key}\n")
    return 0


async def import_834(parts: Parts, arguments: Sequence[str]) -> int:
    """Operator's command `import-834 FILE [--partner NAME]`: take an 834 file in, and say which lines need a look.

    Exit status 0: all lines were taken; 1: some were not, or something is wrong with the file; 2: nothing was done.
    """
    parser = argparse.ArgumentParser(prog="python -m services.identity import-834")
    parser.add_argument("file", type=Path, help="an X12 834 file")
    parser.add_argument("--partner", default="operator", help="in whose name (default: operator); made when it is new")
    chosen = parser.parse_args(arguments)
    name = chosen.partner.strip()
    if not name or not name.isprintable():
        sys.stderr.write("identity: a partner's name is printable text\n")
        return 2
    partner_id = await parts.db.write(lambda tx: partners.upsert_partner(tx, uuid4(), name))
    try:
        import_id = await store_file(parts, Sender(partner_id), _pieces(chosen.file))
    except OSError as error:
        return _refused(f"{chosen.file} cannot be read ({error.strerror})")
    except NotAnInterchange:
        return _refused("this is not an X12 file: it begins with no ISA segment that can be read")
    except ControlNumberReused:
        return _refused("this partner sent another file under this interchange control number (ISA13)")
    while (found := await parts.db.read(lambda tx: imports.find(tx, import_id, partner_id))) and found.status != "done":
        if not await run_take_files(parts, parts.clock.now()):
            await asyncio.sleep(LOOK_AGAIN_SECONDS)  # another process works on it, or has died and its lease runs out
    return await _show_import(parts, import_id)


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PART_BYTES):
            yield piece


def _refused(words: str) -> int:
    sys.stderr.write(f"identity: {words}\n")
    return 2


async def _show_import(parts: Parts, import_id: UUID) -> int:
    """Print the counts, and each line that is rejected, noted or has a warning."""
    counts = await parts.db.read(lambda tx: imports.count_lines(tx, import_id))
    told = ", ".join(f"{counts.get(status, 0)} {status.value}" for status in LineStatus)
    sys.stdout.write(f"import {import_id}: {told}\n")
    listed = 0
    while lines := await parts.db.read(partial(imports.list_lines, import_id=import_id, after=listed, limit=500)):
        for line in lines:
            for reason in (*([line.rejection] if line.rejection else ()), *line.warnings):
                place = f"segment {line.segment}  {line.status}  {line.policy_number}".rstrip()
                sys.stdout.write(f"{place}  {reason.value}: {reason.text}\n")
        listed = lines[-1].line_number
    return 1 if counts.get(LineStatus.REJECTED) or counts.get(LineStatus.NOTED) else 0


SERVICE: Service[Parts] = Service(
    name="identity",
    settings=IdentitySettings,
    routes=ROUTES,
    build=build,
    problems=PROBLEMS,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
    checks=CHECKS,
    commands={"partner-key": partner_key, "import-834": import_834},
)
