"""Dates of birth against today, which only the business clock knows."""

from collections.abc import Mapping
from datetime import date, datetime

from shared.clocks import business_day
from shared.http.problems import FieldError, Problem


def check_births(births: Mapping[str, date], now: datetime) -> None:
    """Raise the 422 that names each date of birth (by its JSON pointer) that is still to come."""
    today = business_day(now)
    wrong = [
        FieldError(pointer, "This date of birth is in the future.", "in-the-future")
        for pointer, on in births.items()
        if on > today
    ]
    if wrong:
        raise Problem(422, "invalid-fields", "Some fields need to be corrected.", errors=wrong)
