"""A second member beside the one of `portal_world.py`, with one of everything that has an id; and another partner.

Next: `test_ids_of_others.py` asks for these ids as the first member.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from services.identity.usecases.add_partner_key import add_partner_key
from tests.contracts.portal_world import PARTNER_KEY, Portal
from tests.identity import people
from tests.identity.conftest import first_choices

OTHER_KEY = "hcpk_of_another_partner"
OTHER_SSN = "219-09-8765"
NAME = "Bartholomew"
PLAN = "Gold Orchard 1500"
POLICY_NUMBER = "BH-88002"


@dataclass(frozen=True, slots=True)
class Pair:
    """The portal, whose `session` is the first member's; what the second one has; ids of nobody to compare with."""

    portal: Portal
    other_session: str
    others: Mapping[str, str]
    nobodys: Mapping[str, str]

    def values(self, place: str, ids: Mapping[str, str]) -> list[str]:
        """What to put into a place of a route: a payment goes by its id and by its reference number."""
        name = place.partition(".")[2]
        if name == "payment_id_or_reference":
            return [ids["payment_id"], ids["reference"]]
        return [ids["policy_id" if name == "policy_ids" else name]]

    async def an_id(self) -> str:
        """An id that nobody has."""
        return str(uuid4())

    async def some_ids(self) -> list[str]:
        """One in a list."""
        return [str(uuid4())]


def assert_nothing_of_the_other(pair: Pair, shown: str) -> None:
    """No id, name, plan, number or address of the second member."""
    for word in (*pair.others.values(), NAME, PLAN, POLICY_NUMBER, "other@mail.test", "other.member"):
        assert word not in shown


async def _done(portal: Portal, method: str, path: str, shown: str | None, body: Any = None) -> dict[str, Any]:
    answered = await portal.gateway.call(method, path, token=shown, body=body, key=uuid4().hex)
    assert answered.status < 300, (path, answered.body)
    made: dict[str, Any] = answered.body
    return made


async def open_other_member(portal: Portal) -> tuple[str, dict[str, str]]:
    """Let the other member come: enrolled, verified, with a card, a payment and a case; returns session and ids."""
    await _join(portal)
    log_in = {"username": "other.member", "password": people.OTHER_PASSWORD}
    session = await _done(portal, "POST", "/v1/sessions", None, log_in)
    token = str(session["token"])
    asked = await _done(portal, "POST", "/v1/account/verifications", token, {"method": "questions"})
    right = {"plan": PLAN, "premium": "$512.00", "zip": "12345"}
    path = f"/v1/account/verifications/{asked['verification_id']}"
    judged = await _done(portal, "POST", path, token, {"answers": first_choices(asked, right)})
    assert judged["status"] == "verified"
    await portal.deliver()
    ids = {"session_id": session["session_id"], "verification_id": asked["verification_id"]}
    ids |= {"account_id": session["account_id"]} | await _possessions(portal, token)
    return token, {name: str(value) for name, value in ids.items()}


async def _join(portal: Portal) -> None:
    legal_name = {"first": NAME, "last": "Quill"}
    enrollment = people.enrollment(
        "C-OTHER",
        member__exchange_member_id="X-2002",
        member__legal_name=legal_name,
        member__ssn=OTHER_SSN.replace("-", ""),
        member__email="other@mail.test",
        policy__policy_number=POLICY_NUMBER,
        policy__plan=PLAN,
        policy__premium_cents=51_200,
    )
    await _done(portal, "POST", "/v1/partner/enrollments", PARTNER_KEY, enrollment)
    account = people.account(
        legal_name=legal_name, ssn=OTHER_SSN, username="other.member", email="other@mail.test",
        password=people.OTHER_PASSWORD,
    )  # fmt: skip
    await _done(portal, "POST", "/v1/accounts", None, account)
    await portal.deliver()


async def _possessions(portal: Portal, token: str) -> dict[str, Any]:
    [policy] = (await _done(portal, "GET", "/v1/policies", token))["items"]
    [bill] = (await _done(portal, "GET", "/v1/bills", token))["items"]
    card = {"type": "card", "token": await portal.processor.token()}
    method = await _done(portal, "POST", "/v1/payment-methods", token, card)
    wanted = {"amount_cents": 1_000, "method_id": method["method_id"]}
    payment = await _done(portal, "POST", "/v1/payments", token, wanted)
    case = await _done(portal, "POST", "/v1/cases", token, {"topic": "other", "message": "About my own bill"})
    return {
        "policy_id": policy["policy_id"],
        "bill_id": bill["bill_id"],
        "method_id": method["method_id"],
        "payment_id": payment["payment_id"],
        "reference": payment["reference"],
        "case_id": case["case_id"],
        "case_reference": case["reference"],
    }


async def import_of_another_partner(portal: Portal) -> str:
    """The id of an import that another partner has sent."""
    await portal.parts["identity"].db.write(
        lambda tx: add_partner_key(tx, uuid4(), "another marketplace", ["fernleaf"], OTHER_KEY)
    )
    sent = people.enrollment("C-PARTNER", policy__kind="dental", insurer__id="fernleaf", policy__policy_number="FL-1",
                             member__exchange_member_id="X-3003", member__ssn=None)  # fmt: skip
    made = await _done(portal, "POST", "/v1/partner/enrollments", OTHER_KEY, sent)
    return str(made["import_id"])
