"""What goes wrong, as a page in the reader's language: what happened, that nothing was lost, what to do now.

Next: `templates/error.html`.
"""

from dataclasses import dataclass

from aiohttp import web

from services.gateway.domain.marked import N_
from services.gateway.domain.wording import unbroken
from services.gateway.http.pages.page import Notice, Page
from services.gateway.http.problems import PROBLEMS
from services.gateway.providers.refusal import ServiceRefused
from shared.http.problems import Problem

MINUTE_SECONDS = 60
SHORT_WAIT_SECONDS = 120
PASSES = frozenset({429, 500, 502, 503, 504})
"""Statuses of what may be over when the same page is asked for again."""
FORM_CODES = frozenset({"form-too-old", "form-not-ours"})


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure by status and code; `wait_seconds` where waiting helps."""

    status: int
    code: str
    wait_seconds: int | None = None


WORDS: dict[str, tuple[str, str]] = {
    "not-found": (
        N_("We could not find that page"),
        N_("Check the address, or start again with the button below. Nothing was changed."),
    ),
    "form-too-old": (
        N_("This page was open for too long"),
        N_("Nothing was sent. Open the page again, fill in the form, and send it."),
    ),
    "too-many": (
        N_("Too many tries in a short time"),
        N_("Nothing was lost."),
    ),
    "answer-unknown": (
        N_("This takes longer than it should"),
        N_("We do not know yet whether it went through. Look at Payment History before you do it again."),
    ),
    "answer-unknown-without-log-in": (
        N_("This takes longer than it should"),
        N_("We do not know yet whether it went through. Please wait a minute, go back, and send it again."),
    ),
    "unavailable": (
        N_("We cannot do this at the moment"),
        N_("Nothing was lost. Please try again in a few minutes."),
    ),
    "not-allowed": (
        N_("You do not have access to this"),
        N_("If you think you should, contact support."),
    ),
    "bad-request": (
        N_("We could not understand that"),
        N_("Nothing was changed. Go back and try again."),
    ),
    "internal": (
        N_("Something went wrong on our side"),
        N_("Please try again. If it keeps happening, contact support and give the number below."),
    ),
}


def failure_of(error: Exception) -> Failure:
    """Which failure an error is."""
    problem = error if isinstance(error, Problem) else _as_problem(error)
    if problem is None:
        return Failure(500, "internal")
    waits = problem.headers.get("Retry-After", "")
    return Failure(problem.status, problem.code, int(waits) if waits.isdigit() else None)


def _as_problem(error: Exception) -> Problem | None:
    for kind in type(error).__mro__:
        if kind in PROBLEMS:
            return PROBLEMS[kind](error)
    if isinstance(error, web.HTTPException):
        code = "not-found" if error.status in (404, 405) else "bad-request"
        return Problem(error.status, code, error.reason)
    return None


def render_failure(page: Page, failure: Failure) -> web.Response:
    """The page of a failure."""
    heading, words = WORDS[_words_for(failure, may_have_paid=page.visit.caller is not None)]
    return page.render(
        "error.html",
        status=failure.status,
        heading=page._(heading),
        words=page._(words),
        wait=_wait(page, failure),
        again=_again(page, failure),
        form_at=page.own_address if page.is_post and failure.code in FORM_CODES else "",
        request_id=page.visit.request_id,
    )


def _words_for(failure: Failure, *, may_have_paid: bool) -> str:
    if failure.code in WORDS:
        return failure.code
    if failure.code in ("answer-late", "answer-lost"):
        return "answer-unknown" if may_have_paid else "answer-unknown-without-log-in"
    if failure.code in FORM_CODES:
        return "form-too-old"
    by_status = {404: "not-found", 405: "not-found", 429: "too-many", 403: "not-allowed", 503: "unavailable"}
    return by_status.get(failure.status, "internal" if failure.status >= 500 else "bad-request")


def _again(page: Page, failure: Failure) -> str:
    """The same page once more, where asking for it may help by now."""
    is_long = failure.status == 429 and (failure.wait_seconds or 0) > SHORT_WAIT_SECONDS
    return page.address if failure.status in PASSES and not is_long and not page.is_post else ""


def _wait(page: Page, failure: Failure) -> str:
    """How long to wait, in words; empty where waiting does not help."""
    if failure.status != 429:
        return ""
    if failure.wait_seconds is None:
        return page._("Please wait a moment and try again.")
    return page._("You can try again in %(time)s.") % {"time": waiting_time(page, failure.wait_seconds)}


def too_many_tries(page: Page, refused: ServiceRefused) -> Notice:
    """How long to wait, on top of a form: nothing that was typed into it is wrong."""
    wait = waiting_time(page, refused.retry_after_seconds or MINUTE_SECONDS)
    return Notice("warning", page._("Too many tries. Please wait %(wait)s and try again.") % {"wait": wait})


def waiting_time(page: Page, seconds: int) -> str:
    """`45 seconds`, `about 12 minutes`, in the reader's language, on one line."""
    if seconds > SHORT_WAIT_SECONDS:
        minutes = round(seconds / MINUTE_SECONDS)
        return unbroken(page._("about %(count)s minutes") % {"count": minutes})
    return unbroken(page.ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds})
