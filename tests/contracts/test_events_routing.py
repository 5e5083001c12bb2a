"""The routing key of a fact is what a subscriber's rights hold by: the insurer's id, and nobody else's."""

import pytest

from deploy.contract_examples import example_of
from deploy.contract_schemas import schema_of
from deploy.contracts import all_facts
from shared.contracts.payments import PaymentSucceededV1, PolicyEnrolledV1
from shared.fact import Exchange, Fact

PUBLIC = [fact for fact in all_facts() if fact.EXCHANGE is Exchange.EVENTS]


def paying(*insurers: str) -> PaymentSucceededV1:
    """A payment with an allocation for each of these."""
    body = example_of(schema_of(PaymentSucceededV1))
    (part,) = body["allocations"]
    parts = [{**part, "insurer_id": insurer} for insurer in insurers]
    return PaymentSucceededV1.model_validate({**body, "insurer_id": (*insurers, None)[0], "allocations": parts})


@pytest.mark.parametrize(
    ("insurers", "last"),
    [
        (("evergreen",), "evergreen"),
        (("evergreen", "evergreen"), "evergreen"),
        (("evergreen", "birch"), "several"),
        (("birch", "evergreen", "evergreen"), "several"),
        ((), "none"),
    ],
)
def test_a_payment_for_several_insurers_is_told_to_none_of_them_alone(insurers: tuple[str, ...], last: str) -> None:
    """With the first insurer's key that one would read what its member has with the other."""
    assert paying(*insurers).routing_key == f"payment.succeeded.v1.{last}"


@pytest.mark.parametrize("fact", PUBLIC, ids=lambda fact: fact.TYPE)
def test_a_key_has_four_words(fact: type[Fact]) -> None:
    """Noun, deed, version, insurer: what patterns of subscribers count on."""
    told = fact.model_validate(example_of(schema_of(fact)))
    assert told.routing_key == f"{fact.TYPE}.evergreen"
    assert len(told.routing_key.split(".")) == 4


def test_public_facts_have_no_personal_data() -> None:
    """No name, address, mail, phone, birth date or SSN is a field of a fact that goes outside."""
    personal = {"first_name", "legal_name", "email", "phone", "address", "date_of_birth", "ssn", "first", "last"}
    for fact in PUBLIC:
        schema = schema_of(fact)
        names = {name for part in (schema, *schema.get("$defs", {}).values()) for name in part["properties"]}
        assert not names & personal
    assert "policy_number" in PolicyEnrolledV1.model_fields
