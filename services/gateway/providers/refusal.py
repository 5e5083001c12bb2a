"""What a service refused, read back from its problem+json. Next: pages say it in the member's language."""

from typing import Any

from pydantic import BaseModel, ValidationError

from services.gateway.providers.upstream import UpstreamAnswer
from shared.http.problems import FieldError, Problem


class ServiceRefused(Exception):
    """A service said no. `code` ends the problem's type, `extra` are its further members."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str | None,
        errors: tuple[FieldError, ...],
        retry_after_seconds: int | None,
        extra: dict[str, Any],
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.retry_after_seconds = retry_after_seconds
        self.extra = extra

    def problem(self) -> Problem:
        """The same refusal, for callers of the API."""
        headers = {} if self.retry_after_seconds is None else {"Retry-After": str(self.retry_after_seconds)}
        return Problem(
            self.status, self.code, self.title, self.detail, errors=self.errors, headers=headers, extra=self.extra
        )


class _Field(BaseModel):
    pointer: str = ""
    code: str = "invalid"
    message: str = ""


class _Problem(BaseModel, extra="allow"):
    type: str = ""
    title: str = ""
    detail: str | None = None
    errors: tuple[_Field, ...] = ()


def refusal_from(answer: UpstreamAnswer) -> ServiceRefused:
    """The refusal in an answer of 400 or more; one that is not in our form has the code `bad-request`."""
    try:
        told = _Problem.model_validate_json(answer.body)
    except ValidationError:
        told = _Problem()
    waits = answer.headers.get("Retry-After", "")
    return ServiceRefused(
        answer.status,
        told.type.rsplit("/", 1)[-1] or "bad-request",
        told.title or "The request could not be understood.",
        told.detail,
        tuple(FieldError(error.pointer, error.message, error.code) for error in told.errors),
        int(waits) if waits.isdigit() else None,
        dict(told.model_extra or {}),
    )
