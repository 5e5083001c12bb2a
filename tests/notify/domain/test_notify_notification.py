"""A notification waits for an account, belongs to one, and says when it was told."""

from dataclasses import replace
from uuid import uuid4

import pytest

from services.notify.domain.catalog import Channel, Language, NoticeKind
from services.notify.domain.contact import Recipient, contact_from, recipient_in
from services.notify.domain.decline import DeclineReason, decline_reason
from services.notify.domain.notification import AlreadyAddressed, NobodyToTell, Notification, account_of, member_of
from tests.notify import facts

WAITING = Notification(
    notification_id=uuid4(),
    event_id=uuid4(),
    correlation_id="request-1",
    kind=NoticeKind.PAYMENT_SUCCEEDED,
    fact=facts.payment_succeeded(),
    account_id=None,
    member_id=facts.MEMBER_ID,
    noted_at=facts.SAID_AT,
    version=1,
)


def test_a_waiting_notification_is_addressed_once() -> None:
    """The account is set and the version grows; the same account again changes nothing."""
    reached = WAITING.reach(facts.ACCOUNT_ID)
    assert (reached.account_id, reached.version) == (facts.ACCOUNT_ID, 2)
    assert reached.reach(facts.ACCOUNT_ID) is reached


def test_a_notification_never_changes_hands() -> None:
    """What is addressed to one person cannot be sent to another."""
    with pytest.raises(AlreadyAddressed):
        WAITING.reach(facts.ACCOUNT_ID).reach(uuid4())


def test_nothing_is_told_to_nobody() -> None:
    """While it waits it cannot have been sent."""
    with pytest.raises(NobodyToTell):
        WAITING.tell(Channel.EMAIL, facts.SAID_AT)


def test_telling_it_makes_the_fact() -> None:
    """The announcement names the notice, its account and channel, and no contact data."""
    told, fact = WAITING.reach(facts.ACCOUNT_ID).tell(Channel.EMAIL, facts.SAID_AT)
    assert (told.version, fact.version) == (3, 3)
    assert (fact.notification_id, fact.account_id) == (WAITING.notification_id, facts.ACCOUNT_ID)
    assert (fact.kind, fact.channel, fact.occurred_at) == ("payment_succeeded", "email", facts.SAID_AT)
    assert "@" not in fact.model_dump_json()


def test_only_facts_of_accounts_name_an_account() -> None:
    """A payment knows its member; whom to tell is learnt from identity."""
    assert account_of(facts.verified()) == facts.ACCOUNT_ID
    assert account_of(facts.payment_succeeded()) is None
    assert account_of(facts.security_changed()) == account_of(facts.case_opened()) == facts.ACCOUNT_ID
    assert account_of(facts.asked_without_log_in()) is None


def test_only_some_facts_name_a_member() -> None:
    """A payment is a member's; a request for help is an account's, or nobody's that we know."""
    assert member_of(facts.payment_succeeded()) == member_of(facts.verified()) == facts.MEMBER_ID
    assert member_of(facts.case_opened()) is member_of(facts.security_changed()) is None


def test_who_asks_without_log_in_is_reached_by_the_address_and_not_by_name() -> None:
    """Anybody can type another person's address: the name beside it would be their words in our letter."""
    assert recipient_in(facts.asked_without_log_in(language="es")) == Recipient("ben@example.org", None, Language.ES)
    assert recipient_in(facts.case_opened()) is None
    assert recipient_in(facts.verified()) is None


def test_a_request_without_log_in_can_be_told_to_nobodys_account() -> None:
    """The announcement names no account, as there is none."""
    alone = replace(WAITING, kind=NoticeKind.CASE_OPENED, fact=facts.asked_without_log_in(), member_id=None)
    assert alone.tell(Channel.EMAIL, facts.SAID_AT)[1].account_id is None


def test_a_receipt_is_told_of_a_payment_and_a_link_of_its_event() -> None:
    """A payment has one receipt, however often it is announced; each link is a thing of its own."""
    assert WAITING.told_of == str(facts.PAYMENT_ID)
    link = replace(WAITING, kind=NoticeKind.PASSWORD_LINK, fact=facts.link_requested())
    assert link.told_of == str(WAITING.event_id)
    assert (link.link, WAITING.link) == (link.fact, None)


def test_only_a_verified_account_speaks_for_its_member() -> None:
    """An account that is not verified is told nothing of a member's bills, even when it names that member."""
    contact = contact_from(facts.verified(language="es"))
    assert (contact.verified_member_id, contact.language) == (facts.MEMBER_ID, Language.ES)
    assert replace(contact, status="waiting_for_record").verified_member_id is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("insufficient_funds", DeclineReason.FUNDS),
        ("expired_card", DeclineReason.EXPIRED),
        ("card_declined", DeclineReason.CARD_REFUSED),
        ("processing_error", DeclineReason.PROCESSOR),
        ("a code of next year", DeclineReason.UNSAID),
        (None, DeclineReason.UNSAID),
    ],
)
def test_each_code_has_a_reason(code: str | None, reason: DeclineReason) -> None:
    """A code that nobody here knows is told as such, not as an error."""
    assert decline_reason(code) is reason
