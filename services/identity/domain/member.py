"""A member record: the person as the marketplace knows them, found again when the next enrollment comes.

Found by the marketplace's own member id, else SSN and birth date, else name, birth date and ZIP. A match by id or by
policy number alone is not believed unless SSN, birth date or name agrees: a wrong id must not hand over a record.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from services.identity.domain.names import name_key, same_person_name
from services.identity.domain.ssn import Ssn
from shared.contracts.identity import LegalName


class AddressMissing(Exception):
    """A new member needs an address: letters go there, and verification asks for its ZIP code."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the member gets letters; `zip_code` has 5 or 5-4 digits."""

    line1: str
    city: str
    state: str
    zip_code: str


@dataclass(frozen=True, slots=True)
class Dependent:
    """Somebody covered by a member's policy beside the member."""

    legal_name: LegalName
    date_of_birth: date
    exchange_member_id: str | None = None

    @property
    def key(self) -> str:
        """What tells the dependents of one policy apart: twins by their names."""
        return f"{self.date_of_birth}|{name_key(self.legal_name)}"


@dataclass(frozen=True, slots=True)
class Dependents:
    """What an enrollment says of dependents; those it does not name stay, unless the list `is_complete`."""

    covered: tuple[Dependent, ...] = ()
    ended: tuple[Dependent, ...] = ()
    is_complete: bool = False


NO_DEPENDENTS = Dependents()


@dataclass(frozen=True, slots=True)
class Enrollee:
    """The member as one enrollment describes them; without an address the one that is known stays."""

    exchange_member_id: str | None
    legal_name: LegalName
    date_of_birth: date
    ssn: Ssn | None
    address: Address | None
    email: str | None
    phone: str | None
    language: Literal["en", "es"] | None


@dataclass(frozen=True, slots=True)
class Member:
    """The record; `ssn_index` is None while no valid SSN came."""

    member_id: UUID
    exchange_member_id: str | None
    legal_name: LegalName
    date_of_birth: date
    ssn_index: bytes | None
    address: Address
    email: str | None
    phone: str | None
    language: str | None

    @property
    def name_key(self) -> str:
        """What the record is looked up by, with birth date and ZIP."""
        return name_key(self.legal_name)

    def agrees_with(self, enrollee: Enrollee, ssn_index: bytes | None) -> bool:
        """Whether SSN, birth date or name says that this is the same person."""
        return (
            (ssn_index is not None and ssn_index == self.ssn_index)
            or self.date_of_birth == enrollee.date_of_birth
            or same_person_name(self.legal_name, enrollee.legal_name)
        )

    def updated_from(self, enrollee: Enrollee, ssn_index: bytes | None) -> "Member":
        """The record with what the latest enrollment says; what it leaves out stays."""
        return replace(
            self,
            exchange_member_id=enrollee.exchange_member_id or self.exchange_member_id,
            legal_name=enrollee.legal_name,
            date_of_birth=enrollee.date_of_birth,
            ssn_index=ssn_index or self.ssn_index,
            address=enrollee.address or self.address,
            email=enrollee.email or self.email,
            phone=enrollee.phone or self.phone,
            language=enrollee.language or self.language,
        )


def new_member(member_id: UUID, enrollee: Enrollee, ssn_index: bytes | None) -> Member:
    """The record that a first enrollment makes. Raises AddressMissing."""
    if enrollee.address is None:
        raise AddressMissing
    return Member(
        member_id=member_id,
        exchange_member_id=enrollee.exchange_member_id,
        legal_name=enrollee.legal_name,
        date_of_birth=enrollee.date_of_birth,
        ssn_index=ssn_index,
        address=enrollee.address,
        email=enrollee.email,
        phone=enrollee.phone,
        language=enrollee.language,
    )
