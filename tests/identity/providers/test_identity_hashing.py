"""The hashing pool: argon2id as strong as promised, rehash when the parameters rise, and a queue with an end."""

import asyncio

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from services.identity.domain.passwords import PasswordRule, Personal, WeakPassword
from services.identity.providers.hashing import HashingBusy, PasswordHasher
from tests.identity import people

NOBODY = Personal(())


async def test_hashes_are_argon2id_with_46_mib(hasher: PasswordHasher) -> None:
    """The stored hash names its method and cost."""
    made = await hasher.hash_new(people.PASSWORD, NOBODY, PasswordRule.MIXED)
    assert made.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert await hasher.verify(people.PASSWORD, made) == (True, None)
    assert await hasher.verify(people.OTHER_PASSWORD, made) == (False, None)


async def test_nobodys_password_never_fits(hasher: PasswordHasher) -> None:
    """For an unknown name the same work is done and the answer is no, whatever is typed."""
    for password in (people.PASSWORD, "a password that nobody has", ""):
        assert await hasher.verify(password, None) == (False, None)


async def test_an_older_hash_is_renewed(hasher: PasswordHasher) -> None:
    """Who logs in with a hash of weaker parameters gets a new one; a broken hash fits nothing."""
    weaker = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8_192, parallelism=1),)).hash(people.PASSWORD)
    fits, newer = await hasher.verify(people.PASSWORD, weaker)
    assert fits
    assert newer is not None
    assert newer.startswith("$argon2id$v=19$m=47104")
    assert await hasher.verify(people.PASSWORD, newer) == (True, None)
    assert await hasher.verify(people.PASSWORD, "no hash") == (False, None)


async def test_a_weak_password_is_not_hashed(hasher: PasswordHasher) -> None:
    """Judging comes first."""
    with pytest.raises(WeakPassword):
        await hasher.hash_new("Password123!", NOBODY, PasswordRule.MIXED)


async def test_a_full_queue_refuses_at_once_and_recovers() -> None:
    """A flood of log-ins beyond the queue is refused without waiting; afterwards there is room again."""
    small = PasswordHasher(threads=1, queue=2)
    try:
        results = await asyncio.gather(
            *(small.verify(people.PASSWORD, None) for _ in range(10)), return_exceptions=True
        )
        assert sum(isinstance(result, HashingBusy) for result in results) == 7
        assert sum(result == (False, None) for result in results) == 3
        assert await small.verify(people.PASSWORD, None) == (False, None)
    finally:
        small.close()


async def test_a_caller_who_goes_away_frees_the_place_only_when_the_work_is_done() -> None:
    """Closing the connection again and again does not get more than the queue's work under way."""
    small = PasswordHasher(threads=1, queue=0)
    try:
        waiting = asyncio.ensure_future(small.verify(people.PASSWORD, None))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(HashingBusy):
            await small.verify(people.PASSWORD, None)
        with pytest.raises(asyncio.CancelledError):
            await waiting
    finally:
        small.close()
