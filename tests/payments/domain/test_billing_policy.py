"""A policy through the enrollments that are heard of it, and through the months that are paid."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.policy import CoverageStatus, IllegalPolicyMove, Policy, PolicyWarning
from shared.contracts.identity import MemberEnrolledV1
from tests.payments.billing_samples import NOW, Action, enrolled, enrollment

JANUARY, FEBRUARY, MARCH = (date(2027, month, 1) for month in (1, 2, 3))


def test_an_enrollment_makes_a_policy_that_waits_for_its_first_payment() -> None:
    """What the marketplace said is what the policy says, and the fact repeats it."""
    policy, fact = Policy.enroll(uuid4(), enrollment(subsidy_cents=10_000), NOW)
    assert (policy.status, policy.paid_through_on, policy.version) == (CoverageStatus.PENDING_FIRST_PAYMENT, None, 1)
    assert (fact.policy_id, fact.coverage_status, fact.premium_cents, fact.subsidy_cents, fact.version) == (
        policy.policy_id,
        "pending_first_payment",
        30_000,
        10_000,
        1,
    )


def test_a_newer_enrollment_changes_the_policy() -> None:
    """Plan, premium and dates follow the newest enrollment."""
    policy = enrolled()
    changed, fact = policy.change(enrollment(2, action="change", plan="Gold 80", premium_cents=40_000), NOW)
    assert (changed.plan, changed.premium_cents, changed.enrollment_version) == ("Gold 80", 40_000, 2)
    assert (fact.plan, fact.version) == ("Gold 80", 2)


@pytest.mark.parametrize("version", [1, 2])
def test_what_is_not_newer_does_not_change_the_policy(version: int) -> None:
    """An enrollment that was overtaken by a newer one can not take it back."""
    policy, _ = enrolled().change(enrollment(2, action="change"), NOW)
    with pytest.raises(IllegalPolicyMove):
        policy.change(enrollment(version, plan="Bronze 60"), NOW)


def test_an_enrollment_that_comes_late_still_tells_the_price_of_its_months() -> None:
    """The change for June came first: January to May are billed at what the late first enrollment says."""
    change = enrollment(2, action="change", effective_on=date(2027, 6, 1), premium_cents=33_000)
    policy, _ = Policy.enroll(uuid4(), change, NOW)
    assert policy.rate_for(JANUARY).premium_cents == 33_000
    policy, said = policy.learn_late(enrollment(1), NOW)
    assert policy.rate_for(JANUARY).premium_cents == 30_000
    assert policy.rate_for(date(2027, 6, 1)).premium_cents == 33_000
    assert said is None
    assert policy.learn_late(enrollment(1), NOW) == (policy, None)


def test_a_cancellation_that_a_change_overtook_still_ends_the_policy() -> None:
    """The newer change said nothing of the end: the late cancellation sets it, and that is announced once."""
    policy, _ = enrolled().change(enrollment(3, action="change", plan="Gold 80"), NOW)
    cancel = enrollment(2, action="cancel")
    canceled, said = policy.learn_late(cancel, NOW)
    assert said is not None
    assert (said.coverage_end_on, said.version, said.plan) == (date(2026, 12, 31), policy.version + 1, "Gold 80")
    assert not canceled.covers(JANUARY)
    assert canceled.learn_late(cancel, NOW) == (canceled, None)


def test_a_cancellation_that_a_reinstatement_overtook_ends_nothing() -> None:
    """Whoever reinstated the policy knew of the cancellation before."""
    policy, _ = enrolled().change(enrollment(3, action="reinstate"), NOW)
    assert policy.learn_late(enrollment(2, action="cancel"), NOW) == (policy, None)


STORIES = st.permutations(
    [
        enrollment(1),
        enrollment(2, action="change", effective_on=MARCH, premium_cents=33_000, plan="Silver 73"),
        enrollment(3, action="change", effective_on=MARCH, premium_cents=32_000, subsidy_cents=5_000),
        enrollment(4, action="terminate", effective_on=date(2027, 8, 31), premium_cents=32_000, subsidy_cents=5_000),
        enrollment(5, action="reinstate", effective_on=date(2027, 9, 1), premium_cents=32_000, subsidy_cents=6_000),
    ]
)


def _hear(policy: Policy | None, fact: MemberEnrolledV1) -> Policy:
    if policy is None:
        return Policy.enroll(uuid4(), fact, NOW)[0]
    newer = fact.version > policy.enrollment_version
    return policy.change(fact, NOW)[0] if newer else policy.learn_late(fact, NOW)[0]


@given(STORIES, st.lists(st.integers(0, 4), max_size=6))
def test_enrollments_in_any_order_and_any_number_of_times_end_the_same(
    story: list[MemberEnrolledV1], again: list[int]
) -> None:
    """Twice, late or out of order: the same policy with the same price for every month."""
    _assert_same_end(story, [*story, *(story[index] for index in again)])


ENDS = st.sampled_from([None, date(2027, 6, 30), date(2027, 12, 31)])
NAMING: tuple[Action, ...] = ("add", "change", "reinstate")
ENDING: tuple[Action, ...] = ("cancel", "terminate")
STEPS = st.one_of(st.tuples(st.sampled_from(NAMING), ENDS), st.tuples(st.sampled_from(ENDING), st.none()))


@given(st.data())
def test_whatever_ends_and_reopens_a_policy_counts_in_the_order_in_which_it_was_said(data: st.DataObject) -> None:
    """Any story of changes, cancellations and reinstatements, heard in any order: the last to set the end decides."""
    steps = data.draw(st.lists(STEPS, min_size=1, max_size=7))
    story = [
        enrollment(version, action=action, effective_on=date(2027, version, 28), coverage_end_on=end_on)
        for version, (action, end_on) in enumerate(steps, 1)
    ]
    heard = data.draw(st.permutations(story)) + data.draw(st.lists(st.sampled_from(story), max_size=3))
    end_on = None
    for fact in story:
        match fact.action:
            case "add" | "reinstate":
                end_on = fact.policy.coverage_end_on
            case "change":
                end_on = fact.policy.coverage_end_on or end_on
            case "terminate":
                end_on = fact.effective_on
            case "cancel":
                end_on = date(2026, 12, 31)
    assert _assert_same_end(story, heard).coverage_end_on == end_on


def _assert_same_end(story: list[MemberEnrolledV1], heard: list[MemberEnrolledV1]) -> Policy:
    """What was heard leads to the policy to which the story leads in its own order, which is given back."""
    policy = straight = None
    for fact in sorted(story, key=lambda fact: fact.version):
        straight = _hear(straight, fact)
    for fact in heard:
        policy = _hear(policy, fact)
    assert policy is not None
    assert straight is not None
    assert replace(policy, policy_id=straight.policy_id, version=straight.version) == straight
    return straight


@pytest.mark.parametrize(
    ("told", "end_on"),
    [
        (enrollment(2, action="change"), None),
        (enrollment(2, action="change", coverage_end_on=date(2027, 12, 31)), date(2027, 12, 31)),
        (enrollment(2, action="terminate", effective_on=date(2027, 6, 30)), date(2027, 6, 30)),
        (enrollment(2, action="cancel"), date(2026, 12, 31)),
        (enrollment(2, action="reinstate", effective_on=date(2027, 7, 1)), None),
    ],
)
def test_what_was_asked_for_decides_when_coverage_ends(told: MemberEnrolledV1, end_on: date | None) -> None:
    """A termination ends coverage on its day, a cancellation before it began, a reinstatement opens it again."""
    assert enrolled().change(told, NOW)[0].coverage_end_on == end_on


@pytest.mark.parametrize("action", ["cancel", "terminate"])
def test_a_change_does_not_reopen_what_has_ended(action: Action) -> None:
    """A corrected premium of a policy that has ended leaves it ended; an end that a change names is its end."""
    ended, _ = enrolled().change(enrollment(2, action=action, effective_on=date(2027, 6, 30)), NOW)
    changed, fact = ended.change(enrollment(3, action="change", premium_cents=33_000), NOW)
    assert changed.coverage_end_on == fact.coverage_end_on == ended.coverage_end_on
    named, _ = changed.change(enrollment(4, action="change", coverage_end_on=date(2027, 3, 31)), NOW)
    assert named.coverage_end_on == date(2027, 3, 31)
    reopened, _ = named.change(enrollment(5, action="reinstate"), NOW)
    assert reopened.coverage_end_on is None


def test_a_canceled_policy_covers_no_month() -> None:
    """Also not the month in whose middle it would have begun."""
    policy = enrolled(coverage_start_on=date(2027, 1, 15))
    canceled, _ = policy.change(enrollment(2, action="cancel", coverage_start_on=date(2027, 1, 15)), NOW)
    assert policy.covers(JANUARY)
    assert not any(canceled.covers(month) for month in (date(2026, 12, 1), JANUARY, FEBRUARY))


def test_a_policy_covers_every_month_of_which_it_covers_a_day() -> None:
    """A policy that ends on February 10 has a February."""
    policy = enrolled(coverage_start_on=date(2027, 1, 15), coverage_end_on=date(2027, 2, 10))
    covered = [month for month in (date(2026, 12, 1), JANUARY, FEBRUARY, MARCH) if policy.covers(month)]
    assert covered == [JANUARY, FEBRUARY]


@pytest.mark.parametrize(
    ("premium_cents", "subsidy_cents", "warnings"),
    [
        (30_000, 30_000, ()),
        (30_000, 30_001, (PolicyWarning.SUBSIDY_ABOVE_PREMIUM,)),
        (None, 0, (PolicyWarning.PREMIUM_UNKNOWN,)),
    ],
)
def test_a_policy_says_what_a_person_must_look_at(
    premium_cents: int | None, subsidy_cents: int, warnings: tuple[PolicyWarning, ...]
) -> None:
    """A premium that is not told and a subsidy above it are warnings, not failures."""
    assert enrolled(premium_cents=premium_cents, subsidy_cents=subsidy_cents).warnings == warnings


BILLED = replace(enrolled(), first_billed_month=JANUARY, last_billed_month=MARCH)


def test_the_first_payment_makes_coverage_active_through_its_month() -> None:
    """The binder is paid: covered through January 31."""
    moved = BILLED.record_paid({JANUARY}, NOW)
    assert moved is not None
    policy, fact = moved
    assert (policy.status, policy.paid_through_on) == (CoverageStatus.ACTIVE, date(2027, 1, 31))
    assert (fact.coverage_status, fact.paid_through_on, fact.reason, fact.version) == (
        "active",
        date(2027, 1, 31),
        "first_payment",
        2,
    )


def test_paying_later_months_does_not_jump_a_gap() -> None:
    """February paid without January moves nothing; then January moves both."""
    assert BILLED.record_paid({FEBRUARY}, NOW) is None
    moved = BILLED.record_paid({JANUARY, FEBRUARY}, NOW)
    assert moved is not None
    assert moved[0].paid_through_on == date(2027, 2, 28)


def test_the_same_months_again_change_nothing() -> None:
    """No fact is announced for what was known."""
    moved = BILLED.record_paid({JANUARY}, NOW)
    assert moved is not None
    assert moved[0].record_paid({JANUARY}, NOW) is None
    further = moved[0].record_paid({JANUARY, FEBRUARY, MARCH}, NOW)
    assert further is not None
    assert (further[1].reason, further[1].paid_through_on) == ("month_paid", date(2027, 3, 31))


def test_coverage_is_not_paid_beyond_its_end() -> None:
    """A policy that ends in the middle of a month is covered through that day."""
    moved = replace(BILLED, coverage_end_on=date(2027, 1, 15)).record_paid({JANUARY}, NOW)
    assert moved is not None
    assert moved[0].paid_through_on == date(2027, 1, 15)


def test_nothing_billed_nothing_paid() -> None:
    """A policy without a bill can not be paid."""
    assert enrolled().record_paid({JANUARY}, NOW) is None
