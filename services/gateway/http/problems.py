"""What each failure of the gateway is called outside, in plain words."""

from collections.abc import Callable, Mapping
from typing import Any

from services.gateway.domain.clock_steps import ClockBackwards
from services.gateway.domain.receipt import NoReceiptYet
from services.gateway.http.receipt import no_receipt_yet
from services.gateway.providers.refusal import ServiceRefused
from services.gateway.providers.typesetter import TypesetterBusy
from services.gateway.providers.upstream import AnswerLost, ServiceAway, ServiceSlow
from services.gateway.usecases.move_clock import ClockStuck
from services.gateway.usecases.resolve_caller import TokenKind, TokenRefused
from services.gateway.usecases.settle import NotSettled
from shared.http.problems import Problem, unavailable

CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


def _token_refused(error: TokenRefused) -> Problem:
    if error.kind is TokenKind.PARTNER_KEY:
        return Problem(401, "invalid-partner-key", "This key is not known.", "Check the key.", headers=CHALLENGE)
    return Problem(
        401, "session-ended", "Your session has ended.", "Please log in again; nothing was done.", headers=CHALLENGE
    )


def _unknown(error: ServiceAway) -> Problem:
    late = isinstance(error, ServiceSlow)
    return Problem(
        503,
        "answer-late" if late else "answer-lost",
        "This takes longer than it should." if late else "The answer was lost on its way.",
        "We do not know yet whether it went through. Look before you do it again; "
        "a payment sent again with the same Idempotency-Key is made once.",
        headers={"Retry-After": "5"},
    )


def _backwards(error: ClockBackwards) -> Problem:
    return Problem(
        409,
        "clock-backwards",
        "The clock only moves forward.",
        f"It stands at {error.now.isoformat()}.",
        extra={"now": error.now.isoformat()},
    )


def _stuck(error: ClockStuck) -> Problem:
    return Problem(
        503,
        "clock-stuck",
        "Something is due and does not get done.",
        f"The clock stands at {error.now.isoformat()}; look at {', '.join(error.services) or 'every service'}.",
        headers={"Retry-After": "5"},
        extra={"now": error.now.isoformat(), "services": list(error.services)},
    )


def _not_settled(error: NotSettled) -> Problem:
    return Problem(
        503,
        "not-settled",
        "Something is still to be done.",
        "; ".join(f"{name}: {_counted(counts)}" for name, counts in error.pending.items()),
        headers={"Retry-After": "5"},
        extra={"pending": {name: dict(counts) for name, counts in error.pending.items()}},
    )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())


PROBLEMS: Mapping[type[Exception], Callable[[Any], Problem]] = {
    TokenRefused: _token_refused,
    ServiceRefused: lambda refused: refused.problem(),
    ServiceAway: lambda _: unavailable(),
    AnswerLost: _unknown,
    ServiceSlow: _unknown,
    ClockBackwards: _backwards,
    ClockStuck: _stuck,
    NotSettled: _not_settled,
    NoReceiptYet: no_receipt_yet,
    TypesetterBusy: lambda _: unavailable(),
}
