"""What a policy costs, from the amounts of a member loop: premium, subsidy, and the member's share to check them by.

Marketplaces report PRE AMT TOT (premium), APTC AMT (advance tax credit), OTH PAY AMT 1… (what a state or another payer
adds) and TOT RES AMT (the member's share), each from a day on; others only say AMT*P3 (the premium) in the coverage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.identity.domain.enrollment import LineRejected
from services.identity.domain.reasons import LineWarning, Rejection
from services.identity.domain.x12.codes import ValueInvalid, read_cents, read_date
from services.identity.domain.x12.member_loop import Coverage, Reported, reported_as

PREMIUM, SUBSIDY, OTHER_PAYER, SHARE = "PRE AMT TOT", "APTC AMT", r"OTH PAY AMT ?\d*", "TOT RES AMT"
EVERY = rf"{PREMIUM}|{SUBSIDY}|{OTHER_PAYER}|{SHARE}"


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is billed by; `premium_cents` is None where the file does not say it."""

    premium_cents: int | None
    subsidy_cents: int
    warnings: tuple[LineWarning, ...]


@dataclass(frozen=True, slots=True)
class _Dated:
    cents: int
    from_on: date | None


@dataclass(frozen=True, slots=True)
class Told:
    """The amounts of a member, by name, each with the days from which it holds."""

    by_name: dict[str, list[_Dated]]

    @property
    def newest_on(self) -> date | None:
        """The last day from which an amount changes; None when no amount has a day."""
        days = [one.from_on for series in self.by_name.values() for one in series if one.from_on is not None]
        return max(days, default=None)

    def at(self, name: str, on: date) -> tuple[int | None, bool]:
        """The sum of what these names hold at a day, None where nothing does; and whether later ones were left out."""
        found = [series for told, series in self.by_name.items() if told.startswith(name)]
        picked = [_newest(series, on) for series in found]
        later = any(one.from_on is not None and one.from_on > on for series in found for one in series)
        cents = [one.cents for one in picked if one is not None]
        return (sum(cents) if cents else None), later


def read_told(reported: Sequence[Reported]) -> Told:
    """The reported amounts. Raises LineRejected for one that is no amount or has no day."""
    by_name: dict[str, list[_Dated]] = {}
    for name, ones in reported_as(reported, EVERY).items():
        by_name[name] = [_dated(one) for one in ones]
    return Told(by_name)


def read_amounts(told: Told, coverage: Coverage, on: date) -> Amounts:
    """What is billed from a day on. Raises LineRejected."""
    premium, later = told.at(PREMIUM, on)
    warnings = [LineWarning.AMOUNTS_LATER] if later else []
    if premium is None and "P3" in coverage.amounts:
        premium = _cents(coverage.amounts["P3"])
    subsidies = [cents for name in (SUBSIDY, "OTH PAY AMT") if (cents := told.at(name, on)[0]) is not None]
    share = told.at(SHARE, on)[0]
    if premium is None:
        return Amounts(None, sum(subsidies), (*warnings, LineWarning.PREMIUM_MISSING))
    if not subsidies and share is not None and share < premium:
        return Amounts(premium, premium - share, (*warnings, LineWarning.SUBSIDY_COMPUTED))
    if sum(subsidies) > premium:
        raise LineRejected(Rejection.SUBSIDY_ABOVE_PREMIUM)
    if share is not None and premium - sum(subsidies) != share:
        warnings.append(LineWarning.SHARE_DIFFERS)
    return Amounts(premium, sum(subsidies), tuple(warnings))


def _newest(series: Sequence[_Dated], on: date) -> _Dated | None:
    """The newest that holds at a day; one without a day holds always, but any with a day is nearer."""
    holding = [one for one in series if one.from_on is None or one.from_on <= on]
    return max(holding, key=lambda one: one.from_on or date.min, default=None)


def _dated(one: Reported) -> _Dated:
    cents = _cents(one.value)
    if one.date is None:
        return _Dated(cents, None)
    try:
        return _Dated(cents, read_date(one.date.element(2), one.date.element(3)))
    except ValueInvalid:
        raise LineRejected(Rejection.AMOUNT_INVALID) from None


def _cents(value: str) -> int:
    try:
        return read_cents(value)
    except ValueInvalid:
        raise LineRejected(Rejection.AMOUNT_INVALID) from None
