"""argon2id in a small pool of threads with a bounded queue, so that a flood of log-ins cannot take all memory and time.

A refusal when the queue is full becomes 503 with Retry-After. Next: `usecases/log_in.py`.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from services.identity.domain.passwords import LONGEST, PasswordRule, Personal, check_password, normalized

T = TypeVar("T")

MEMORY_KIB = 47_104  # 46 MiB with t=1, p=1: OWASP Password Storage Cheat Sheet
TIME_COST = 1
PARALLELISM = 1


class HashingBusy(Exception):
    """Too many passwords wait to be hashed; asking again in a second may succeed."""


class PasswordHasher:
    """Hashes and verifies passwords, and judges new ones; `queue` is how many may wait for a thread."""

    def __init__(self, threads: int = 2, queue: int = 32, *, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHash(
            (Argon2Hasher(time_cost=TIME_COST, memory_cost=memory_kib, parallelism=PARALLELISM),)
        )
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._limit = threads + queue
        self._taken = 0
        self._nobody = self._hasher.hash("a password that nobody has")

    async def hash_new(self, password: str, personal: Personal, rule: PasswordRule) -> str:
        """The hash of a password that passes the rules. Raises WeakPassword or HashingBusy."""

        def work() -> str:
            check_password(password, personal, rule)
            return self._hasher.hash(normalized(password))

        return await self._run(work)

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        """Whether it fits, and a newer hash when the parameters have risen since.

        Without a hash (nobody has this name) the same work is done in vain. Raises HashingBusy.
        """

        def work() -> tuple[bool, str | None]:
            text = normalized(password)[: LONGEST + 1]
            try:
                fits, newer = self._hasher.verify_and_update(text, password_hash or self._nobody)
            except UnknownHashError:
                return False, None
            return (fits, newer) if password_hash is not None else (False, None)

        return await self._run(work)

    def close(self) -> None:
        """End the threads after what they are doing."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._taken >= self._limit:
            raise HashingBusy
        self._taken += 1
        task = asyncio.get_running_loop().run_in_executor(self._pool, work)
        task.add_done_callback(lambda _task: self._release())
        return await asyncio.shield(task)

    def _release(self) -> None:
        self._taken -= 1
