"""The services that exist, for the deploy steps: their names, their tables and what they say."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from shared.contracts import identity, notify, payments
from shared.fact import Fact
from shared.inbox import Subscriptions

WITH_DATABASE = ("identity", "payments", "notify")
ALL = (*WITH_DATABASE, "gateway")
EMITTERS = {"identity": identity, "payments": payments, "notify": notify}


def facts_of(service: str) -> Iterator[type[Fact]]:
    """The contract classes that a service says."""
    for value in vars(EMITTERS[service]).values():
        if isinstance(value, type) and issubclass(value, Fact) and "TYPE" in vars(value):
            yield value


def subscriptions_of(service: str) -> Subscriptions:
    """What a service with a database hears, from its `events.py`."""
    if find_spec(f"services.{service}.events") is None:
        return {}
    subscriptions: Subscriptions = import_module(f"services.{service}.events").SUBSCRIPTIONS
    return subscriptions
