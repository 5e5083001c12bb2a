"""The parts that edges hand to use cases; `wiring.py` builds them."""

from dataclasses import dataclass, field

from services.identity.domain.rules import Rules
from services.identity.providers.hashing import PasswordHasher
from services.identity.providers.keyring import KeyRing
from services.identity.usecases.open_file import OpenFiles
from shared.clocks import BusinessClock
from shared.db import Database
from shared.http.tokens import TokenSigner


@dataclass(frozen=True, slots=True)
class Parts:
    """What this process of identity works with."""

    db: Database
    clock: BusinessClock
    rules: Rules
    keys: KeyRing
    hasher: PasswordHasher
    signer: TokenSigner
    link_key: bytes = field(repr=False)
    files: OpenFiles = field(default_factory=OpenFiles)
