"""The invented people of the demo data: who they are, what they are enrolled in, how far they have come.

Next: `demo_plan.py` says on which day each of them does what.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

PASSWORD = "Willow-Bridge-27"  # noqa: S105 - of invented people, and shown at every start
EVERGREEN = {"id": "evergreen", "name": "Evergreen Health Plan"}
BRIGHTSMILE = {"id": "brightsmile", "name": "BrightSmile Dental"}
INSURER_CONTACTS = {
    "evergreen": ("(800) 555-0142", "https://evergreen.example"),
    "brightsmile": ("(800) 555-0167", "https://brightsmile.example"),
}
"""Phone and website by insurer; numbers and domains that nobody has."""


class Progress(StrEnum):
    """How far a person has come; shown as `state`."""

    ENROLLED = "enrolled, no account yet"
    UNVERIFIED = "account made, not verified yet"
    BILL_DUE = "verified, a bill is due"
    PAID = "verified, the first bill is paid; reads Spanish"
    NOTHING_DUE = "verified, nothing is due"
    PAST_DUE = "verified, a bill is past due"
    DECLINED = "verified, the card was declined, the bill is still due"
    LONG_HISTORY = "verified, many months of bills and payments"
    TWO_POLICIES = "verified, first bills of health and dental are due"


@dataclass(frozen=True, slots=True)
class Dental:
    """A dental policy beside the health policy; amounts in cents."""

    plan: str
    premium_cents: int


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person with a health policy, and perhaps a dental one."""

    progress: Progress
    number: int
    first: str
    last: str
    date_of_birth: str
    ssn: str
    zip_code: str
    language: str
    plan: str
    premium_cents: int
    subsidy_cents: int
    dental: Dental | None = None

    @property
    def username(self) -> str:
        """How this person logs in."""
        return f"{self.first}.{self.last}".lower()

    @property
    def email(self) -> str:
        """An address in a domain that never exists."""
        return f"{self.username}@mail.example"

    @property
    def premium_text(self) -> str:
        """The full premium of the health policy as the verification questions show it."""
        return _shown(self.premium_cents)

    def enrollments(self, starts_on: date) -> list[dict[str, Any]]:
        """What the marketplace sends, one for each policy; the same control numbers each time."""
        return [self.enrollment(starts_on), *([self._dental_enrollment(starts_on)] if self.dental else [])]

    def enrollment(self, starts_on: date) -> dict[str, Any]:
        """What the marketplace sends for the health policy."""
        policy = {
            "policy_number": f"EV-{100200 + self.number}",
            "plan": self.plan,
            "kind": "health",
            "premium_cents": self.premium_cents,
            "subsidy_cents": self.subsidy_cents,
        }
        return self._enrollment(f"DEMO-{self.number:04d}", EVERGREEN, policy, starts_on)

    def _dental_enrollment(self, starts_on: date) -> dict[str, Any]:
        assert self.dental is not None  # noqa: S101 - asked by `enrollments` alone
        policy = {
            "policy_number": f"BS-{300400 + self.number}",
            "plan": self.dental.plan,
            "kind": "dental",
            "premium_cents": self.dental.premium_cents,
            "subsidy_cents": 0,
        }
        return self._enrollment(f"DEMO-{self.number:04d}-DENTAL", BRIGHTSMILE, policy, starts_on)

    def _enrollment(
        self, control_number: str, insurer: Mapping[str, str], policy: Mapping[str, Any], starts_on: date
    ) -> dict[str, Any]:
        return {
            "control_number": control_number,
            "action": "add",
            "effective_on": starts_on.isoformat(),
            "insurer": insurer,
            "member": {
                "exchange_member_id": f"EX-DEMO-{self.number:04d}",
                "legal_name": self._legal_name(),
                "date_of_birth": self.date_of_birth,
                "ssn": self.ssn,
                "address": {"line1": "12 Main Street", "city": "Springfield", "state": "NJ", "zip": self.zip_code},
                "email": self.email,
                "language": self.language,
            },
            "policy": {**policy, "coverage_start_on": starts_on.isoformat()},
        }

    def account(self) -> dict[str, Any]:
        """What the person fills in to create an account."""
        return {
            "legal_name": self._legal_name(),
            "date_of_birth": self.date_of_birth,
            "ssn": self.ssn,
            "username": self.username,
            "password": PASSWORD,
            "email": self.email,
            "language": self.language,
        }

    def answers(self) -> dict[str, str]:
        """What the person knows of the health policy, by question."""
        return {"plan": self.plan, "premium": self.premium_text, "zip": self.zip_code}

    def answers_to(self, questions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """The right choice of each question, whichever of the policies it is about."""
        known = set(self.answers().values())
        if self.dental:
            known |= {self.dental.plan, _shown(self.dental.premium_cents)}
        return {
            question["question_id"]: next(choice for choice in question["choices"] if choice in known)
            for question in questions
        }

    def _legal_name(self) -> dict[str, str]:
        return {"first": self.first, "last": self.last}


def _shown(amount_cents: int) -> str:
    return f"${amount_cents / 100:,.2f}"


PEOPLE: Sequence[Person] = (
    Person(Progress.ENROLLED, 1, "Nora", "Lindqvist", "1988-03-14", "212-55-0101", "07081", "en",
           "Evergreen Silver 2500", 48_250, 21_000),
    Person(Progress.BILL_DUE, 2, "Omar", "Haddad", "1975-11-02", "212-55-0102", "07083", "en",
           "Evergreen Gold 1000", 61_975, 0),
    Person(Progress.PAID, 3, "Lucia", "Ortega", "1991-07-29", "212-55-0103", "07088", "es",
           "Evergreen Bronze 6000", 33_410, 15_400),
    Person(Progress.UNVERIFIED, 4, "Theo", "Baptiste", "1996-01-20", "212-55-0104", "07090", "en",
           "Evergreen Bronze 6000", 35_120, 18_000),
    Person(Progress.NOTHING_DUE, 5, "Grace", "Nakamura", "1969-05-08", "212-55-0105", "07016", "en",
           "Evergreen Silver 2500", 57_640, 32_500),
    Person(Progress.PAST_DUE, 6, "Marcus", "Bell", "1983-09-17", "212-55-0106", "07205", "en",
           "Evergreen Silver 2500", 50_315, 24_100),
    Person(Progress.DECLINED, 7, "Denise", "Okafor", "1979-12-03", "212-55-0107", "07060", "en",
           "Evergreen Gold 1000", 59_280, 27_900),
    Person(Progress.LONG_HISTORY, 8, "Walter", "Kim", "1961-02-26", "212-55-0108", "07033", "en",
           "Evergreen Gold 1000", 84_730, 41_250),
    Person(Progress.TWO_POLICIES, 9, "Priya", "Raman", "1990-06-11", "212-55-0109", "07023", "en",
           "Evergreen Silver 2500", 46_890, 19_500, Dental("BrightSmile Family 50", 5_425)),
)  # fmt: skip
