"""Guessing at log-in: nothing is told by answer or time, the guesser waits, and no owner is locked out."""

import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from services.identity.providers.hashing import PasswordHasher
from services.identity.usecases.parts import Parts
from services.identity.wiring import SERVICE
from shared.testing.clock import FixedClock
from shared.testing.http import serving
from tests.identity import people
from tests.identity.conftest import HOME, Identity, identity_settings

STRANGER = "203.0.113.66"
SAMPLES = 200
MOST_GAP_MS = 5
ATTACKS = 1_000


class CountingHasher(PasswordHasher):
    """Counts what it is asked to verify."""

    verified = 0

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        """Verify it, and count."""
        self.verified += 1
        return await super().verify(password, password_hash)


@pytest.fixture
async def quick(parts: Parts, clock: FixedClock) -> AsyncIterator[Identity]:
    """identity with hashes that cost next to nothing: what else differs between two refusals is not drowned by them."""
    hasher = PasswordHasher(memory_kib=64)
    lighter = replace(parts, hasher=hasher)
    async with serving(SERVICE, lighter, identity_settings(), parts.db, clock) as served:
        yield Identity(lighter, served)
    hasher.close()


async def test_unknown_name_and_wrong_password_are_answered_alike(identity: Identity) -> None:
    """Nobody learns from a refused log-in whether such a person has an account."""
    await identity.register()
    known = await identity.try_log_in("maria.garcia", "Wrong-Heron-42-Lake")
    unknown = await identity.try_log_in("nobody.here", "Wrong-Heron-42-Lake")
    mail = await identity.try_log_in("nobody@mail.test", "Wrong-Heron-42-Lake")
    assert {answer.status for answer in (known, unknown, mail)} == {401}
    bodies = [{**answer.body, "request_id": ""} for answer in (known, unknown, mail)]
    assert bodies[0] == bodies[1] == bodies[2]
    assert known.problem == "invalid-credentials"


async def test_known_and_unknown_names_take_the_same_time(
    quick: Identity, record_property: Callable[[str, object], None]
) -> None:
    """200 refusals each for a name that is there and one that is not: the gap of the medians is below 5 ms."""
    gap_ms = await gap_of_medians_ms(quick, SAMPLES)
    record_property("gap_of_medians_ms", round(gap_ms, 3))
    assert gap_ms < MOST_GAP_MS


async def test_a_name_of_nobody_costs_a_hash_too(parts: Parts, clock: FixedClock) -> None:
    """Else its refusal came sooner, by as long as a hash takes."""
    hasher = CountingHasher(memory_kib=64)
    counted = replace(parts, hasher=hasher)
    async with serving(SERVICE, counted, identity_settings(), parts.db, clock) as served:
        identity = Identity(counted, served)
        await identity.register()
        for number, name in enumerate(("maria.garcia", "nobody.here", "maria@mail.test", "nobody@mail.test"), 1):
            assert (await identity.try_log_in(name, "Wrong-Heron-42-Lake")).status == 401
            assert hasher.verified == number, name
    hasher.close()


async def gap_of_medians_ms(identity: Identity, samples: int) -> float:
    """How far the median times to refuse a name that is there and one that is not lie apart; asked in turns."""
    await identity.register()
    seconds: dict[str, list[float]] = {"maria.garcia": [], "nobody.here1": []}
    for number in range(samples):
        for name, found in seconds.items():
            started = time.perf_counter()
            assert (await identity.try_log_in(name, "Wrong-Heron-42-Lake", f"10.7.0.{number}")).status == 401
            found.append(time.perf_counter() - started)
    known, unknown = (statistics.median(found) * 1000 for found in seconds.values())
    return abs(known - unknown)


async def test_many_failures_of_a_stranger_make_the_stranger_wait_and_not_the_owner(identity: Identity) -> None:
    """Guessing at somebody's password slows the guesser's network down; the owner logs in from home as ever."""
    await identity.register()
    tries = [await identity.try_log_in("maria.garcia", "Wrong-Heron-42-Lake", STRANGER) for _ in range(8)]
    assert [answer.status for answer in tries[:6]] == [401] * 6
    assert tries[-1].status == 429
    assert tries[-1].problem == "too-many-attempts"
    assert int(tries[-1].headers["Retry-After"]) >= 1
    right = await identity.try_log_in("maria.garcia", people.PASSWORD, STRANGER)
    assert right.status == 429
    assert (await identity.try_log_in("maria.garcia", people.PASSWORD)).status == 201


@pytest.mark.parametrize("networks", [1, 40])
async def test_a_thousand_failures_lock_no_owner_out(quick: Identity, networks: int) -> None:
    """1,000 wrong passwords, from one network or from many: the owner logs in from home at the first try."""
    await quick.register()
    statuses = await attacked(quick, [f"100.64.0.{number}" for number in range(networks)])
    assert set(statuses) == {401, 429}
    assert (await quick.try_log_in("maria.garcia", people.PASSWORD)).status == 201


