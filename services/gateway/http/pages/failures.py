"""What goes wrong, as a page in the reader's language: what happened, that nothing was lost, what to do now.

Next: `templates/error.html`.
"""

from dataclasses import dataclass

from aiohttp import web

from services.gateway.domain.marked import N_
from services.gateway.http.pages.page import Page
from services.gateway.http.problems import PROBLEMS
from shared.http.problems import Problem

MINUTE_SECONDS = 60
PASSES = frozenset({429, 500, 502, 503, 504})
"""Statuses of what may be over when the same page is asked for again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure by status and code; `wait_seconds` where waiting helps."""

    status: int
    code: str
    wait_seconds: int | None = None


WORDS: dict[str, tuple[str, str]] = {
    "not-found": (
        N_("We could not find that page"),
        N_("Check the address, or start again from your dashboard. Nothing was changed."),
    ),
    "form-too-old": (
        N_("This page was open for too long"),
        N_("Nothing was sent. Go back, reload the page, and send the form again."),
    ),
    "too-many": (
        N_("Too many tries in a short time"),
        N_("Please wait a moment and try again. Nothing was lost."),
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
        again=page.address if failure.status in PASSES and not page.is_post else "",
        request_id=page.visit.request_id,
    )


def _words_for(failure: Failure, *, may_have_paid: bool) -> str:
    if failure.code in WORDS:
        return failure.code
    if failure.code in ("answer-late", "answer-lost"):
        return "answer-unknown" if may_have_paid else "answer-unknown-without-log-in"
    if failure.code == "form-not-ours":
        return "form-too-old"
    by_status = {404: "not-found", 405: "not-found", 429: "too-many", 403: "not-allowed", 503: "unavailable"}
    return by_status.get(failure.status, "internal" if failure.status >= 500 else "bad-request")


def _wait(page: Page, failure: Failure) -> str:
    """How long to wait, in words; empty where there is nothing to say."""
    if failure.wait_seconds is None or failure.status != 429:
        return ""
    return waiting_time(page, failure.wait_seconds)


def waiting_time(page: Page, seconds: int) -> str:
    """`45 seconds`, `about 12 minutes`, in the reader's language."""
    if seconds > 2 * MINUTE_SECONDS:
        minutes = round(seconds / MINUTE_SECONDS)
        return page._("about %(count)s minutes") % {"count": minutes}
    return page.ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}
