"""What `verify` finds: each invariant is broken on purpose, and named."""

import pytest

from services.identity.store.checks import CHECKS
from tests.identity.conftest import Identity, Meddle

BREAKAGES = {
    "I4-verified": "DELETE FROM outbox WHERE type = 'account.verified.v1'",
    "I4-registered": "DELETE FROM outbox WHERE type = 'account.registered.v1'",
    "linked-by-ssn": "DELETE FROM verification",
    "I10-enrolled": "UPDATE enrolled_policy SET version = version + 1",
    "I4-enrolled": "DELETE FROM outbox WHERE type = 'member.enrolled.v1'",
    "I4-case": "DELETE FROM outbox WHERE type = 'case.opened.v1'",
    "reset-ends-sessions": "INSERT INTO password_reset "
    "(reset_id, account_id, token_hash, network, expires_at, used_at) "
    "SELECT gen_random_uuid(), account_id, 'x', 'home', now(), now() FROM account",
    "import-has-lines": "DELETE FROM enrollment_import_line",
}


async def first_visit(identity: Identity) -> None:
    """An enrollment, an account, verified, with a question to support."""
    await identity.enroll()
    await identity.register()
    service_token = await identity.enter()
    assert (await identity.verify(service_token))["status"] == "verified"
    question = {"topic": "other", "message": "Which months are paid?"}
    assert (await identity.call("POST", "/v1/cases", token=service_token, body=question)).status == 201


@pytest.mark.parametrize("name", list(BREAKAGES))
async def test_a_broken_invariant_is_named(identity: Identity, meddle: Meddle, name: str) -> None:
    """After a first visit all holds; take one thing away, and `verify` says which rule is broken."""
    await first_visit(identity)
    assert await identity.broken_checks() == {}
    await meddle(BREAKAGES[name])
    assert name in {title.partition(":")[0] for title in await identity.broken_checks()}


async def test_a_fact_said_twice_is_found(identity: Identity) -> None:
    """Announcing an account as verified a second time is a broken invariant too."""
    await first_visit(identity)
    await identity.parts.db.write(
        lambda tx: tx.execute(
            "INSERT INTO outbox (event_id, type, exchange, routing_key, subject, sequence, occurred_at, source, "
            "                    correlation_id, causation_id, body) "
            "SELECT gen_random_uuid(), type, exchange, routing_key, subject, sequence, occurred_at, source, "
            "       correlation_id, causation_id, body FROM outbox WHERE type = 'account.verified.v1'"
        )
    )
    assert {title.partition(":")[0] for title in await identity.broken_checks()} == {"I4-verified"}


async def test_postgres_itself_refuses_a_second_link(identity: Identity) -> None:
    """Two accounts of one record cannot be written, whatever the code above does."""
    await first_visit(identity)
    await identity.register(username="second")
    with pytest.raises(Exception, match="account_member_id_key"):
        await identity.parts.db.write(
            lambda tx: tx.execute(
                "UPDATE account "
                "   SET status = 'verified', verified_at = now(), member_id = (SELECT member_id FROM member)"
            )
        )


def test_every_check_has_a_name_of_its_own() -> None:
    """A report names each rule once, in words."""
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(len(check.title) > 20 for check in CHECKS)
