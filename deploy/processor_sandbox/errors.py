"""What the processor refuses, named for what happened; the docstring is the message. `http` maps them to answers."""

from typing import Any, ClassVar


class ProcessorError(Exception):
    """The request was refused."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    field: str | None = None

    @property
    def message(self) -> str:
        """The sentence a caller reads; it never repeats what the caller sent."""
        return str(self.args[0]) if self.args else (type(self).__doc__ or self.code)


class BodyNotJson(ProcessorError):
    """The body is not JSON."""

    code = "bad_json"


class BodyUnreadable(ProcessorError):
    """The body could not be read to its end."""

    code = "bad_body"


class FieldInvalid(ProcessorError):
    """A field is missing, unknown or out of its limits."""

    status = 422
    code = "invalid_field"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotATestCard(FieldInvalid):
    """Only the listed test cards are taken here."""

    code = "test_card_only"


class UnknownToken(FieldInvalid):
    """There is no such token."""

    code = "unknown_token"


class UnknownSource(FieldInvalid):
    """There is no such card or token."""

    code = "unknown_source"


class TokenUsed(ProcessorError):
    """This token has served its one purpose already."""

    status = 409
    code = "token_used"


class KeyReused(ProcessorError):
    """This Idempotency-Key was used before with another body."""

    status = 409
    code = "key_reused"


class KeyVoided(ProcessorError):
    """This key was voided and can never charge."""

    status = 409
    code = "key_voided"


class ChargeExists(ProcessorError):
    """There is a charge under this key, so it cannot be voided."""

    status = 409
    code = "charge_exists"

    def __init__(self, charge: dict[str, Any]) -> None:
        super().__init__()
        self.charge = charge


class JournalUnavailable(ProcessorError):
    """The journal cannot be written to; nothing was done."""

    status = 503
    code = "journal_unavailable"


class RefusedByFault(ProcessorError):
    """The processor is busy, as ordered by refuse_503; nothing was charged."""

    status = 503
    code = "refused_by_fault"


class FailedByFault(ProcessorError):
    """The processor failed, as ordered by its faults; whether it charged is not told."""

    status = 500
    code = "failed_by_fault"


class AnswerDropped(Exception):
    """The connection is to be closed without an answer."""


class JournalDamaged(Exception):
    """A line of the journal cannot be believed; the processor does not start on it."""


class JournalInUse(Exception):
    """Another process writes to this journal; two writers could charge one key twice."""
