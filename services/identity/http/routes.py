"""Every URL of identity."""

from services.identity.http import accounts, enrollments, internal, sessions, verifications
from services.identity.http.account_schemas import (
    AccountMade,
    AccountShown,
    LogInBody,
    NewAccount,
    NewPassword,
    SessionMade,
    SessionsShown,
)
from services.identity.http.enrollment_schemas import EnrollmentBody, ImportMade, ImportShown
from services.identity.http.internal_schemas import KeyBody, PartnerResolved, SessionResolved, TokenBody
from services.identity.http.verification_schemas import (
    AnswersBody,
    NewVerification,
    VerificationMade,
    VerificationResult,
)
from shared.http.routes import Route, Who

ROUTES: tuple[Route, ...] = (
    Route("POST", "/v1/accounts", accounts.create, who=Who.ANYONE, summary="Create an account",
          body=NewAccount, answer=AccountMade, status=201, problems=("username-taken", "weak-password", "busy")),
    Route("GET", "/v1/account", accounts.show, who=Who.ACCOUNT, summary="One's own account", answer=AccountShown),
    Route("PUT", "/v1/account/password", accounts.change_own_password, who=Who.ACCOUNT,
          summary="Change one's password; every other session ends", body=NewPassword, status=204,
          problems=("wrong-password", "weak-password", "too-many-attempts", "busy")),
    Route("POST", "/v1/account/verifications", verifications.start, who=Who.ACCOUNT,
          summary="Begin to verify one's identity", body=NewVerification, answer=VerificationMade, status=201,
          problems=("method-not-offered", "already-verified", "waiting-for-record", "no-attempt-left")),
    Route("POST", "/v1/account/verifications/{verification_id}", verifications.answer, who=Who.ACCOUNT,
          summary="Answer the questions", body=AnswersBody, answer=VerificationResult, problems=("no-attempt-left",)),
    Route("POST", "/v1/sessions", sessions.begin, who=Who.ANYONE, summary="Log in",
          body=LogInBody, answer=SessionMade, status=201,
          problems=("invalid-credentials", "too-many-attempts", "busy")),
    Route("GET", "/v1/sessions", sessions.list_own, who=Who.ACCOUNT, summary="One's own sessions",
          answer=SessionsShown),
    Route("DELETE", "/v1/sessions", sessions.end_all, who=Who.ACCOUNT, summary="Log out everywhere", status=204),
    Route("DELETE", "/v1/sessions/{session_id}", sessions.end_one, who=Who.ACCOUNT,
          summary="Log out; `current` is the session in use", status=204),
    Route("POST", "/v1/partner/enrollments", enrollments.take, who=Who.PARTNER, summary="Send an enrollment",
          body=EnrollmentBody, answer=ImportMade, status=202,
          problems=("insurer-not-allowed", "control-number-reused")),
    Route("GET", "/v1/partner/imports/{import_id}", enrollments.show, who=Who.PARTNER,
          summary="What became of an import, line by line", answer=ImportShown),
    Route("POST", "/internal/sessions/resolve", internal.resolve_session_token, who=Who.GATEWAY,
          summary="A session's token as a service token", body=TokenBody, answer=SessionResolved,
          problems=("session-ended",)),
    Route("POST", "/internal/partner-keys/resolve", internal.resolve_key, who=Who.GATEWAY,
          summary="A partner's key as a service token", body=KeyBody, answer=PartnerResolved,
          problems=("invalid-partner-key",)),
)  # fmt: skip
