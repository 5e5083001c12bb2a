"""Create Account, step 3: three questions about the enrollment prove who one is.

Whether there is a record is told only after the questions were answered; a wrong answer and a wrong record look alike.
Showing the questions uses up nothing: identity draws them once and gives the same ones until they are answered.
Next: `create_account.py` says that all is done, or the person waits for the enrollment.
"""

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.domain.wording import unbroken
from services.gateway.http.pages.failures import waiting_time
from services.gateway.http.pages.page import Page
from services.gateway.providers.identity_answers import Account, Verification
from services.gateway.providers.refusal import ServiceRefused
from services.gateway.providers.upstream import ServiceAway

QUESTIONS = {
    "plan": N_("Which plan did you choose?"),
    "premium": N_("What is the full monthly premium of your plan, before any tax credit?"),
    "zip": N_("Which ZIP code did you give for your home?"),
}
NOT_CHOSEN = {
    "plan": N_("Choose your plan, or “None of these”."),
    "premium": N_("Choose the premium of your plan, or “None of these”."),
    "zip": N_("Choose your ZIP code, or “None of these”."),
}
NONE_OF_THESE = N_("None of these")
"""As identity has it among the choices: the value stays, the words are the reader's."""


async def show_questions(page: Page) -> web.Response:
    """GET /create-account/verify: the questions, or why there are none."""
    try:
        account = await page.identity.account(page.visit)
    except ServiceAway:
        return _come_back(page)
    if account.status == "verified":
        return page.go("/dashboard")
    if account.status == "waiting_for_record":
        return _waiting(page, account)
    return await _ask(page, page.form)


async def answer_questions(page: Page) -> web.Response:
    """POST /create-account/verify: all three right, or another try."""
    form = page.form
    asked = [name for name in QUESTIONS if f"asked_{name}" in form.typed]
    for name in asked:
        if not form.text(name):
            form.refuse(name, page._(NOT_CHOSEN[name]))
    if not form.is_fine or not form.text("verification_id"):
        return await _ask(page, form, status=422)
    answers = {name: form.raw(name) for name in asked}
    try:
        result = await page.identity.answer_verification(page.visit, form.text("verification_id"), answers)
    except ServiceRefused as refused:
        return await _refused(page, refused)
    except ServiceAway:  # perhaps they were judged: the page knows
        return page.go("/create-account/verify")
    if result.account_status == "verified":
        return page.go("/create-account/done")
    if result.account_status == "waiting_for_record":
        return page.go("/create-account/verify")
    return page.go("/create-account/verify", wrong="1")


async def _ask(page: Page, form: Form, *, status: int = 200) -> web.Response:
    try:
        verification = await page.identity.start_verification(page.visit)
    except ServiceRefused as refused:
        return await _refused(page, refused)
    except ServiceAway:
        return _come_back(page)
    return page.render(
        "create_account/verify.html",
        status=status,
        here="create-account",
        form=form,
        verification_id=str(verification.verification_id),
        questions=_in_words(page, verification),
        was_wrong="wrong" in page.query,
    )


def _in_words(page: Page, verification: Verification) -> list[dict[str, object]]:
    """Each question in the reader's language, with its choices as the enrollment has them."""
    return [
        {
            "name": question.question_id,
            "legend": page._(QUESTIONS[question.question_id]),
            "options": [{"value": choice, "label": _choice_in_words(page, choice)} for choice in question.choices],
        }
        for question in verification.questions
        if question.question_id in QUESTIONS
    ]


def _choice_in_words(page: Page, choice: str) -> str:
    return page._(NONE_OF_THESE) if choice == NONE_OF_THESE else choice


async def _refused(page: Page, refused: ServiceRefused) -> web.Response:
    match refused.code:
        case "already-verified":
            return page.go("/dashboard")
        case "waiting-for-record":
            return _waiting(page, await page.identity.account(page.visit))
        case "no-attempt-left" | "too-many-attempts":
            return _no_attempt_left(page, refused.retry_after_seconds or 60)
        case "not-found" | "invalid-fields":
            return page.go("/create-account/verify")
        case _ if refused.status == 503:
            return _come_back(page)
        case _:
            raise refused


def _come_back(page: Page) -> web.Response:
    return page.render("create_account/come_back.html", status=503, here="create-account")


def _waiting(page: Page, account: Account) -> web.Response:
    return page.render("create_account/waiting.html", here="create-account", account=account)


def _no_attempt_left(page: Page, seconds: int) -> web.Response:
    return page.render("create_account/no_attempt_left.html", here="create-account", wait=_hours(page, seconds))


def _hours(page: Page, seconds: int) -> str:
    """A long wait in hours, a short one as ever."""
    hours = round(seconds / 3600)
    if hours < 2:
        return waiting_time(page, seconds)
    return unbroken(page._("about %(count)s hours") % {"count": hours})
