"""The person of a member loop: name, date of birth, SSN, address, contact, language. Next: `enrollment_834.py`."""

import re
from datetime import date
from typing import Literal

from services.identity.domain.contact import InvalidEmail, InvalidPhone, checked_email, checked_phone
from services.identity.domain.enrollment import LineRejected
from services.identity.domain.member import Address, Dependent, Enrollee
from services.identity.domain.names import InvalidName, checked_name
from services.identity.domain.reasons import LineWarning, Rejection
from services.identity.domain.ssn import InvalidSsn, Ssn, parse_ssn
from services.identity.domain.x12.codes import ValueInvalid, read_date, read_language
from services.identity.domain.x12.member_loop import MemberLoop
from services.identity.domain.x12.reader import Segment
from shared.contracts.identity import LegalName

ZIP = re.compile(r"([0-9]{5})-?([0-9]{4})?")
STATE = re.compile(r"[A-Z]{2}")
LONGEST_ID, LONGEST_STREET, LONGEST_CITY = 50, 100, 60
PHONES, EMAIL = ("TE", "HP", "CP", "WP"), "EM"
NO_SEGMENT = Segment(0, "", ())


def read_enrollee(member: MemberLoop, today: date) -> tuple[Enrollee, tuple[LineWarning, ...]]:
    """The subscriber, and what to look at. Raises LineRejected."""
    warnings: list[LineWarning] = [LineWarning.MISPLACED] if member.is_misplaced else []
    enrollee = Enrollee(
        exchange_member_id=_exchange_id(member),
        legal_name=_name(member),
        date_of_birth=_birth(member, today),
        ssn=_ssn(_nm1(member), warnings),
        address=_address(member, warnings),
        email=_email(member, warnings),
        phone=_phone(member, warnings),
        language=_language(member),
    )
    return enrollee, tuple(dict.fromkeys(warnings))


def read_dependent(member: MemberLoop, today: date) -> Dependent:
    """A dependent; neither SSN nor contact is kept of them. Raises LineRejected."""
    return Dependent(_name(member), _birth(member, today), _exchange_id(member))


def _nm1(member: MemberLoop) -> Segment:
    return next((it for it in member.names if it.element(1) == "74"), (member.names or [NO_SEGMENT])[0])


def _exchange_id(member: MemberLoop) -> str | None:
    """The marketplace's own id of the person (REF*17). REF*0F is the insurer's or sponsor's: not unique over all."""
    return member.references.get("17", "")[:LONGEST_ID] or None


def _name(member: MemberLoop) -> LegalName:
    nm1 = _nm1(member)
    if not nm1.element(3) or not nm1.element(4):
        raise LineRejected(Rejection.NAME_MISSING)
    try:
        return LegalName(
            first=_checked(nm1.element(4)),
            middle=_checked(nm1.element(5)) if nm1.element(5) else None,
            last=_checked(nm1.element(3)),
            suffix=_checked(nm1.element(7)) if nm1.element(7) else None,
        )
    except InvalidName:
        raise LineRejected(Rejection.NAME_INVALID) from None


def _checked(name: str) -> str:
    if len(name) > 100:
        raise InvalidName("This is too long.")
    return checked_name(name)


def _birth(member: MemberLoop, today: date) -> date:
    dmg = member.person.get("DMG", NO_SEGMENT)
    if not dmg.element(2):
        raise LineRejected(Rejection.BIRTH_DATE_MISSING)
    try:
        born_on = read_date(dmg.element(1), dmg.element(2))
    except ValueInvalid:
        raise LineRejected(Rejection.BIRTH_DATE_INVALID) from None
    if born_on > today:
        raise LineRejected(Rejection.BIRTH_DATE_INVALID)
    return born_on


def _ssn(nm1: Segment, warnings: list[LineWarning]) -> Ssn | None:
    """NM109 where NM108 says 34; with another qualifier it is some other id."""
    if nm1.element(8) != "34" or not nm1.element(9):
        warnings.append(LineWarning.SSN_MISSING)
        return None
    try:
        return parse_ssn(nm1.element(9))
    except InvalidSsn:
        warnings.append(LineWarning.SSN_INVALID)
        return None


def _address(member: MemberLoop, warnings: list[LineWarning]) -> Address | None:
    """None where there is none at all: a known member keeps theirs. Raises LineRejected for half of one."""
    n3, n4 = member.person.get("N3", NO_SEGMENT), member.person.get("N4", NO_SEGMENT)
    if n3 is NO_SEGMENT and n4 is NO_SEGMENT:
        warnings.append(LineWarning.ADDRESS_MISSING)
        return None
    street = ", ".join(line for line in (n3.element(1), n3.element(2)) if line)[:LONGEST_STREET]
    city, state = n4.element(1)[:LONGEST_CITY], n4.element(2).upper()
    zip_code = ZIP.fullmatch(n4.element(3))
    if not street or not city or STATE.fullmatch(state) is None or zip_code is None:
        raise LineRejected(Rejection.ADDRESS_INVALID)
    return Address(street, city, state, "-".join(part for part in zip_code.groups() if part))


def _contact(member: MemberLoop, kinds: tuple[str, ...]) -> str:
    per = member.person.get("PER", NO_SEGMENT)
    told = {per.element(place): per.element(place + 1) for place in (7, 5, 3)}
    return next((told[kind] for kind in kinds if told.get(kind)), "")


def _email(member: MemberLoop, warnings: list[LineWarning]) -> str | None:
    text = _contact(member, (EMAIL,))
    try:
        return checked_email(text) if text else None
    except InvalidEmail:
        warnings.append(LineWarning.CONTACT_INVALID)
        return None


def _phone(member: MemberLoop, warnings: list[LineWarning]) -> str | None:
    text = _contact(member, PHONES)
    try:
        return checked_phone(text) if text else None
    except InvalidPhone:
        warnings.append(LineWarning.CONTACT_INVALID)
        return None


def _language(member: MemberLoop) -> Literal["en", "es"] | None:
    found = [read_language(lui.element(2), lui.element(3)) for lui in member.languages]
    return next((language for language in found if language), None)
