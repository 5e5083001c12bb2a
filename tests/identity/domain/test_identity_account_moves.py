"""Accounts and verifications: every pair of statuses, and what each move says."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import product
from uuid import uuid4

import pytest

from services.identity.domain import account as accounts
from services.identity.domain import verification as verifications
from services.identity.domain.account import Account, AccountStatus, IllegalAccountMove
from services.identity.domain.verification import (
    AnswersInvalid,
    IllegalVerificationMove,
    Question,
    QuestionKind,
    Verification,
    VerificationStatus,
)
from shared.contracts.identity import LegalName

NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)


def account(status: AccountStatus) -> Account:
    """Somebody's account in a status."""
    return Account(
        account_id=uuid4(),
        version=4,
        status=status,
        username="maria",
        legal_name=LegalName(first="Maria", last="García"),
        date_of_birth=date(1984, 5, 17),
        ssn_index=b"index",
        email="maria@mail.test",
        phone=None,
        language="es",
    )


@pytest.mark.parametrize(("source", "target"), list(product(AccountStatus, AccountStatus)))
def test_an_account_moves_only_as_drawn(source: AccountStatus, target: AccountStatus) -> None:
    """Each of the nine pairs is either a move that counts the version up, or raises and changes nothing."""
    before = account(source)
    moves: dict[AccountStatus, Callable[[], Account]] = {
        AccountStatus.VERIFIED: lambda: before.verify(uuid4(), NOW)[0],
        AccountStatus.WAITING_FOR_RECORD: before.wait_for_record,
        AccountStatus.UNVERIFIED: lambda: before.record_arrived(NOW)[0],
    }
    if target not in accounts.TRANSITIONS[source]:
        with pytest.raises(IllegalAccountMove):
            moves[target]()
        return
    after = moves[target]()
    assert (after.status, after.version, before.version) == (target, 5, 4)


def test_facts_carry_the_state_after_the_move() -> None:
    """A copy that hears one fact knows status, link and contact without any other."""
    member_id = uuid4()
    moved, fact = account(AccountStatus.UNVERIFIED).verify(member_id, NOW)
    assert (fact.status, fact.member_id, fact.version, fact.occurred_at) == ("verified", member_id, 5, NOW)
    assert (fact.account_id, fact.email, fact.language) == (moved.account_id, "maria@mail.test", "es")
    woken, arrived = account(AccountStatus.WAITING_FOR_RECORD).record_arrived(NOW)
    assert (arrived.status, arrived.member_id, arrived.version) == ("unverified", None, woken.version)


def verification(status: VerificationStatus = VerificationStatus.OPEN, *, decoy: bool = False) -> Verification:
    """Three questions with right answers, or decoys."""
    questions = tuple(Question(kind, ("right", "wrong"), None if decoy else "right") for kind in QuestionKind)
    return Verification(uuid4(), uuid4(), None if decoy else uuid4(), status, questions)


@pytest.mark.parametrize(("source", "target"), list(product(VerificationStatus, VerificationStatus)))
def test_a_verification_is_answered_once(source: VerificationStatus, target: VerificationStatus) -> None:
    """Open ones end as verified or failed; ended ones stay as they are."""
    if target in verifications.TRANSITIONS[source]:
        assert verification(source).end(target).status is target
        return
    with pytest.raises(IllegalVerificationMove):
        verification(source).end(target)


def test_all_three_answers_must_be_right() -> None:
    """One wrong answer of three is wrong; on decoys nothing is right."""
    for answers in product(("right", "wrong"), repeat=3):
        given = {kind.value: answer for kind, answer in zip(QuestionKind, answers, strict=True)}
        assert verification().all_right(given) is (answers == ("right",) * 3)
        assert not verification(decoy=True).all_right(given)


def test_answers_that_do_not_fit_are_named() -> None:
    """A missing one, one that is no choice and one that was not asked, all at once."""
    with pytest.raises(AnswersInvalid) as refused:
        verification().check({"plan": "other", "zip": "right", "pet": "Rex"})
    assert set(refused.value.problems) == {"plan", "premium", "pet"}


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_each_question_has_its_words(kind: QuestionKind) -> None:
    """Every kind of question is a sentence that ends in a question mark."""
    assert Question(kind, (), None).text.endswith("?")