async def attacked(identity: Identity, networks: Sequence[str]) -> list[int]:
    """A thousand wrong passwords for one name, in turns from these networks; returns what each was answered."""
    tries = (networks[number % len(networks)] for number in range(ATTACKS))
    return [(await identity.try_log_in("maria.garcia", "Wrong-Heron-42-Lake", network)).status for network in tries]


async def try_from(identity: Identity, device: str, password: str = people.PASSWORD, **more: str) -> int:
    """Log in as Maria with a browser that the gateway names."""
    body = {"username": more.pop("username", "maria.garcia"), "password": password}
    headers = {"Portal-Client-Device": device}
    return (await identity.call("POST", "/v1/sessions", body=body, headers=headers, **more)).status


async def test_a_known_device_is_let_in_while_a_stranger_guesses_next_door(quick: Identity) -> None:
    """From the owner's own network, an office say: 1,000 failures make it wait, but not the browser that was in before.

    A browser of somebody else, or that has been in another account only, waits with all others.
    """
    await quick.register()
    await quick.register(username="stranger", password=people.OTHER_PASSWORD, ssn="219-09-8765")
    assert await try_from(quick, "the owner's browser") == 201
    assert await try_from(quick, "the stranger's browser", people.OTHER_PASSWORD, username="stranger") == 201
    await attacked(quick, [HOME])
    assert (await quick.try_log_in("maria.garcia", people.PASSWORD)).status == 429
    assert await try_from(quick, "a browser never seen") == 429
    assert await try_from(quick, "the stranger's browser") == 429
    assert await try_from(quick, "the owner's browser") == 201


async def test_a_known_device_is_no_place_to_guess_from(identity: Identity) -> None:
    """It has a count of its own with the same waits: whoever sits down at it guesses as slowly as anywhere."""
    await identity.register()
    assert await try_from(identity, "the owner's browser") == 201
    tries = [await try_from(identity, "the owner's browser", "Wrong-Heron-42-Lake") for _ in range(8)]
    assert (tries[:6], tries[-1]) == ([401] * 6, 429)
    assert await try_from(identity, "the owner's browser") == 429
    assert (await identity.try_log_in("maria.garcia", people.PASSWORD)).status == 201


async def test_waits_grow_and_a_success_forgets_them(identity: Identity) -> None:
    """Each failure beyond the fifth doubles the wait; the right password, once waited for, starts anew."""
    await identity.register()
    for _ in range(6):
        await identity.try_log_in("maria.garcia", "Wrong-Heron-42-Lake")
    waits = []
    for _ in range(3):
        await pass_the_wait(identity)
        await identity.try_log_in("maria.garcia", "Wrong-Heron-42-Lake")
        waits.append(int((await identity.try_log_in("maria.garcia", "x")).headers["Retry-After"]))
    assert waits == [2, 4, 8]
    await pass_the_wait(identity)
    assert (await identity.try_log_in("maria.garcia", people.PASSWORD)).status == 201
    assert (await identity.try_log_in("maria.garcia", "Wrong-Heron-42-Lake")).status == 401
    assert (await identity.try_log_in("maria.garcia", people.PASSWORD)).status == 201


async def test_a_network_that_tries_many_names_waits(identity: Identity) -> None:
    """Trying one password with many names is slowed down too; 50 failures are free: offices share one network."""
    await identity.parts.db.write(
        lambda tx: tx.execute("INSERT INTO throttle (key, failures) VALUES ($1, 50)", network_key(STRANGER))
    )
    first = await identity.try_log_in("somebody", "Wrong-Heron-42-Lake", STRANGER)
    second = await identity.try_log_in("somebody.else", "Wrong-Heron-42-Lake", STRANGER)
    assert (first.status, second.status) == (401, 429)


def network_key(address: str) -> bytes:
    """What the failures of a network are counted under."""
    return sha256(f"log-in\x1f{address}".encode()).digest()


async def pass_the_wait(identity: Identity) -> None:
    """Let the waits be over, as if the time had passed."""
    await identity.parts.db.write(lambda tx: tx.execute("UPDATE throttle SET wait_until = now()"))


async def test_guessing_the_old_password_is_slowed_down(identity: Identity) -> None:
    """An open session is no way around the waits of logging in."""
    await identity.register()
    service_token = await identity.enter()
    body = {"old_password": "Wrong-Heron-42-Lake", "new_password": people.OTHER_PASSWORD}
    tries = [await identity.call("PUT", "/v1/account/password", token=service_token, body=body) for _ in range(7)]
    assert (tries[5].status, tries[6].status) == (422, 429)
