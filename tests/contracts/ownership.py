"""Whose ids may be named where: a row for each route of the API and of the pages, and what a stranger's id is answered.

A route without its row fails `test_ids_of_others.py`, and so does an id in a path, body or query that its row leaves
out. Where ids stand: `path.x`, `query.x`, `body.x`, `form.x`. Next: `two_members.py` has the ids to try.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_FOUND = 404
AWAY = 303
EMPTY = 200
UNPROCESSED = 422


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be named in a route, with the status of an answer to a stranger's id; the same as for nobody's id.

    `open_to_all` says of each other id why whoever knows it may use it. Without either, no id can be named at all, and
    the answer is about the caller alone.
    """

    refused: Mapping[str, int] = field(default_factory=dict)
    open_to_all: Mapping[str, str] = field(default_factory=dict)


def not_found(*places: str) -> Rule:
    """Each of these is a 404."""
    return Rule(dict.fromkeys(places, NOT_FOUND))


def known_to_all(**places: str) -> Rule:
    """Whoever knows one of these may use it; the text says why."""
    return Rule(open_to_all={name.replace("__", "."): why for name, why in places.items()})


OWN = Rule()
OF_PAYMENT = not_found("path.payment_id_or_reference")
WRITTEN_DOWN = "written down for a person to read, never looked up"
LINK = "a link of 256 random bits is the key itself"
TRACKED = "shows status, amount and day only, by design"
CHOICE = {"query.policy_id": AWAY, "query.method_id": AWAY}

API: Mapping[str, Rule] = {
    "POST /v1/accounts": OWN,
    "GET /v1/account": OWN,
    "POST /v1/account/verifications": OWN,
    "POST /v1/account/verifications/{verification_id}": not_found("path.verification_id"),
    "PUT /v1/account/password": OWN,
    "POST /v1/password-resets": OWN,
    "GET /v1/password-resets/{token}": known_to_all(path__token=LINK),
    "PUT /v1/password-resets/{token}": known_to_all(path__token=LINK),
    "POST /v1/sessions": OWN,
    "GET /v1/sessions": OWN,
    "DELETE /v1/sessions": OWN,
    "DELETE /v1/sessions/{session_id}": not_found("path.session_id"),
    "POST /v1/cases": known_to_all(body__payment_reference=WRITTEN_DOWN),
    "GET /v1/cases": OWN,
    "GET /v1/cases/{case_id}": not_found("path.case_id"),
    "POST /v1/cases/{case_id}/messages": not_found("path.case_id"),
    "POST /v1/support-requests": known_to_all(body__payment_reference=WRITTEN_DOWN),
    "POST /v1/partner/enrollments": known_to_all(
        body__exchange_member_id="the marketplace's own name of a person",
        body__exchange_policy_id="the marketplace's own name of a policy",
    ),
    "POST /v1/partner/enrollments/834": OWN,
    "GET /v1/partner/imports/{import_id}": not_found("path.import_id"),
    "GET /v1/policies": OWN,
    "GET /v1/policies/{policy_id}": not_found("path.policy_id"),
    "GET /v1/policies/{policy_id}/what-if": not_found("path.policy_id"),
    "GET /v1/bills": Rule({"query.policy_id": EMPTY}),
    "GET /v1/bills/{bill_id}": not_found("path.bill_id"),
    "GET /v1/balance": OWN,
    "POST /v1/payment-methods": OWN,
    "GET /v1/payment-methods": OWN,
    "DELETE /v1/payment-methods/{method_id}": not_found("path.method_id"),
    "POST /v1/payments/preview": not_found("body.policy_ids", "body.method_id"),
    "POST /v1/payments": Rule(
        {"body.policy_ids": NOT_FOUND, "body.method_id": NOT_FOUND},
        {"body.quote_id": "a hash of what one owes oneself: another's never fits"},
    ),
    "GET /v1/payments": Rule({"query.policy_id": EMPTY, "query.method_id": EMPTY}),
    "GET /v1/payments/{payment_id_or_reference}": OF_PAYMENT,
    "GET /v1/payments/{payment_id_or_reference}/receipt": OF_PAYMENT,
    "POST /v1/payments/{payment_id_or_reference}/cancel": OF_PAYMENT,
    "GET /v1/track/{reference}": known_to_all(path__reference=TRACKED),
    "GET /v1/notifications": OWN,
}

PAGES: Mapping[str, Rule] = {
    "GET /": OWN,
    "GET /docs": OWN,
    "POST /language": OWN,
    "GET /log-in": OWN,
    "POST /log-in": OWN,
    "POST /log-out": OWN,
    "POST /session/touch": OWN,
    "GET /create-account": OWN,
    "POST /create-account": OWN,
    "GET /create-account/sign-in": OWN,
    "POST /create-account/sign-in": OWN,
    "GET /create-account/verify": OWN,
    "POST /create-account/verify": OWN,
    "GET /create-account/done": OWN,
    "GET /forgot-password": OWN,
    "POST /forgot-password": OWN,
    "GET /forgot-password/sent": OWN,
    "GET /forgot-password/{token}": known_to_all(path__token=LINK),
    "POST /forgot-password/{token}": known_to_all(path__token=LINK),
    "GET /dashboard": OWN,
    "GET /bills": Rule({"query.policy_id": EMPTY}),
    "GET /bills/{bill_id}": not_found("path.bill_id"),
    "GET /payments": Rule({"query.policy_id": EMPTY, "query.reference": EMPTY}),
    "GET /payments/{reference}": not_found("path.reference"),
    "GET /payments/{reference}/receipt": not_found("path.reference"),
    "GET /payments/{reference}/cancel": not_found("path.reference"),
    "POST /payments/{reference}/cancel": not_found("path.reference"),
    "GET /pay": Rule({"query.policy_id": EMPTY}),
    "POST /pay": Rule({"form.policy_id": AWAY}),
    "GET /pay/method": Rule({"query.policy_id": EMPTY}),
    "POST /pay/method": Rule({"form.policy_id": UNPROCESSED, "form.method_id": UNPROCESSED}),
    "GET /pay/review": Rule(CHOICE),
    "POST /pay/review": Rule({"form.policy_id": AWAY, "form.method_id": AWAY}),
    "GET /pay/done/{reference}": not_found("path.reference"),
    "GET /help": OWN,
    "GET /help/track": OWN,
    "POST /help/track": known_to_all(form__reference=TRACKED),
    "GET /help/contact": known_to_all(query__reference=WRITTEN_DOWN),
    "POST /help/contact": known_to_all(form__payment_reference=WRITTEN_DOWN),
    "GET /help/contact/sent": OWN,
    "GET /help/cases/{case_id}": not_found("path.case_id"),
    "POST /help/cases/{case_id}": not_found("path.case_id"),
    "GET /settings": OWN,
    "GET /settings/payment-methods": OWN,
    "POST /settings/payment-methods": OWN,
    "GET /settings/payment-methods/{method_id}/remove": Rule({"path.method_id": AWAY}),
    "POST /settings/payment-methods/{method_id}/remove": Rule({"path.method_id": AWAY}),
    "GET /settings/profile": OWN,
    "GET /settings/security": OWN,
    "POST /settings/security": OWN,
    "POST /settings/security/sessions": Rule({"form.session_id": AWAY}),
    "POST /settings/security/log-out-everywhere": OWN,
}
