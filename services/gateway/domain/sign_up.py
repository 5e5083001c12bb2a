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
SSN = re.compile(r"\s*([0-9]{3})[- ]?([0-9]{2})[- ]?([0-9]{4})\s*", re.ASCII)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
USERNAME = re.compile(r"[^\W_][\w.-]{2,63}")

Say = Callable[[str], str]


def ssn_digits(text: str) -> str | None:
    """The nine digits of a possible number: never 000, 666 or 9xx, 00, 0000 (SSA, RM 10201.035); None otherwise."""
    found = SSN.fullmatch(text)
    if found is None:
        return None
    area, group, serial = found.groups()
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return None
    return area + group + serial


def check_about_you(form: Form, today: date, say: Say) -> None:
    """Step 1: legal name, date of birth, Social Security Number."""
    form.need("first", say(N_("Enter your first name.")))
    form.need("last", say(N_("Enter your last name.")))
    for name in ("first", "middle", "last", "suffix"):
        text = form.text(name)
        if len(text) > (20 if name == "suffix" else LONGEST_NAME) or any(it.isdigit() or it in "<>@" for it in text):
            form.refuse(name, say(N_("Enter the name as it stands in your documents, with letters only.")))
    born_on = birth_date(form)
    if born_on is None or not OLDEST_BIRTH <= born_on <= today:
        form.refuse("birth", say(N_("Enter your date of birth: month, day and a year of four digits.")))
    if ssn_digits(form.raw("ssn")) is None:
        form.refuse("ssn", say(N_("Enter the nine digits of your Social Security Number. Check each one.")))


def birth_date(form: Form) -> date | None:
    """The date of birth in its three fields."""
    return date_of(form.text("birth_month"), form.text("birth_day"), form.text("birth_year"))


def check_sign_in(form: Form, say: Say) -> None:
    """Step 2: user name, e-mail address, password; whether the password is strong enough is identity's to say."""
    if not USERNAME.fullmatch(form.text("username")):
        words = N_("Choose a user name of 3 to 64 letters, digits, points, hyphens or underscores, without blanks.")
        form.refuse("username", say(words))
    if not EMAIL.fullmatch(form.text("email")):
        form.refuse("email", say(N_("Enter your e-mail address, such as name@example.com.")))
    if not form.raw("password"):
        form.refuse("password", say(N_("Choose a password.")))
