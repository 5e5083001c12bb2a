"""What a person fills in to create an account, checked before anything is sent for good. Pure.

The same rules as identity's, which decides; here they are said at the step where they were broken, in the person's
language. Next: `http/pages/create_account.py`.
"""

import re
from collections.abc import Callable
from datetime import date

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.domain.typed import date_of

OLDEST_BIRTH = date(1900, 1, 1)
LONGEST_NAME = 100
LONGEST_SUFFIX = 20
MOST_DIGITS = 3
SSN = re.compile(r"([0-9]{3})([0-9]{2})([0-9]{4})", re.ASCII)
BETWEEN_DIGITS = str.maketrans("", "", " -.\u00a0\u2010\u2011\u2013\u2212")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
USERNAME = re.compile(r"[^\W_][\w.-]{2,63}")
FEWEST_PHONE_DIGITS, MOST_PHONE_DIGITS = 10, 15

PHONE_WORDS = N_("This phone number is not complete. Enter it with its area code, such as 617-555-0142.")

Say = Callable[[str], str]


def ssn_digits(text: str) -> str | None:
    """The nine digits of a possible number: never 000, 666 or 9xx, 00, 0000 (SSA, RM 10201.035); None otherwise.

    Blanks, hyphens and points between the digits are forgiven.
    """
    found = SSN.fullmatch(text.translate(BETWEEN_DIGITS))
    if found is None:
        return None
    area, group, serial = found.groups()
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return None
    return area + group + serial


def check_about_you(form: Form, today: date, say: Say, kept_ssn: str = "") -> str:
    """Step 1: legal name, date of birth, Social Security Number; returns the number, or "" when it was refused.

    `kept_ssn` is the one that was told before: who leaves the field empty keeps it.
    """
    form.need("first", say(N_("Enter your first name.")))
    form.need("last", say(N_("Enter your last name.")))
    for name in ("first", "middle", "last", "suffix"):
        longest = LONGEST_SUFFIX if name == "suffix" else LONGEST_NAME
        if form.text(name) and not _may_be_a_name(form.text(name), longest):
            form.refuse(name, say(N_("Enter the name as it appears in your documents, with letters only.")))
    born_on = birth_date(form)
    if born_on is None or not OLDEST_BIRTH <= born_on <= today:
        form.refuse("birth", say(N_("Enter your date of birth: month, day and a year of four digits.")))
    ssn = ssn_digits(form.text("ssn") or kept_ssn)
    if ssn is None:
        form.refuse("ssn", say(N_("Enter the nine digits of your Social Security Number. Check each one.")))
    return ssn or ""


def _may_be_a_name(text: str, longest: int) -> bool:
    """As identity has it (`domain/names.py` there), and no email address typed into the wrong field."""
    return (
        len(text) <= longest
        and text.isprintable()
        and any(it.isalpha() for it in text)
        and sum(it.isdigit() for it in text) <= MOST_DIGITS
        and not any(it in "<>@" for it in text)
    )


def birth_date(form: Form) -> date | None:
    """The date of birth in its three fields."""
    return date_of(form.text("birth_month"), form.text("birth_day"), form.text("birth_year"))


def check_sign_in(form: Form, say: Say) -> None:
    """Step 2: user name, email address, phone, password; how strong it must be is identity's to say."""
    if not USERNAME.fullmatch(form.text("username")):
        words = N_("Choose a user name of 3 to 64 letters, digits, periods, hyphens or underscores, without spaces.")
        form.refuse("username", say(words))
    if not EMAIL.fullmatch(form.text("email")):
        form.refuse("email", say(N_("Enter your email address, such as name@example.com.")))
    if form.text("phone") and not _may_be_a_phone(form.text("phone")):
        form.refuse("phone", say(PHONE_WORDS))
    if not form.raw("password"):
        form.refuse("password", say(N_("Choose a password.")))


def _may_be_a_phone(text: str) -> bool:
    return FEWEST_PHONE_DIGITS <= sum(it.isdigit() for it in text) <= MOST_PHONE_DIGITS
