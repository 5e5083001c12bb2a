"""How members reach an insurer: its contacts as an operator tells them. Pure.

The marketplace tells only an insurer's id and name. `usecases/set_insurer.py` keeps the contacts,
`usecases/list_policies.py` shows them beside a policy.
"""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from services.payments.domain.policy import Policy

INSURER_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
US_PHONE = re.compile(r"(?:\+?1[ .-]?)?(?:\(([2-9]\d{2})\) ?|([2-9]\d{2})[ .-]?)([2-9]\d{2})[ .-]?(\d{4})")
E164_PHONE = re.compile(r"\+[1-9]\d{6,14}")
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
MOST_NAME_CHARACTERS = 100
MOST_WEBSITE_CHARACTERS = 200


class ContactInvalid(Exception):
    """What was told of an insurer can not be shown to members; the text says what it must look like."""


@dataclass(frozen=True, slots=True)
class InsurerContact:
    """An insurer and how to reach it; None for what is not known. `name` is shown in place of the marketplace's."""

    insurer_id: str
    name: str | None = None
    phone: str | None = None
    website: str | None = None

    def told(self, *, name: str | None, phone: str | None, website: str | None) -> "InsurerContact":
        """The contact with what is told now: None leaves a part as it is, an empty text takes it away.

        Raises ContactInvalid.
        """
        changed = self
        if name is not None:
            changed = replace(changed, name=_name(name) if name else None)
        if phone is not None:
            changed = replace(changed, phone=_phone(phone) if phone else None)
        if website is not None:
            changed = replace(changed, website=_website(website) if website else None)
        return changed


def unknown_contact(insurer_id: str) -> InsurerContact:
    """An insurer of which nothing was told yet. Raises ContactInvalid for what is no insurer's id."""
    if not INSURER_ID.fullmatch(insurer_id):
        raise ContactInvalid("an insurer's id is 1 to 40 letters, digits, _ and -")
    return InsurerContact(insurer_id)


def insurer_of(policy: Policy, known: InsurerContact | None) -> InsurerContact:
    """The insurer of a policy: with its contacts where they are known, else by the marketplace's name alone."""
    contact = known or InsurerContact(policy.insurer_id)
    return replace(contact, name=contact.name or policy.insurer_name)


def _name(text: str) -> str:
    name = text.strip()
    if not name or not name.isprintable() or len(name) > MOST_NAME_CHARACTERS:
        raise ContactInvalid(f"a name is printable text of at most {MOST_NAME_CHARACTERS} characters")
    return name


def _phone(text: str) -> str:
    """A number of the United States as people there write it, any other with its country code."""
    phone = text.strip()
    found = US_PHONE.fullmatch(phone) if phone.isascii() else None
    if found:
        return f"({found[1] or found[2]}) {found[3]}-{found[4]}"
    if phone.startswith("+1") or not phone.isascii() or not E164_PHONE.fullmatch(phone):
        raise ContactInvalid("a phone number looks like (800) 555-0123, or +448005550123 outside the United States")
    return phone


def _website(text: str) -> str:
    website = text.strip()
    wrong = ContactInvalid("a website is an address like https://www.insurer.example/members, without a user name")
    if len(website) > MOST_WEBSITE_CHARACTERS or not re.fullmatch(r"[!-~]+", website):
        raise wrong
    try:
        parts = urlsplit(website)
        known = (parts.scheme, parts.username, parts.port) == ("https", None, None)
    except ValueError:
        raise wrong from None
    if not known or not HOST.fullmatch(parts.hostname or "") or re.search(r"[\"'<>\\`]", website):
        raise wrong
    return website
