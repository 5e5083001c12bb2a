"""Open a support case, with or without log-in; the same words of the same person within 10 minutes are the same case.

Without log-in a case belongs to no account, whatever address was given: nobody can put words into another's account.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.identity.domain.audit import Act, Entry
from services.identity.domain.case import (
    REFERENCE_BITS,
    SAME_WITHIN,
    Author,
    Case,
    CaseMessage,
    CaseStatus,
    Opener,
    Topic,
    case_reference,
)
from services.identity.domain.case_text import check_numbers
from services.identity.domain.rules import Rules
from services.identity.domain.throttle import Throttled, throttle_key
from services.identity.store import accounts, audit, cases, throttles
from services.identity.store.locks import lock_names
from services.identity.usecases.show_account import AccountUnknown
from shared import outbox
from shared.db import Tx

TRIES = 5


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is asked, by whom, from where; `who` is the account that is logged in, or how else to reach the person."""

    case_id: UUID
    who: UUID | Opener
    topic: Topic
    text: str
    payment_reference: str | None
    network: str


class NoReferenceLeft(Exception):
    """No free reference number was found in several tries: never, as long as random numbers are random."""


async def open_case(tx: Tx, rules: Rules, wanted: NewCase, now: datetime) -> Case:
    """The case. Raises NumberNotKept, Throttled, AccountUnknown."""
    check_numbers(wanted.text)
    opener = await _opener(tx, wanted)
    await lock_names(tx, [f"case:{opener.account_id or opener.email}"])
    same = await cases.find_same(tx, opener, wanted.text, SAME_WITHIN)
    if same is not None:
        return same
    await _count(tx, rules, wanted)
    case = await _insert(tx, wanted, opener, now)
    await cases.insert_message(tx, case.case_id, 1, CaseMessage(Author.MEMBER, wanted.text, now))
    await outbox.add(tx, case.opened(now))
    entry = Entry(Act.CASE_OPENED, account_id=opener.account_id, subject_id=case.case_id, network=wanted.network)
    await audit.insert(tx, entry)
    return case


async def _opener(tx: Tx, wanted: NewCase) -> Opener:
    if isinstance(wanted.who, Opener):
        return wanted.who
    account = await accounts.find(tx, wanted.who)
    if account is None:
        raise AccountUnknown
    return Opener(account.account_id, account.email, account.legal_name.first, account.language)


async def _count(tx: Tx, rules: Rules, wanted: NewCase) -> None:
    """Count this case for the account or, without one, for the network."""
    if isinstance(wanted.who, UUID):
        key, schedule = throttle_key("case", str(wanted.who)), rules.cases
    else:
        key, schedule = throttle_key("support-request", wanted.network), rules.support_requests
    seconds = await throttles.find_wait_seconds(tx, [key])
    if seconds > 0:
        raise Throttled(seconds)
    await throttles.count_failure(tx, key, schedule)


async def _insert(tx: Tx, wanted: NewCase, opener: Opener, now: datetime) -> Case:
    for _ in range(TRIES):
        case = Case(
            case_id=wanted.case_id,
            reference=case_reference(secrets.randbits(REFERENCE_BITS)),
            opener=opener,
            topic=wanted.topic,
            payment_reference=wanted.payment_reference,
            status=CaseStatus.OPEN,
            opened_at=now,
        )
        if await cases.insert(tx, case):
            return case
    raise NoReferenceLeft
