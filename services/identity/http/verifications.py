"""Verify one's identity by questions from the enrollment record."""

from uuid import uuid4

from services.identity.domain.verification import VerificationStatus
from services.identity.http.verification_schemas import (
    AnswersBody,
    NewVerification,
    QuestionShown,
    VerificationMade,
    VerificationResult,
)
from services.identity.usecases.answer_verification import answer_verification
from services.identity.usecases.parts import Parts
from services.identity.usecases.start_verification import start_verification
from shared.http.problems import FieldError, Problem
from shared.http.routes import Call


async def start(call: Call[Parts, NewVerification]) -> VerificationMade:
    """Ask the questions; asked again before they are answered, they are the same."""
    if call.body.method == "code":
        raise Problem(
            422,
            "method-not-offered",
            "Verification by a code is not offered yet.",
            "Please answer the questions from your enrollment instead.",
            errors=[FieldError("/method", "Use questions.", "method-not-offered")],
        )
    parts, account_id, verification_id = call.parts, call.account_id, uuid4()
    asked = await parts.db.write(
        lambda tx: start_verification(tx, parts.keys, parts.rules, account_id, verification_id)
    )
    return VerificationMade(
        verification_id=asked.verification_id,
        method="questions",
        questions=tuple(
            QuestionShown(question_id=question.kind, text=question.text, choices=question.choices)
            for question in asked.questions
        ),
    )


async def answer(call: Call[Parts, AnswersBody]) -> VerificationResult:
    """Judge the answers, once; asked again, the result is the same."""
    parts, verification_id = call.parts, call.uuid("verification_id")
    judged = await parts.db.write(
        lambda tx: answer_verification(
            tx, parts.rules.verification, call.account_id, verification_id, call.body.answers, call.now()
        )
    )
    verified = judged.verification.status is VerificationStatus.VERIFIED
    return VerificationResult(status="verified" if verified else "failed", account_status=judged.account.status)
