"""What a stack remembers having done, so that the next start skips it: a digest for each finished preparation."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deploy.local.folder import read_json, write_private_json


class Memory:
    """Finished preparations by name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done: dict[str, Any] = read_json(path)

    def knows(self, name: str, digest: str) -> bool:
        """Whether this preparation was finished for the same input."""
        return bool(self._done.get(name) == digest)

    def find(self, name: str) -> str | None:
        """What was kept under a name."""
        return self._done.get(name)

    def keep(self, name: str, digest: str) -> None:
        """Remember it as finished."""
        self._done[name] = digest
        write_private_json(self._path, self._done)


def digest_of(parts: Iterable[str]) -> str:
    """One digest for texts in their order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
