"""Canaries: an SSN, a password and a token are looked for wherever they must not be after a full first visit."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from services.identity.domain.sealed import SealBroken, Sealed
from services.identity.providers.keyring import KeyRing
from tests.identity import people
from tests.identity.conftest import Identity, wrong_choices

TABLES = """
SELECT table_name
  FROM information_schema.tables
 WHERE table_schema = current_schema() AND table_name <> 'schema_migrations'
"""


async def full_visit(identity: Identity) -> tuple[list[Any], list[str]]:
    """Everything that a person and a partner do, right and wrong; returns all answers, and the secrets involved."""
    answers: list[Any] = []
    await identity.enroll()
    await identity.enroll("C-2", member__ssn="000-12-3456")
    answers.append((await identity.send(people.enrollment("C-3", policy__kind="x"))).body)
    await identity.register()
    answers += [
        (await identity.call("POST", "/v1/accounts", body=people.account())).body,
        (await identity.call("POST", "/v1/accounts", body=people.account(ssn="536-90-0000"))).body,
        (await identity.call("POST", "/v1/accounts", raw=str(people.account()).encode())).body,
        (await identity.try_log_in("maria.garcia", "Wrong-Heron-42-Lake")).body,
        (await identity.try_log_in(people.SSN, people.PASSWORD)).body,
    ]
    session_token = await identity.log_in()
    service_token = (await identity.resolve(session_token)).body["service_token"]
    asked = (await identity.start(service_token)).body
    answers.append((await identity.answer(service_token, asked["verification_id"], wrong_choices(asked))).body)
    answers.append(await identity.verify(service_token))
    answers.append((await identity.call("GET", "/v1/account", token=service_token)).body)
    answers.append((await identity.call("GET", "/v1/sessions", token=service_token)).body)
    await identity.call("DELETE", "/v1/sessions/current", token=service_token)
    return answers, [people.SSN, people.SSN.replace("-", ""), people.PASSWORD, session_token, service_token]


async def test_no_secret_is_in_tables_events_logs_or_answers(identity: Identity) -> None:
    """After a full visit no column of any table, no event, log line or answer holds an SSN, password or token."""
    with capture_logs() as logs:
        answers, secrets = await full_visit(identity)
    found = [str(answers), str(logs)]
    for table in await identity.rows(TABLES):
        name = table["table_name"]
        rows = await identity.rows(f"SELECT * FROM {name}")  # noqa: S608 - names come from the catalog
        found += [f"{name}: " + " ".join(_text(value) for value in row.values()) for row in rows]
    assert len(found) > 20
    for secret in secrets:
        assert [place[:60] for place in found if secret in place] == []


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


async def test_an_ssn_moved_to_another_row_does_not_open(identity: Identity, keys: KeyRing) -> None:
    """Whoever can write the database cannot show themselves another person's digits."""
    await identity.register()
    await identity.register(username="stranger", password=people.OTHER_PASSWORD, ssn="219-09-8765")
    await identity.parts.db.write(
        lambda tx: tx.execute(
            "UPDATE account SET ssn_sealed = (SELECT ssn_sealed FROM account WHERE username = 'maria.garcia')"
        )
    )
    (row,) = await identity.rows("SELECT account_id, ssn_key_id, ssn_sealed FROM account WHERE username = 'stranger'")
    with pytest.raises(SealBroken):
        keys.open(Sealed(row["ssn_key_id"], row["ssn_sealed"]), f"account:{row['account_id']}")
    stranger = await identity.enter("stranger", people.OTHER_PASSWORD)
    shown = await identity.call("GET", "/v1/account", token=stranger)
    assert (shown.status, shown.body["ssn_last4"]) == (200, None)


async def test_the_audit_log_tells_what_was_done_and_refused(identity: Identity) -> None:
    """Registrations, log-ins, refusals, verifications and enrollments are all in it, by ids only."""
    await full_visit(identity)
    acts = [row["act"] for row in await identity.rows("SELECT act FROM audit_entry ORDER BY audit_id")]
    assert set(acts) >= {
        "enrollment_taken",
        "registered",
        "username_refused",
        "log_in_refused",
        "logged_in",
        "verification_started",
        "verification_failed",
        "verified",
        "logged_out",
    }


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
async def test_the_audit_log_cannot_be_changed(identity: Identity, statement: str) -> None:
    """The service's own role may add to the audit log and read it, and nothing else."""
    with pytest.raises(Exception, match="permission denied"):
        await identity.parts.db.write(lambda tx: tx.execute(statement))
