"""Choices: stable, complete, and without a hint at which one is right or whether a record exists at all."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.choices import NONE_OF_THESE, Pool, Remembered, draw_questions, show_cents
from services.identity.domain.rules import DEFAULT_POOL
from services.identity.domain.verification import Question, QuestionKind

POLICIES = [Remembered("Silver Harbor 3000", 41_255), Remembered("Dental Plus", 3_900)]
SEEDS = st.binary(min_size=32, max_size=32)


def by_kind(questions: tuple[Question, ...]) -> dict[QuestionKind, Question]:
    """The questions by what they ask."""
    return {question.kind: question for question in questions}


@given(SEEDS, st.integers(0, 500_000))
def test_the_right_answer_is_among_six_different_choices(seed: bytes, premium_cents: int) -> None:
    """Whatever the premium, each question has six choices, the right one once, and "None of these" at the end."""
    questions = draw_questions(seed, [Remembered("My Plan", premium_cents)], "12345-6789", DEFAULT_POOL)
    rights = {QuestionKind.PLAN: "My Plan", QuestionKind.PREMIUM: show_cents(premium_cents), QuestionKind.ZIP: "12345"}
    for kind, question in by_kind(questions).items():
        assert question.right == rights[kind]
        assert question.choices.count(rights[kind]) == 1
        assert len(set(question.choices)) == 6
        assert question.choices[-1] == NONE_OF_THESE


@given(SEEDS)
def test_decoys_have_the_same_shape_and_nothing_right(seed: bytes) -> None:
    """Six choices each, as for a record; and every answer to them is wrong."""
    for question in draw_questions(seed, [], None, DEFAULT_POOL):
        assert question.right is None
        assert len(set(question.choices)) == 6
        assert question.choices[-1] == NONE_OF_THESE


@given(SEEDS)
def test_the_same_person_gets_the_same_choices(seed: bytes) -> None:
    """The seed alone decides."""
    assert draw_questions(seed, POLICIES, "12345", DEFAULT_POOL) == draw_questions(
        seed, POLICIES, "12345", DEFAULT_POOL
    )


@given(SEEDS)
def test_what_is_true_of_another_own_policy_is_never_a_wrong_choice(seed: bytes) -> None:
    """Somebody with a health and a dental plan cannot fail by naming the other one of their own."""
    pool = Pool([*DEFAULT_POOL.plans, "Dental Plus", "Silver Harbor 3000"], ["123"])
    questions = by_kind(draw_questions(seed, POLICIES, "12345", pool))
    assert "Dental Plus" not in questions[QuestionKind.PLAN].choices
    assert "$39.00" not in questions[QuestionKind.PREMIUM].choices


def test_no_rank_gives_the_right_premium_away() -> None:
    """Over many people the right premium is the least, the greatest and each between about equally often."""
    ranks: Counter[int] = Counter()
    for number in range(2_000):
        question = draw_questions(number.to_bytes(32), [Remembered("P", 41_255)], "12345", DEFAULT_POOL)[1]
        amounts = sorted(question.choices[:-1], key=lambda shown: int("".join(filter(str.isdigit, shown))))
        ranks[amounts.index("$412.55")] += 1
    assert set(ranks) == {0, 1, 2, 3, 4}
    assert all(200 < count < 700 for count in ranks.values()), ranks


def test_a_round_premium_stands_among_round_ones() -> None:
    """A premium of whole dollars is not the only one without cents, nor one with cents the only one with."""
    for number in range(200):
        round_one = draw_questions(number.to_bytes(32), [Remembered("P", 45_000)], "12345", DEFAULT_POOL)[1]
        assert all(choice.endswith(".00") for choice in round_one.choices[:-1])
        uneven = draw_questions(number.to_bytes(32), [Remembered("P", 41_255)], "12345", DEFAULT_POOL)[1]
        assert sum(not choice.endswith(".00") for choice in uneven.choices[:-1]) >= 3


def test_wrong_zip_codes_are_of_the_same_area() -> None:
    """All five begin with the same three digits, so the area tells nothing."""
    for number in range(50):
        question = draw_questions(number.to_bytes(32), POLICIES, "12345", DEFAULT_POOL)[2]
        assert {choice[:3] for choice in question.choices[:-1]} == {"123"}


def test_an_unknown_premium_makes_none_of_these_right() -> None:
    """Where no policy's premium is known, the honest answer is "None of these"."""
    question = draw_questions(b"\x01" * 32, [Remembered("P", None)], "12345", DEFAULT_POOL)[1]
    assert question.right == NONE_OF_THESE
    assert len(set(question.choices)) == 6
    known = draw_questions(b"\x01" * 32, [Remembered("P", None), Remembered("Q", 9_900)], "12345", DEFAULT_POOL)[1]
    assert known.right == "$99.00"


def test_amounts_are_shown_as_people_read_them() -> None:
    """Dollars with cents and thousands."""
    assert [show_cents(cents) for cents in (0, 5, 41_255, 123_456_700)] == [
        "$0.00",
        "$0.05",
        "$412.55",
        "$1,234,567.00",
    ]
