"""Which fault, if any, befalls a POST /v1/charges. `app` rolls once per request and acts on what comes up."""

import random
from enum import StrEnum

from deploy.processor_sandbox.requests import FaultRates


class Fault(StrEnum):
    """What goes wrong; each is named as its rate is, in the order in which they come up."""

    REFUSE_503 = "refuse_503"
    ERROR_500_BEFORE_CHARGE = "error_500_before_charge"
    CHARGE_THEN_SILENCE = "charge_then_silence"
    CHARGE_THEN_500 = "charge_then_500"


class FaultDice:
    """The rates in force and their dice; the same seed gives the same faults in the same order of requests."""

    def __init__(self) -> None:
        self.load(FaultRates())

    @property
    def rates(self) -> FaultRates:
        """The rates in force."""
        return self._rates

    def load(self, rates: FaultRates) -> None:
        """Put `rates` in force and start the dice anew; they do not outlive the process."""
        self._rates = rates
        self._random = random.Random(rates.seed)  # noqa: S311 - dice for faults, nothing secret
        self._odds: list[tuple[Fault, float]] = [(fault, getattr(rates, fault)) for fault in Fault]
        self._is_quiet = not any(rate for _, rate in self._odds)

    def roll(self) -> Fault | None:
        """Draw each fault by its own rate; the first that comes up is it. A rate of 1 always does."""
        if self._is_quiet:
            return None
        draws = [(fault, self._random.random() < rate) for fault, rate in self._odds]
        return next((fault for fault, is_drawn in draws if is_drawn), None)
