"""How a person can be reached: e-mail and phone, checked by form only; nothing is asked of the network."""

import email_validator
import phonenumbers

LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3 less the brackets
LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1


class InvalidEmail(ValueError):
    """This is not an e-mail address that mail can be sent to."""

    def __init__(self) -> None:
        super().__init__("This is not an e-mail address. It looks like name@example.com.")


class InvalidPhone(ValueError):
    """This is not a phone number that can be dialed."""

    def __init__(self) -> None:
        super().__init__("This is not a phone number. Write it with its area code, such as 202-555-0143.")


def checked_email(text: str) -> str:
    """The address with its domain in lower case and its letters normalized. Raises InvalidEmail."""
    if len(text) > LONGEST_EMAIL:
        raise InvalidEmail
    try:
        found = email_validator.validate_email(text, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        raise InvalidEmail from None
    if len(found.local_part) > LONGEST_LOCAL_PART or len(found.normalized) > LONGEST_EMAIL:
        raise InvalidEmail
    return str(found.normalized)


def email_key(email: str) -> str:
    """The form in which addresses are compared: nobody keeps two boxes that differ by case."""
    return email.casefold()


def checked_phone(text: str) -> str:
    """The number in E.164 (`+12025550143`); without a country code it is a US number. Raises InvalidPhone."""
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        raise InvalidPhone from None
    if number.extension or not phonenumbers.is_possible_number(number):
        raise InvalidPhone
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written
