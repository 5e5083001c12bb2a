"""The coverage clock in words: covered through which day, what to pay by when, and what happens otherwise. Pure.

The states are those of payments (`CoverageState`, `IfNotPaid` there); a state that this page does not know yet says
only what is certain. Next: `http/pages/dashboard.py`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from services.gateway.domain.marked import N_
from services.gateway.domain.wording import Language, day, money, unbroken

Say = Callable[[str], str]

COVERED = N_("You are covered through %(paid_through)s.")
PAID_AHEAD = N_("Your coverage begins on %(start)s and is paid through %(paid_through)s.")
UNBILLED = N_("The %(sum)s include a bill that you will get before that day.")
PAST_DUE = N_("You have a past-due balance.")
IN_GRACE = N_("You are in a grace period until %(grace_end)s.")
LOOK = N_("Please look at your bills, or call us.")
SENTENCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("waiting_for_premium", "none"): (
        N_(
            "The marketplace has not told us your premium yet. You will get a bill as soon as it does; "
            "there is nothing to pay now."
        ),
    ),
    ("binder_due", "never_begins"): (
        N_(
            "Your coverage begins with your first payment: pay %(sum)s by the end of %(pay_by)s. "
            "Otherwise it never begins."
        ),
    ),
    ("paid", "none"): (N_("There is nothing to pay now."),),
    ("in_flight", "none"): (N_("We received your payment and it is settling. There is nothing to do."),),
    ("due", "becomes_past_due"): (N_("Pay %(sum)s by the end of %(pay_by)s; after that day the bill is past due."),),
    ("past_due", "ends_on"): (
        N_("Pay %(sum)s by the end of %(pay_by)s to keep your coverage."),
        N_("Otherwise you are covered only through %(end)s."),
    ),
    ("past_due", "grace_goes_on"): (
        N_("Pay %(sum)s by the end of %(pay_by)s; after that day you will owe more."),
        N_("If not everything is paid by %(grace_end)s, you are covered only through %(end)s."),
    ),
    ("after_deadline", "ends_on"): (
        N_(
            "The last day to keep your coverage was %(pay_by)s, and your insurer may end it as of %(end)s. "
            "Please call us now."
        ),
    ),
    ("after_deadline", "never_begins"): (
        N_("The first payment was due by %(pay_by)s, so your coverage may never begin. Please call us now."),
    ),
    ("ended", "none"): (N_("This coverage ended on %(last)s. If you did not expect this, please call us."),),
    ("canceled", "none"): (N_("This policy was canceled before it began."),),
}
SAYS_COVERED = frozenset({"paid", "in_flight", "due"})
"""States in which one is first told through which day one is covered."""
ALARMING = frozenset({"past_due", "after_deadline"})
PLACES = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a policy stands, as payments tells it; `billed_cents` is what is billed and not paid by now."""

    state: str
    if_not_paid: str
    amount_cents: int
    billed_cents: int
    start_on: date
    end_on: date | None = None
    paid_through_on: date | None = None
    pay_by_on: date | None = None
    would_end_on: date | None = None
    grace_ends_on: date | None = None


def coverage_sentence(say: Say, language: Language, standing: Standing, today: date) -> str:
    """What is said of a policy, in the reader's language; `say` translates. Its days are joined by no-break spaces."""
    told = _told(language, standing)
    words = SENTENCES.get((standing.state, standing.if_not_paid), (LOOK,))
    said = [_filled(say(sentence), told) for sentence in words]
    if standing.state == "past_due":
        said.insert(0, _filled(say(PAST_DUE if standing.grace_ends_on is None else IN_GRACE), told))
        if standing.amount_cents > standing.billed_cents:
            said.insert(2, _filled(say(UNBILLED), told))
    whole = [sentence for sentence in said if sentence is not None]
    if len(whole) < len(said):
        whole = [say(LOOK)]
    if standing.state in SAYS_COVERED or words == (LOOK,):
        covered = _filled(say(COVERED if standing.start_on <= today else PAID_AHEAD), told)
        whole[:0] = [] if covered is None else [covered]
    return " ".join(whole)


def _told(language: Language, standing: Standing) -> dict[str, str]:
    """The days and the sum that are known, as they are said."""
    days = {
        "start": standing.start_on,
        "last": standing.end_on,
        "paid_through": standing.paid_through_on,
        "pay_by": standing.pay_by_on,
        "end": standing.would_end_on,
        "grace_end": standing.grace_ends_on,
    }
    told = {name: unbroken(day(on, language)) for name, on in days.items() if on is not None}
    return {**told, "sum": money(standing.amount_cents, language)}


def is_alarming(state: str) -> bool:
    """Whether coverage is in danger: the sentence is shown with alarm."""
    return state in ALARMING


def _filled(words: str, told: Mapping[str, str]) -> str | None:
    """The sentence with its days and sums; None when one of them is not known."""
    return words % told if all(name in told for name in PLACES.findall(words)) else None
