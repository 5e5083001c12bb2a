"""A contact: notify's own copy of how an account is reached, fed by identity's facts, newest version wins."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.notify.domain.catalog import AccountFact, Language, NoticedFact
from shared.contracts.identity import CaseOpenedV1


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a letter is for. Without a first name it greets nobody by name."""

    email: str
    first_name: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class Contact:
    """How one account is reached. `version` is that of the account row in identity."""

    account_id: UUID
    member_id: UUID | None
    status: Literal["unverified", "waiting_for_record", "verified"]
    first_name: str
    email: str
    phone: str | None
    language: Language
    version: int

    @property
    def verified_member_id(self) -> UUID | None:
        """The member whose bills and payments this account may be told of; None before it is verified."""
        return self.member_id if self.status == "verified" else None

    @property
    def recipient(self) -> Recipient:
        """The person behind the account."""
        return Recipient(self.email, self.first_name, self.language)


def contact_from(fact: AccountFact) -> Contact:
    """The contact as an account fact states it."""
    return Contact(
        account_id=fact.account_id,
        member_id=fact.member_id,
        status=fact.status,
        first_name=fact.first_name,
        email=fact.email,
        phone=fact.phone,
        language=Language(fact.language),
        version=fact.version,
    )


def recipient_in(fact: NoticedFact) -> Recipient | None:
    """Whom a fact without an account names itself; None for all others, which are told to a contact.

    The name that was typed is left out: anybody can type another person's address, and would otherwise put words of
    their own into our letter to that person.
    """
    if isinstance(fact, CaseOpenedV1) and fact.account_id is None:
        return Recipient(fact.email, None, Language(fact.language))
    return None
