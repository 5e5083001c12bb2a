"""Why a new password is refused, in the person's words: used wherever one is chosen.

Next: `create_account.py`, `forgot_password.py`, `security.py`.
"""

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.http.pages.page import Page
from services.gateway.providers.refusal import ServiceRefused

WEAKNESSES = {
    "too-short": N_("Make it longer: at least 12 characters."),
    "too-long": N_("Make it shorter: at most 128 characters."),
    "letter-missing": N_("Add a letter."),
    "digit-missing": N_("Add a digit."),
    "special-missing": N_("Add a special character, such as a hyphen (-) or an exclamation mark (!)."),
    "too-common": N_("Many people use this password or one close to it. Choose several unrelated words."),
    "personal": N_("Leave out your names, user name, email address and Social Security Number."),
}


def refuse_password(page: Page, form: Form, name: str, refused: ServiceRefused) -> None:
    """Say every reason of a `weak-password` beside the field."""
    reasons = [page._(WEAKNESSES[error.code]) for error in refused.errors if error.code in WEAKNESSES]
    form.refuse(name, " ".join(reasons) or page._("This password cannot be used. Choose another one."))
