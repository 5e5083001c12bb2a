"""The command line of a service: what is missing is said in one line and exit status 2, operators get their answers."""

import socket

import pytest

from shared.db import Database
from tests.conftest import app_dsn
from tests.shared.test_running import environment, finish

__all__ = ["environment"]  # a fixture

INSERT_DEAD = """
INSERT INTO inbox (consumer, event_id, type, status, attempts, error, headers, body)
VALUES ('payments.inbox', gen_random_uuid(), 'member.enrolled.v1', 'dead', 8, 'RuntimeError', '{}', '{}')
"""
FORBID = """
INSERT INTO idempotency_key (principal, route, key, body_hash, subject_id)
VALUES ('t', 't', 'forbidden', '', gen_random_uuid())
"""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TINY_NAME": "absent"}, "queue absent.inbox is missing"),
        ({"PORTAL_GATEWAY_KEY": None}, "PORTAL_GATEWAY_KEY (missing)"),
        ({"PORTAL_HTTP_PORT": "hush-hush"}, "PORTAL_HTTP_PORT"),
        ({"PORTAL_POSTGRES_DSN": "postgresql://u:hush-hush@127.0.0.1:1/d"}, "cannot reach the database or the broker"),
        ({"PORTAL_POSTGRES_DSN": "hush-hush"}, "cannot reach the database or the broker"),
        ({"PORTAL_AMQP_URL": "amqp://u:hush-hush@127.0.0.1:1/"}, "cannot reach the database or the broker"),
        ({"PORTAL_AMQP_URL": "hush-hush"}, "PORTAL_AMQP_URL"),
        ({"PORTAL_TOKEN_PUBLIC_KEY": "hush-hush"}, "PORTAL_TOKEN_PUBLIC_KEY"),
        ({"PORTAL_TOKEN_PUBLIC_KEY": '{"kty": "hush-hush"}'}, "PORTAL_TOKEN_PUBLIC_KEY"),
        ({"PORTAL_GATEWAY_KEY_FILE": "/nonexistent", "PORTAL_GATEWAY_KEY": None}, "PORTAL_GATEWAY_KEY_FILE"),
    ],
)
async def test_a_process_that_cannot_work_says_why_in_one_line(
    environment: dict[str, str], changes: dict[str, str | None], words: str
) -> None:
    """Exit status 2 and one line for the operator, without a stack trace and without a secret."""
    told = {name: value for name, value in {**environment, **changes}.items() if value is not None}
    status, out, err = await finish(told, "serve")
    said = [line for line in err.splitlines() if not line.startswith("{")]
    assert (status, out) == (2, "")
    assert len(said) == 1, err
    assert words in said[0]
    assert "hush-hush" not in err


async def test_a_port_that_is_taken_is_named(environment: dict[str, str]) -> None:
    """Another process listens there already: the operator learns which port it is."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, _, err = await finish({**environment, "PORTAL_HTTP_PORT": port}, "serve")
    assert status == 2
    assert f"payments: port {port} cannot be used" in err.splitlines()[-1]


async def test_verify_shows_what_is_broken(environment: dict[str, str], payments_db: Database) -> None:
    """Exit status 0 while every invariant holds, else 1, the broken ones and their rows."""
    status, out, _ = await finish(environment, "verify")
    assert (status, out.count("BROKEN")) == (0, 0)
    assert "checks hold" in out
    await payments_db.write(lambda tx: tx.execute(FORBID))
    await payments_db.write(lambda tx: tx.execute(INSERT_DEAD))
    status, out, _ = await finish(environment, "verify")
    assert status == 1
    assert "BROKEN  T1: no key is forbidden" in out
    assert "BROKEN  inbox-dead" in out
    assert "'key': 'forbidden'" in out


async def test_revive_gives_dead_messages_their_tries_again(environment: dict[str, str], payments_db: Database) -> None:
    """An operator has repaired the cause: dead messages are waiting again."""
    for _ in range(2):
        await payments_db.write(lambda tx: tx.execute(INSERT_DEAD))
    assert (await finish(environment, "revive"))[1] == "2 dead messages get their tries again\n"
    assert (await finish(environment, "revive"))[1] == "0 dead messages get their tries again\n"


async def test_a_services_own_command_gets_its_arguments(environment: dict[str, str]) -> None:
    """What follows the command's name is passed on, and its exit status is the process's."""
    assert await finish(environment, "say", "one", "--two", "3") == (3, "one --two 3\n", "")


async def test_an_unknown_command_is_refused(environment: dict[str, str]) -> None:
    """The commands that exist are listed."""
    status, _, err = await finish(environment, "dance")
    assert status == 2
    assert "serve" in err


async def test_migrating_needs_the_owners_dsn(environment: dict[str, str], portal_database: str) -> None:
    """Without the owner's DSN the command says so; with the app role's, dbmate's refusal names the service."""
    status, _, err = await finish(environment, "migrate")
    assert (status, err) == (2, "payments: PORTAL_POSTGRES_OWNER_DSN is missing\n")
    owner = app_dsn("payments", portal_database).replace("payments_app", "payments_owner")
    assert (await finish({**environment, "PORTAL_POSTGRES_OWNER_DSN": owner}, "migrate"))[0] == 0


@pytest.mark.parametrize("command", ["verify", "revive"])
async def test_a_service_without_a_database_says_so(environment: dict[str, str], command: str) -> None:
    """Invariants are asked of a service that has none to ask: one line instead of a stack trace."""
    told = {name: value for name, value in environment.items() if name != "PORTAL_POSTGRES_DSN"}
    status, _, err = await finish(told, command)
    assert status == 2
    assert "there is no database here" in err.splitlines()[-1]
