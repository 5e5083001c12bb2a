"""What comes in and goes out of the URLs of forgotten passwords."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from services.identity.http.fields import Email, PasswordText, Text
from shared.http.models import Input, Output


class NewPasswordReset(Input):
    """Whose password is forgotten: the user name (an e-mail address will do there too), or the e-mail address."""

    username: Annotated[Text, Field(max_length=254)] | None = None
    email: Annotated[Email | None, Field(validate_default=True)] = None

    @field_validator("email")
    @classmethod
    def _exactly_one(cls, email: str | None, info: ValidationInfo) -> str | None:
        if "username" in info.data and (email is None) == (info.data["username"] is None):
            raise ValueError("Give your user name or your e-mail address: one of the two.")
        return email

    @property
    def name(self) -> str:
        """What the account goes by."""
        return self.username or self.email or ""


class PasswordResetAsked(Output):
    """The answer to everybody, whether or not there is such an account."""

    message: str


class ResetPassword(Input):
    """The password to come."""

    password: PasswordText
