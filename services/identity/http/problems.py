"""What went wrong, as HTTP: one row for each exception of ours."""

from typing import assert_never

from services.identity.domain.case import MOST_MESSAGES, CaseFull
from services.identity.domain.case_text import NumberNotKept
from services.identity.domain.passwords import LONGEST, Weakness, WeakPassword
from services.identity.domain.throttle import Throttled
from services.identity.domain.verification import AnswersInvalid, NoAttemptLeft
from services.identity.providers.hashing import HashingBusy
from services.identity.store.imports import ControlNumberReused
from services.identity.usecases.answer_verification import VerificationUnknown
from services.identity.usecases.change_password import WrongPassword
from services.identity.usecases.check_reset_link import LinkExpired
from services.identity.usecases.end_session import SessionUnknown
from services.identity.usecases.log_in import InvalidCredentials
from services.identity.usecases.register_account import UsernameTaken
from services.identity.usecases.resolve_partner_key import PartnerKeyInvalid
from services.identity.usecases.resolve_session import SessionEnded
from services.identity.usecases.show_account import AccountUnknown
from services.identity.usecases.show_case import CaseUnknown
from services.identity.usecases.start_verification import AlreadyVerified, StillWaiting
from shared.http.app import Problems
from shared.http.problems import FieldError, Problem, not_found, not_logged_in, waiting_time


def _username_taken(_error: UsernameTaken) -> Problem:
    errors = [FieldError("/username", "Somebody has this user name already. Choose another.", "username-taken")]
    return Problem(409, "username-taken", "This user name is taken.", "Choose another one.", errors=errors)


def weak_password(error: WeakPassword, pointer: str = "/password") -> Problem:
    """The 422 with every reason; `pointer` names the field that the password came in."""
    errors = [FieldError(pointer, _weakness_words(weakness), weakness.value) for weakness in error.weaknesses]
    return Problem(422, "weak-password", "This password is not strong enough.", errors=errors)


def _weakness_words(weakness: Weakness) -> str:
    match weakness:
        case Weakness.TOO_SHORT:
            return "Make it longer: at least 12 characters (15 where no mix is asked for)."
        case Weakness.TOO_LONG:
            return f"Make it shorter: at most {LONGEST} characters."
        case Weakness.LETTER_MISSING:
            return "Add a letter."
        case Weakness.DIGIT_MISSING:
            return "Add a digit."
        case Weakness.SPECIAL_MISSING:
            return "Add a special character, such as a hyphen (-) or an exclamation mark (!)."
        case Weakness.TOO_COMMON:
            return "Many people use this password or one close to it. Choose several unrelated words."
        case Weakness.PERSONAL:
            return "Leave out your names, user name, e-mail address and Social Security Number."
        case _:
            assert_never(weakness)


def _busy(_error: HashingBusy) -> Problem:
    detail = "Very many people are logging in. Please try again in a few seconds."
    return Problem(503, "busy", "We are very busy at the moment.", detail, headers={"Retry-After": "2"})


def _throttled(error: Throttled) -> Problem:
    return Problem(
        429,
        "too-many-attempts",
        "Too many attempts.",
        f"Please wait {waiting_time(error.retry_after_seconds)} and try again.",
        headers={"Retry-After": str(error.retry_after_seconds)},
    )


def _no_attempt_left(error: NoAttemptLeft) -> Problem:
    return Problem(
        429,
        "no-attempt-left",
        "The questions cannot be answered again yet.",
        "After two wrong tries within 24 hours please come back later. Have a letter of your plan at hand then.",
        headers={"Retry-After": str(max(1, error.retry_after_seconds))},
    )


def _invalid_credentials(_error: InvalidCredentials) -> Problem:
    detail = "The user name or the password is not right. Check both and try again."
    return Problem(401, "invalid-credentials", "We could not log you in.", detail)


def _wrong_password(_error: WrongPassword) -> Problem:
    errors = [FieldError("/old_password", "This is not your present password.", "wrong-password")]
    return Problem(422, "wrong-password", "Your present password is not right.", errors=errors)


def _answers_invalid(error: AnswersInvalid) -> Problem:
    errors = [FieldError(f"/answers/{_escaped(name)}", words) for name, words in error.problems.items()]
    return Problem(422, "invalid-fields", "Some answers need to be corrected.", errors=errors)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _already_verified(_error: AlreadyVerified) -> Problem:
    return Problem(409, "already-verified", "Your identity is verified already.", "There is nothing left to do.")


def _still_waiting(_error: StillWaiting) -> Problem:
    return Problem(
        409,
        "waiting-for-record",
        "We cannot link your account to an enrollment yet.",
        "It may not have reached us yet: we write to you when it has come; then answer the questions again. Please "
        "also check the name, date of birth and Social Security Number that you gave. If one was typed wrong, create a "
        "new account with the right ones.",
    )


def _control_number_reused(_error: ControlNumberReused) -> Problem:
    errors = [FieldError("/control_number", "Use a new one for another enrollment.", "control-number-reused")]
    detail = "The same control number is only for sending the same enrollment again."
    return Problem(
        409, "control-number-reused", "This control number was used for another enrollment.", detail, errors=errors
    )


def _session_ended(_error: SessionEnded) -> Problem:
    return Problem(401, "session-ended", "Your session is over.", "Please log in again.")


def _partner_key_invalid(_error: PartnerKeyInvalid) -> Problem:
    return Problem(401, "invalid-partner-key", "This key is not known.", "Check the key, or ask for a new one.")


def _link_expired(_error: LinkExpired) -> Problem:
    detail = "A link works once, for 30 minutes, and only the newest one does. Ask for a new one under Forgot Password."
    return Problem(410, "link-expired", "This link can no longer be used.", detail)


def _case_full(_error: CaseFull) -> Problem:
    detail = f"A case holds {MOST_MESSAGES} messages. Please open a new one and name this one's number."
    return Problem(409, "case-full", "Nothing more can be added to this case.", detail)


def _number_not_kept(_error: NumberNotKept) -> Problem:
    words = (
        "This looks as if it holds a Social Security Number or a card number. Take the number out, or write only its "
        "last four digits."
    )
    errors = [FieldError("/message", words, "number-not-kept")]
    return Problem(
        422, "number-not-kept", "Please take the number out.", "Nothing of the message was kept.", errors=errors
    )


PROBLEMS: Problems = {
    AccountUnknown: lambda _error: not_logged_in(),
    AlreadyVerified: _already_verified,
    AnswersInvalid: _answers_invalid,
    CaseFull: _case_full,
    CaseUnknown: lambda _error: not_found(),
    ControlNumberReused: _control_number_reused,
    HashingBusy: _busy,
    InvalidCredentials: _invalid_credentials,
    LinkExpired: _link_expired,
    NoAttemptLeft: _no_attempt_left,
    NumberNotKept: _number_not_kept,
    PartnerKeyInvalid: _partner_key_invalid,
    SessionEnded: _session_ended,
    SessionUnknown: lambda _error: not_found(),
    StillWaiting: _still_waiting,
    Throttled: _throttled,
    UsernameTaken: _username_taken,
    VerificationUnknown: lambda _error: not_found(),
    WeakPassword: weak_password,
    WrongPassword: _wrong_password,
}
