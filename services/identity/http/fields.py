"""Types of fields that several bodies have; each refusal is one sentence in plain words."""

import unicodedata
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from services.identity.domain.contact import checked_email, checked_phone
from services.identity.domain.names import checked_name
from services.identity.domain.ssn import parse_ssn
from services.identity.domain.usernames import checked_username
from shared.contracts.identity import LegalName
from shared.http.models import Input

OLDEST_BIRTH = date(1900, 1, 1)
NOT_PRINTABLE = ("Cc", "Cs", "Co", "Cn")


def _printable(text: str) -> str:
    if any(unicodedata.category(character) in NOT_PRINTABLE for character in text):
        raise ValueError("This text holds control characters. Remove them.")
    if not text.strip():
        raise ValueError("This must not be empty.")
    return text


def _since_1900(on: date) -> date:
    if on < OLDEST_BIRTH:
        raise ValueError("This date of birth is too long ago.")
    return on


def _possible_ssn(ssn: SecretStr) -> SecretStr:
    parse_ssn(ssn.get_secret_value())
    return ssn


def _typable(password: SecretStr) -> SecretStr:
    """Not as narrow as printable: a password may hold characters that are newer than our tables of them."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password.get_secret_value()):
        raise ValueError("A password holds no control characters. Remove them.")
    return password


Text = Annotated[str, Field(min_length=1), AfterValidator(_printable)]
BirthDate = Annotated[date, AfterValidator(_since_1900)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(checked_name)]
Suffix = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(checked_name)]
Email = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(checked_email)]
Phone = Annotated[str, Field(min_length=3, max_length=40), AfterValidator(checked_phone)]
Username = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(checked_username)]
SsnText = Annotated[SecretStr, Field(min_length=1, max_length=20), AfterValidator(_possible_ssn)]
Language = Literal["en", "es"]
# far above what a good password may have, so that a long one is told the rule of passwords
PasswordText = Annotated[SecretStr, Field(min_length=1, max_length=1000), AfterValidator(_typable)]


class LegalNameBody(Input):
    """A person's legal name, in any alphabet."""

    first: Name
    middle: Name | None = None
    last: Name
    suffix: Suffix | None = None

    def name(self) -> LegalName:
        """The name as the domain has it."""
        return LegalName(first=self.first, middle=self.middle, last=self.last, suffix=self.suffix)
