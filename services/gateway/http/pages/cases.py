"""A support case: everything that was written, by whom and when; and a box to write on."""

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.http.pages.contact import TOPICS, check_message, say_refused
from services.gateway.http.pages.page import Notice, Page
from services.gateway.providers.refusal import ServiceRefused


async def show_case(page: Page) -> web.Response:
    """GET /help/cases/{case_id}."""
    notice = Notice("success", page._("Your message was sent.")) if "sent" in page.query else None
    return await _render(page, page.form, notice=notice)


async def write_on(page: Page) -> web.Response:
    """POST /help/cases/{case_id}."""
    form, case_id = page.form, page.path_values["case_id"]
    check_message(page, form)
    if not form.is_fine:
        return await _render(page, form, status=422)
    try:
        await page.identity.add_case_message(page.visit, case_id, form.text("message"))
    except ServiceRefused as refused:
        notice = say_refused(page, form, refused)
        return await _render(page, form, status=422 if notice is None else 429, notice=notice)
    return page.go(f"/help/cases/{case_id}", sent="1")


async def _render(page: Page, form: Form, *, notice: Notice | None = None, status: int = 200) -> web.Response:
    case = await page.identity.case(page.visit, page.path_values["case_id"])
    topic = page._(TOPICS.get(case.topic, TOPICS["other"]))
    return page.render("help/case.html", status=status, here="help", notice=notice, form=form, case=case, topic=topic)
