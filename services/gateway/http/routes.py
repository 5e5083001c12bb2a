"""Every public URL on one screen: who answers it, who may call it. What is not listed does not exist.

Next: `forward.py` passes these calls on. The gateway's own URLs (`/`, `/openapi.json`, `/sandbox/…`) are in `own.py`.
"""

from dataclasses import dataclass

from services.gateway.domain.owner import Owner
from shared.http.routes import Who

IDENTITY, PAYMENTS, NOTIFY = Owner.IDENTITY, Owner.PAYMENTS, Owner.NOTIFY
ANYONE, ACCOUNT, MEMBER, PARTNER = Who.ANYONE, Who.ACCOUNT, Who.MEMBER, Who.PARTNER
BODY_BYTES = 64 * 1024
FILE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PublicRoute:
    """One public URL.

    `idempotent`: asks for an Idempotency-Key. `guessable`: invites guessing, so one network gets few tries.
    `changes_caller`: what is remembered of the caller's sessions is wrong after it. `max_body_bytes`: 413 above.
    `streamed`: the content type of a body that is passed on as it arrives, held by nobody.
    """

    method: str
    path: str
    owner: Owner
    who: Who
    idempotent: bool = False
    guessable: bool = False
    changes_caller: bool = False
    max_body_bytes: int = BODY_BYTES
    streamed: str | None = None


PUBLIC_ROUTES: tuple[PublicRoute, ...] = (
    PublicRoute("POST", "/v1/accounts", IDENTITY, ANYONE, guessable=True),
    PublicRoute("GET", "/v1/account", IDENTITY, ACCOUNT),
    PublicRoute("POST", "/v1/account/verifications", IDENTITY, ACCOUNT, changes_caller=True),
    PublicRoute("POST", "/v1/account/verifications/{verification_id}", IDENTITY, ACCOUNT, changes_caller=True),
    PublicRoute("PUT", "/v1/account/password", IDENTITY, ACCOUNT, changes_caller=True),
    PublicRoute("POST", "/v1/password-resets", IDENTITY, ANYONE, guessable=True),
    PublicRoute("GET", "/v1/password-resets/{token}", IDENTITY, ANYONE, guessable=True),
    PublicRoute("PUT", "/v1/password-resets/{token}", IDENTITY, ANYONE, guessable=True),
    PublicRoute("POST", "/v1/sessions", IDENTITY, ANYONE, guessable=True),
    PublicRoute("GET", "/v1/sessions", IDENTITY, ACCOUNT),
    PublicRoute("DELETE", "/v1/sessions", IDENTITY, ACCOUNT, changes_caller=True),
    PublicRoute("DELETE", "/v1/sessions/{session_id}", IDENTITY, ACCOUNT, changes_caller=True),
    PublicRoute("POST", "/v1/cases", IDENTITY, ACCOUNT),
    PublicRoute("GET", "/v1/cases", IDENTITY, ACCOUNT),
    PublicRoute("GET", "/v1/cases/{case_id}", IDENTITY, ACCOUNT),
    PublicRoute("POST", "/v1/cases/{case_id}/messages", IDENTITY, ACCOUNT),
    PublicRoute("POST", "/v1/support-requests", IDENTITY, ANYONE, guessable=True),
    PublicRoute("POST", "/v1/partner/enrollments", IDENTITY, PARTNER),
    PublicRoute(
        "POST",
        "/v1/partner/enrollments/834",
        IDENTITY,
        PARTNER,
        max_body_bytes=FILE_BYTES,
        streamed="application/edi-x12",
    ),
    PublicRoute("GET", "/v1/partner/imports/{import_id}", IDENTITY, PARTNER),
    PublicRoute("GET", "/v1/policies", PAYMENTS, MEMBER),
    PublicRoute("GET", "/v1/policies/{policy_id}", PAYMENTS, MEMBER),
    PublicRoute("GET", "/v1/policies/{policy_id}/what-if", PAYMENTS, MEMBER),
    PublicRoute("GET", "/v1/bills", PAYMENTS, MEMBER),
    PublicRoute("GET", "/v1/bills/{bill_id}", PAYMENTS, MEMBER),
    PublicRoute("GET", "/v1/balance", PAYMENTS, MEMBER),
    PublicRoute("POST", "/v1/payment-methods", PAYMENTS, MEMBER),
    PublicRoute("GET", "/v1/payment-methods", PAYMENTS, MEMBER),
    PublicRoute("DELETE", "/v1/payment-methods/{method_id}", PAYMENTS, MEMBER),
    PublicRoute("POST", "/v1/payments/preview", PAYMENTS, MEMBER),
    PublicRoute("POST", "/v1/payments", PAYMENTS, MEMBER, idempotent=True),
    PublicRoute("GET", "/v1/payments", PAYMENTS, MEMBER),
    PublicRoute("GET", "/v1/payments/{payment_id_or_reference}", PAYMENTS, MEMBER),
    PublicRoute("POST", "/v1/payments/{payment_id_or_reference}/cancel", PAYMENTS, MEMBER),
    PublicRoute("GET", "/v1/track/{reference}", PAYMENTS, ANYONE, guessable=True),
    PublicRoute("GET", "/v1/notifications", NOTIFY, ACCOUNT),
)
