"""Where identity is put together: the only module that knows every part. Next: `__main__.py` runs it."""

import argparse
import re
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

from services.identity.events import SUBSCRIPTIONS
from services.identity.http.enrollment_schemas import INSURER_ID
from services.identity.http.problems import PROBLEMS
from services.identity.http.routes import ROUTES
from services.identity.jobs import JOBS
from services.identity.providers.hashing import PasswordHasher
from services.identity.providers.keyring import KeyRing, KeysInvalid
from services.identity.settings import IdentitySettings
from services.identity.store.checks import CHECKS
from services.identity.usecases.add_partner_key import add_partner_key
from services.identity.usecases.parts import Parts
from shared.http.tokens import TokenSigner
from shared.service import CannotStart, Core, Service

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
    hasher = PasswordHasher(settings.hashing_threads, settings.hashing_queue)
    try:
        yield Parts(core.db, core.clock, settings.rules, keys, hasher, signer)
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


SERVICE: Service[Parts] = Service(
    name="identity",
    settings=IdentitySettings,
    routes=ROUTES,
    build=build,
    problems=PROBLEMS,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
    checks=CHECKS,
    commands={"partner-key": partner_key},
)
