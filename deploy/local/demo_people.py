"""The invented people of the demo data: who they are, what they are enrolled in, how far they have come."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

PASSWORD = "Willow-Bridge-27"  # noqa: S105 - of invented people, and shown at every start


class Progress(StrEnum):
    """How far a person has come; shown as `state`."""

    ENROLLED = "enrolled, no account yet"
    BILL_DUE = "verified, a bill is due"
    PAID = "verified, the first bill is paid"


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person with one policy."""

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
        """The full premium as the verification questions show it."""
        return f"${self.premium_cents / 100:,.2f}"

    def enrollment(self, starts_on: date) -> dict[str, Any]:
        """What the marketplace sends; the same control number each time."""
        return {
            "control_number": f"DEMO-{self.number:04d}",
            "action": "add",
            "effective_on": starts_on.isoformat(),
            "insurer": {"id": "evergreen", "name": "Evergreen Health Plan"},
            "member": {
                "exchange_member_id": f"EX-DEMO-{self.number:04d}",
                "legal_name": self._legal_name(),
                "date_of_birth": self.date_of_birth,
                "ssn": self.ssn,
                "address": {"line1": "12 Main Street", "city": "Springfield", "state": "NJ", "zip": self.zip_code},
                "email": self.email,
                "language": self.language,
            },
            "policy": {
                "policy_number": f"EV-{100200 + self.number}",
                "plan": self.plan,
                "kind": "health",
                "premium_cents": self.premium_cents,
                "subsidy_cents": self.subsidy_cents,
                "coverage_start_on": starts_on.isoformat(),
            },
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
        """What the person knows, by question."""
        return {"plan": self.plan, "premium": self.premium_text, "zip": self.zip_code}

    def _legal_name(self) -> dict[str, str]:
        return {"first": self.first, "last": self.last}


PEOPLE = (
    Person(Progress.ENROLLED, 1, "Nora", "Lindqvist", "1988-03-14", "212-55-0101", "07081", "en",
           "Evergreen Silver 2500", 48_250, 21_000),
    Person(Progress.BILL_DUE, 2, "Omar", "Haddad", "1975-11-02", "212-55-0102", "07083", "en",
           "Evergreen Gold 1000", 61_975, 0),
    Person(Progress.PAID, 3, "Lucia", "Ortega", "1991-07-29", "212-55-0103", "07088", "es",
           "Evergreen Bronze 6000", 33_410, 15_400),
)  # fmt: skip
