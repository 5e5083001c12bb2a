"""What comes in and goes out of the URLs of verification."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.identity.domain.account import AccountStatus
from services.identity.domain.verification import QuestionKind
from services.identity.http.fields import Text
from shared.http.models import Input, Output


class NewVerification(Input):
    """How one wants to prove who one is."""

    method: Literal["questions", "code"]


class QuestionShown(Output):
    """One question; the answer is one of the choices, word for word."""

    question_id: QuestionKind
    text: str
    choices: tuple[str, ...]


class VerificationMade(Output):
    """What is asked."""

    verification_id: UUID
    method: Literal["questions"]
    questions: tuple[QuestionShown, ...]


class AnswersBody(Input):
    """A choice for each question id."""

    answers: Annotated[
        dict[Annotated[Text, Field(max_length=40)], Annotated[Text, Field(max_length=300)]], Field(max_length=10)
    ]


class VerificationResult(Output):
    """Whether the answers were right, and where the account stands now."""

    status: Literal["verified", "failed"]
    account_status: AccountStatus
