"""Make a Payment, step 1: how much, for which policies, and on which day. Next: `pay_method.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from aiohttp import web

from services.gateway.domain import wording
from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.domain.pay_choice import PayChoice
from services.gateway.domain.typed import amount_cents
from services.gateway.http.pages.page import Notice, Page
from services.gateway.providers.payments_answers import Balance, Preview
from services.gateway.providers.refusal import ServiceRefused

ALL_DUE, OTHER = "due", "other"
CHANGED = N_("Something has changed. Please check the amount and the policies.")


@dataclass(frozen=True, slots=True)
class Owed:
    """What the page stands on: the balance, and a preview of paying all that is due (None when nothing is)."""

    balance: Balance
    preview: Preview | None
    today: date

    @property
    def later_days(self) -> list[date]:
        """The days on which it can be paid besides today."""
        latest = self.preview.latest_pay_on if self.preview else None
        days = (latest - self.today).days if latest else 0
        return [self.today + timedelta(days=ahead) for ahead in range(1, days + 1)]


async def show_amount(page: Page) -> web.Response:
    """GET /pay; a later step that found it not possible any more leads back here with `changed`."""
    owed = await _owed(page)
    notice = Notice("warning", page._(CHANGED)) if "changed" in page.query else None
    return _render(page, owed, _filled_in(page, owed.balance), notice=notice)


async def choose_amount(page: Page) -> web.Response:
    """POST /pay: what is possible is asked of payments itself, before anything else."""
    owed, form = await _owed(page), page.form
    policy_ids = tuple(page.many("policy_id"))
    if len(owed.balance.policies) > 1 and not policy_ids:
        form.refuse("policy_id", page._("Choose at least one policy."))
    cents = _amount(page, form, owed.balance, policy_ids)
    choice = PayChoice.read(
        {"amount_cents": str(cents or ""), "pay_on": form.text("pay_on") if form.text("when") == "later" else ""},
        () if len(policy_ids) == len(owed.balance.policies) else policy_ids,
    )
    if form.text("when") == "later" and not form.text("pay_on"):
        form.refuse("pay_on", page._("Choose the day of your payment."))
    if form.is_fine and choice is None:
        form.refuse("amount", page._("Enter an amount, such as 272.50."))
    if not form.is_fine or choice is None:
        return _render(page, owed, form, status=422)
    try:
        await page.payments.preview(page.visit, choice.wanted())
    except ServiceRefused as refused:
        say_refused(page, form, refused)
        return _render(page, owed, form, status=422)
    return page.go("/pay/method", choice.pairs())


def say_refused(page: Page, form: Form, refused: ServiceRefused) -> None:
    """Why payments would not take it, beside the field. Raises what is not the person's to mend."""
    place = "what" if form.text("what") == ALL_DUE else "amount"
    match refused.code:
        case "amount-above-limit":
            largest = refused.extra.get("largest_cents")
            if isinstance(largest, int) and largest > 0:
                words = page._("The most that can be paid at once is %(sum)s: what is owed and %(time)s ahead.")
                time = wording.unbroken(page._("12 months"))
                form.refuse(place, words % {"sum": wording.money(largest, page.language), "time": time})
            else:
                form.refuse(place, page._("Nothing is owed at present, and no premium is known to pay ahead."))
        case "pay-on-not-allowed":
            form.refuse("pay_on", page._("A payment cannot be made on this day. Choose another day, or pay today."))
        case "not-found" | "invalid-fields":
            form.refuse(place, page._(CHANGED))
        case _:
            raise refused


async def _owed(page: Page) -> Owed:
    balance = await page.payments.balance(page.visit)
    today = await page.today()
    if balance.due_now_cents == 0:
        return Owed(balance, None, today)
    return Owed(balance, await page.payments.preview(page.visit, {"amount_cents": balance.due_now_cents}), today)


def _amount(page: Page, form: Form, balance: Balance, policy_ids: tuple[str, ...]) -> int | None:
    if form.text("what") == ALL_DUE:
        due_cents = _due_cents(balance, policy_ids)
        if due_cents == 0:
            form.refuse("what", page._("Nothing is due for this choice. Enter another amount to pay ahead."))
        return due_cents
    cents = amount_cents(form.text("amount"))
    if cents is None or cents == 0:
        form.refuse("amount", page._("Enter an amount, such as 272.50."))
    return cents


def _filled_in(page: Page, balance: Balance) -> Form:
    """The form as it was left, when one comes back to it by a link of a later step."""
    choice = PayChoice.read(page.query, page.many_of_query("policy_id"))
    if choice is None:
        return Form({"what": page.query["what"]} if page.query.get("what") in (ALL_DUE, OTHER) else {})
    when = {"when": "later", "pay_on": choice.pay_on.isoformat()} if choice.pay_on else {"when": "today"}
    if choice.amount_cents == _due_cents(balance, choice.policy_ids):
        return Form({"what": ALL_DUE, **when})
    return Form({"what": OTHER, "amount": f"{choice.amount_cents / 100:.2f}", **when})


def _due_cents(balance: Balance, policy_ids: Sequence[str]) -> int:
    """What is due for the chosen policies; none chosen: for all."""
    return sum(it.due_now_cents for it in balance.policies if not policy_ids or str(it.policy_id) in policy_ids)


def _render(page: Page, owed: Owed, form: Form, *, status: int = 200, notice: Notice | None = None) -> web.Response:
    chosen = page.many("policy_id") if page.is_post else page.many_of_query("policy_id")
    return page.render(
        "pay/amount.html",
        status=status,
        here="pay",
        notice=notice,
        form=form,
        balance=owed.balance,
        chosen=chosen or [str(policy.policy_id) for policy in owed.balance.policies],
        later_days=[
            {"value": day.isoformat(), "label": wording.weekday(day, page.language)} for day in owed.later_days
        ],
    )
