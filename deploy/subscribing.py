"""An outside subscriber at the broker: what it has there, and how to recognize it in what the broker exports.

It has a user that may read two queues of its own and nothing else: an inbox, for what comes, and a history, to read
again what came. It declares and binds nothing: the bindings made here are the whole of what it can ever hear.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from deploy.broker_rows import Definitions, Row, binding_row, permission_row, queue_row, topic_permission_row, user_row
from deploy.services import EMITTERS, facts_of
from shared.fact import Exchange

PREFIX = "subscriber."
NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
INSURER = re.compile(r"[A-Za-z0-9_-]{1,40}|\*")
EVENTS = re.compile(r"(\*|[a-z_]+)(\.(\*|[a-z_]+)(\.(\*|v[0-9]+))?)?")
NO_INSURER = ("none", "several")
"""Last words of routing keys that are no insurer's id: whoever may hear these hears of people of any insurer."""
INBOX_MESSAGES = 100_000
HISTORY_AGE = "90D"
HISTORY_SEGMENT_BYTES = 20_000_000
"""A history is shortened by whole segments: small ones keep it near its age."""
DELIVERIES = 1_000_000
"""A program that dies in a loop loses no message; RabbitMQ 4 would drop it after 20 tries."""


class SubscriberWrong(Exception):
    """What was asked for cannot be; the message says why, in words for an operator."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who may hear what. `insurers` are ids, or `*` for all; `events` are patterns of types, such as `payment.*.*`."""

    name: str
    insurers: tuple[str, ...]
    events: tuple[str, ...]

    @classmethod
    def wanted(cls, name: str, insurers: Iterable[str], events: Iterable[str]) -> Self:
        """Checked, with patterns in full: `payment.*` is `payment.*.*`. Raises SubscriberWrong."""
        if not NAME.fullmatch(name):
            raise SubscriberWrong("A name is 1 to 30 small letters, digits and -, and begins with a letter.")
        for insurer in insurers:
            if not INSURER.fullmatch(insurer) or insurer in NO_INSURER:
                raise SubscriberWrong(f"'{insurer}' is no insurer's id: letters, digits, _ and -; or '*' for all.")
        return cls(name, tuple(dict.fromkeys(insurers)), tuple(dict.fromkeys(_full(pattern) for pattern in events)))

    @classmethod
    def named(cls, name: str) -> Self:
        """One that is there already; what it hears is not asked. Raises SubscriberWrong."""
        return cls.wanted(name, (), ())

    @property
    def user(self) -> str:
        """Its user at the broker."""
        return PREFIX + self.name

    @property
    def inbox(self) -> str:
        """What has come and was not acknowledged yet. The oldest go when there are more than INBOX_MESSAGES."""
        return f"{self.user}.inbox"

    @property
    def history(self) -> str:
        """What came in the last 90 days: a stream, read from any point as often as one likes."""
        return f"{self.user}.history"

    @property
    def keys(self) -> tuple[str, ...]:
        """What its queues are bound by."""
        return tuple(f"{pattern}.{insurer}" for pattern in self.events for insurer in self.insurers)

    def definitions(self, password: str, vhost: str = "/") -> Definitions:
        """All that the broker must hold for it."""
        queues = (self.inbox, self.history)
        keys = "|".join(re.escape(key).replace(r"\*", "[^.#*]+") for key in self.keys)
        own = rf"^{re.escape(self.user)}\.(inbox|history)$"
        return {
            "users": [user_row(self.user, password)],
            "permissions": [permission_row(vhost, self.user, read=own)],
            "topic_permissions": [
                topic_permission_row(vhost, self.user, Exchange.EVENTS.value, read=f"^({keys})$"),
                topic_permission_row(vhost, self.user, Exchange.PRIVATE.value),
            ],
            "queues": [queue_row(vhost, self.inbox, _INBOX), queue_row(vhost, self.history, _HISTORY)],
            "bindings": [
                binding_row(vhost, Exchange.EVENTS.value, queue, key) for queue in queues for key in self.keys
            ],
        }


# one reader at a time: a second copy of the subscriber's program waits, and what it gets stays in order
_INBOX: Row = {
    "x-queue-type": "quorum",
    "x-single-active-consumer": True,
    "x-max-length": INBOX_MESSAGES,
    "x-overflow": "drop-head",
    "x-delivery-limit": DELIVERIES,
}
_HISTORY: Row = {
    "x-queue-type": "stream",
    "x-max-age": HISTORY_AGE,
    "x-stream-max-segment-size-bytes": HISTORY_SEGMENT_BYTES,
}


def _full(pattern: str) -> str:
    if not EVENTS.fullmatch(pattern):
        raise SubscriberWrong(f"'{pattern}' is no pattern of events. Examples: 'payment.*', 'bill.paid', '*'.")
    words = pattern.split(".")
    full = ".".join([*words, *["*"] * (3 - len(words))])
    public = sorted(fact.TYPE for service in EMITTERS for fact in facts_of(service) if fact.EXCHANGE is Exchange.EVENTS)
    wanted = re.compile(re.escape(full).replace(r"\*", "[^.]+"))
    if not any(wanted.fullmatch(fact_type) for fact_type in public):
        raise SubscriberWrong(f"No public event is called '{pattern}'. There are: {', '.join(public)}.")
    return full


def subscribers_in(exported: Mapping[str, Any]) -> list[Subscriber]:
    """The subscribers that a broker's export of definitions shows, by their users and the bindings of their inboxes."""
    keys: dict[str, list[str]] = {row["name"]: [] for row in exported["users"] if row["name"].startswith(PREFIX)}
    for row in exported["bindings"]:
        user = row["destination"].removesuffix(".inbox")
        if user in keys and row["destination"] != user:
            keys[user].append(row["routing_key"])
    return [
        Subscriber(
            user.removeprefix(PREFIX),
            tuple(dict.fromkeys(key.rpartition(".")[2] for key in sorted(bound))),
            tuple(dict.fromkeys(key.rpartition(".")[0] for key in sorted(bound))),
        )
        for user, bound in sorted(keys.items())
    ]
