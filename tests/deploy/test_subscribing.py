"""What may be asked for a subscriber, and what its rights become; `test_rights_broker.py` asks the broker itself."""

import json
import re

import pytest

from deploy import subscriber_command
from deploy.broker import Broker
from deploy.subscribing import Subscriber, SubscriberWrong, subscribers_in
from deploy.topology import USERS, definitions

PASSWORD = "some-password"


def acme(*events: str, insurers: tuple[str, ...] = ("evergreen",)) -> Subscriber:
    """A subscriber that wants these events."""
    return Subscriber.wanted("acme", insurers, events)


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("payment.*", ["payment.*.*.evergreen"]),
        ("payment", ["payment.*.*.evergreen"]),
        ("payment.succeeded", ["payment.succeeded.*.evergreen"]),
        ("payment.succeeded.v1", ["payment.succeeded.v1.evergreen"]),
        ("*", ["*.*.*.evergreen"]),
        ("*.paid", ["*.paid.*.evergreen"]),
    ],
)
def test_a_short_pattern_is_one_of_whole_types(asked: str, keys: list[str]) -> None:
    """Whoever asks for `payment.*` hears new kinds of payment events too, of its insurer only."""
    assert list(acme(asked).keys) == keys


@pytest.mark.parametrize(
    "asked", ["#", "payment.#", "", "payment..v1", "payment.*.*.*", "Payment.*", "payment.*.birch"]
)
def test_what_is_no_pattern_is_refused(asked: str) -> None:
    """A pattern cannot reach into the insurer's place."""
    with pytest.raises(SubscriberWrong, match="no pattern of events"):
        acme(asked)


@pytest.mark.parametrize(
    "asked", ["member.*", "account.verified", "method.added.v1", "payment.vanished", "payment.*.v9"]
)
def test_a_pattern_that_fits_no_public_event_is_refused(asked: str) -> None:
    """Private events cannot be asked for, and a mistyped one is told at once, with what there is."""
    with pytest.raises(SubscriberWrong, match=r"No public event .* payment\.succeeded\.v1"):
        acme(asked)


@pytest.mark.parametrize("insurer", ["none", "several", "#", "ever.green", "", "*.*", "x" * 41, "ever green"])
def test_what_is_no_insurer_is_refused(insurer: str) -> None:
    """An id with a dot or a wildcard would reach into other insurers' keys; `several` is no insurer's."""
    with pytest.raises(SubscriberWrong, match="no insurer's id"):
        acme("payment.*", insurers=("evergreen", insurer))


@pytest.mark.parametrize("name", ["", "Acme", "acme.inbox", "-acme", "a" * 31, "ac me", "acme*"])
def test_a_name_is_one_word(name: str) -> None:
    """Names of users and queues are made of it, and patterns of rights."""
    with pytest.raises(SubscriberWrong, match="A name is"):
        Subscriber.wanted(name, ["evergreen"], ["payment.*"])


def test_its_rights_are_two_queues_and_its_keys() -> None:
    """Even with a right to bind, given by mistake, it could bind what it was given and nothing wider."""
    made = acme("payment.*", "bill.paid.v1").definitions(PASSWORD)
    (permission,) = made["permissions"]
    assert (permission["configure"], permission["write"]) == ("^$", "^$")
    for name in ("subscriber.acme.inbox", "subscriber.acme.history"):
        assert re.match(permission["read"], name)
    for name in ("subscriber.acme.inbox.2", "subscriber.acme-2.inbox", "subscriberXacme.inbox", "portal.events", ""):
        assert not re.match(permission["read"], name)
    events, private = made["topic_permissions"]
    assert (private["exchange"], private["read"], private["write"]) == ("portal.private", "^$", "^$")
    for key, may in [
        ("payment.succeeded.v1.evergreen", True),
        ("bill.paid.v1.evergreen", True),
        ("bill.issued.v1.evergreen", False),
        ("payment.succeeded.v1.birch", False),
        ("payment.*.*.evergreen", False),
        ("payment.#", False),
        ("#", False),
    ]:
        assert (re.match(events["read"], key) is not None) is may, key


def test_what_the_broker_exports_shows_who_hears_what() -> None:
    """Subscribers are read back from users and bindings, among all that the topology has."""
    wanted = [acme("payment.*", "bill.paid"), Subscriber.wanted("all-of-it", ["*"], ["*"])]
    exported = definitions(dict.fromkeys(USERS, PASSWORD))
    for subscriber in wanted:
        for kind, rows in subscriber.definitions(PASSWORD).items():
            exported[kind] += rows
    found = subscribers_in(exported)
    assert [(it.name, it.insurers, set(it.events)) for it in found] == [
        ("acme", ("evergreen",), {"payment.*.*", "bill.paid.*"}),
        ("all-of-it", ("*",), {"*.*.*"}),
    ]


def test_a_subscriber_that_is_there_is_not_added_over() -> None:
    """Its password would change without a word: the broker is asked what it has, and told nothing."""
    asked: list[str] = []
    exported = {**definitions({}), **acme("bill.*").definitions(PASSWORD)}

    def ctl(*arguments: str, stdin: str = "") -> str:
        asked.append(" ".join(arguments) + stdin)
        return json.dumps(exported)

    with pytest.raises(SubscriberWrong, match="a subscriber 'acme' already"):
        subscriber_command._add(Broker(ctl), "broker:5672", acme("payment.*"))
    assert asked == ["export_definitions -"]


def test_the_reader_of_everything_is_made_only_where_its_password_is_given() -> None:
    """Outside of a sandbox there is no user that hears every insurer's facts."""
    passwords = {user: PASSWORD for user in USERS if user != "subscriber"}
    made = definitions(passwords)
    assert "subscriber" not in {row["name"] for row in made["users"]}
    assert "subscriber" not in {row["user"] for row in (*made["permissions"], *made["topic_permissions"])}
