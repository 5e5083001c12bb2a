"""Contact Support: a case by form, with a number; logged in it is kept with one's account, else answered by email.

Next: `cases.py` shows the cases of an account.
"""

from typing import Any

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.http.pages.failures import too_many_tries
from services.gateway.http.pages.page import Notice, Page
from services.gateway.http.pages.track import MISTYPED
from services.gateway.providers.identity_answers import Case
from services.gateway.providers.refusal import ServiceRefused

TOPICS = {
    "payment_declined": N_("A payment was declined"),
    "payment_missing": N_("A payment does not show"),
    "bill_question": N_("A question about a bill"),
    "coverage_question": N_("A question about my coverage"),
    "enrollment_question": N_("A question about my enrollment"),
    "cannot_log_in": N_("I cannot log in"),
    "technical": N_("Something on these pages does not work"),
    "other": N_("Something else"),
}
LONGEST_MESSAGE = 4000
FULL = N_("This case is full. Please open a new one with Contact Support, and name the number of this one.")


async def show_contact(page: Page) -> web.Response:
    """GET /help/contact; `?reference=` and `?topic=` fill in what the page before knew."""
    known = {"payment_reference": page.query.get("reference", ""), "topic": page.query.get("topic", "")}
    return await _render(page, Form(known))


async def send_message(page: Page) -> web.Response:
    """POST /help/contact: open the case; its number is on the next page."""
    form = page.form
    if page.visit.caller is None and "@" not in form.text("email"):
        form.refuse("email", page._("Enter your email address, so that we can answer."))
    if form.text("topic") not in TOPICS:
        form.refuse("topic", page._("Choose what it is about."))
    check_message(page, form)
    if not form.is_fine:
        return await _render(page, form, status=422)
    try:
        reference = await _open(page, form)
    except ServiceRefused as refused:
        notice = say_refused(page, form, refused)
        return await _render(page, form, status=422 if notice is None else 429, notice=notice)
    return page.go("/help/contact/sent", case=page.keys.seal("case", {"reference": reference}, 3600))


async def show_sent(page: Page) -> web.Response:
    """GET /help/contact/sent: the case number; only who opened the case gets to see it."""
    told = page.keys.unseal("case", page.query.get("case", ""))
    if told is None:
        return page.go("/help/contact")
    return page.render("help/sent.html", here="help", reference=told["reference"])


def check_message(page: Page, form: Form) -> None:
    """A message is there and not endless."""
    if not form.need("message", page._("Write what we can help you with.")):
        return
    if len(form.text("message")) > LONGEST_MESSAGE:
        form.refuse("message", page._("Make it shorter: at most 4,000 characters."))


def say_refused(page: Page, form: Form, refused: ServiceRefused) -> Notice | None:
    """Why identity would not take it, beside the field, or as a notice where no field is wrong.

    What was written is kept. Raises what nobody here can mend.
    """
    if refused.status == 429:
        return too_many_tries(page, refused)
    if refused.code == "case-full":
        form.refuse("message", page._(FULL))
        return None
    if refused.status != 422:
        raise refused
    words = {
        "/message": page._(
            "Take out what looks like a Social Security Number or a card number: never send them in a message. "
            "Then send it again."
        ),
        "/email": page._("This email address cannot be used. Check it."),
        "/payment_reference": page._(MISTYPED),
        "/name": page._("This name cannot be used. Enter it with letters only, or leave it out."),
    }
    for error in refused.errors:
        form.refuse(
            error.pointer[1:] if error.pointer in words else "message", words.get(error.pointer, words["/message"])
        )
    return None


async def _open(page: Page, form: Form) -> str:
    case: dict[str, Any] = {"topic": form.text("topic"), "message": form.text("message")}
    if form.text("payment_reference"):
        case["payment_reference"] = form.text("payment_reference")
    if page.visit.caller is not None:
        return (await page.identity.open_case(page.visit, case)).reference
    case |= {"email": form.text("email"), "language": page.language.value}
    if form.text("name"):
        case["name"] = form.text("name")
    return (await page.identity.request_support(page.visit, case)).reference


async def _render(page: Page, form: Form, *, status: int = 200, notice: Notice | None = None) -> web.Response:
    cases: tuple[Case, ...] = ()
    if page.visit.caller is not None:
        cases = (await page.identity.cases(page.visit)).items
    return page.render(
        "help/contact.html",
        status=status,
        here="help",
        notice=notice,
        form=form,
        topics=[{"value": topic, "label": page._(words)} for topic, words in TOPICS.items()],
        topic_words={topic: page._(words) for topic, words in TOPICS.items()},
        cases=cases,
    )
