"""Verification by questions: three questions from the enrollment record, answered right together or not at all.

    open ──all right, record not linked yet──> verified
      └────anything else──────────────────────> failed

Where no record matches, the questions are decoys: `member_id` is None and no choice is right. Next: `choices.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID


class QuestionKind(StrEnum):
    """What is asked; also the `question_id` of the API."""

    PLAN = "plan"
    PREMIUM = "premium"
    ZIP = "zip"


class VerificationStatus(StrEnum):
    """Where a verification stands."""

    OPEN = "open"
    VERIFIED = "verified"
    FAILED = "failed"


TRANSITIONS: Mapping[VerificationStatus, frozenset[VerificationStatus]] = {
    VerificationStatus.OPEN: frozenset({VerificationStatus.VERIFIED, VerificationStatus.FAILED}),
    VerificationStatus.VERIFIED: frozenset(),
    VerificationStatus.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class AttemptRule:
    """How many wrong tries a person has in a window of machine time."""

    attempts: int = 2
    window: timedelta = timedelta(hours=24)


class NoAttemptLeft(Exception):
    """The tries are used up; `retry_after_seconds` from now there is one again."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("no attempt left")
        self.retry_after_seconds = retry_after_seconds


class AnswersInvalid(Exception):
    """The answers do not fit the questions; `problems` has a sentence for each question id."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("answers do not fit")
        self.problems = problems


class IllegalVerificationMove(Exception):
    """A verification that was answered is answered for good."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its choices; `right` is None on a decoy."""

    kind: QuestionKind
    choices: tuple[str, ...]
    right: str | None

    @property
    def text(self) -> str:
        """The question in words."""
        match self.kind:
            case QuestionKind.PLAN:
                return "Which of these is the name of a health or dental plan on your enrollment?"
            case QuestionKind.PREMIUM:
                return "Which of these is the full monthly premium of a plan on your enrollment, before any subsidy?"
            case QuestionKind.ZIP:
                return "Which of these is the ZIP code on your enrollment?"
            case _:
                assert_never(self.kind)


@dataclass(frozen=True, slots=True)
class Verification:
    """One try of one account; `member_id` is the record that the questions came from."""

    verification_id: UUID
    account_id: UUID
    member_id: UUID | None
    status: VerificationStatus
    questions: tuple[Question, ...]

    def check(self, answers: Mapping[str, str]) -> None:
        """Raise AnswersInvalid unless every question is answered by one of its choices and nothing else is."""
        asked = {question.kind.value: question for question in self.questions}
        problems = {name: "This question was not asked." for name in answers if name not in asked}
        for name, question in asked.items():
            if name not in answers:
                problems[name] = "This question is not answered."
            elif answers[name] not in question.choices:
                problems[name] = "This is not one of the choices."
        if problems:
            raise AnswersInvalid(problems)

    def all_right(self, answers: Mapping[str, str]) -> bool:
        """Whether every answer is the right one; never so on decoys."""
        return self.member_id is not None and all(
            question.right is not None and answers.get(question.kind.value) == question.right
            for question in self.questions
        )

    def end(self, status: VerificationStatus) -> "Verification":
        """The verification with its result. Raises IllegalVerificationMove."""
        if status not in TRANSITIONS[self.status]:
            raise IllegalVerificationMove
        return replace(self, status=status)
