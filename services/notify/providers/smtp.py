"""Send mail by SMTP (RFC 5321), one connection a mail.

Only a 5yz answer to the recipient or to the text is the last word on a mail (RFC 5321 4.2.1). A 5yz to the greeting,
log-in or sender is about our set-up: that is repaired, and the mail is sent then.
"""

import asyncio
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

import aiosmtplib

from services.notify.providers.mail import Mail, MailNotTaken, MailRefused
from services.notify.settings import NotifySettings

SENDER_NAME = "Health Connector Payment Portal"
GOOD_BYE_SECONDS = 2.0


class SmtpMailer:
    """A Mailer that speaks to the server in the settings; it keeps no connection."""

    def __init__(self, settings: NotifySettings) -> None:
        self._settings = settings

    async def send(self, mail: Mail) -> None:
        """Hand the mail over, within the time of the settings. Raises MailNotTaken or MailRefused."""
        message = message_of(mail, self._settings.smtp_from)
        try:
            async with asyncio.timeout(self._settings.smtp_timeout_seconds):
                await self._hand_over(message, mail.recipient)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _judged(error.recipients[0].code) from None
        except aiosmtplib.SMTPDataError as error:
            raise _judged(error.code) from None
        except aiosmtplib.SMTPNotSupported:
            raise MailNotTaken("not supported by the server") from None
        except aiosmtplib.SMTPResponseException as error:
            raise MailNotTaken(f"set-up: {error.code}") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise MailNotTaken(type(error).__name__) from None

    async def _hand_over(self, message: EmailMessage, recipient: str) -> None:
        settings = self._settings
        server = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            local_hostname=settings.portal_host,  # else it asks the resolver who we are, and everything waits for that
            port=settings.smtp_port,
            use_tls=settings.smtp_tls == "tls",
            start_tls=settings.smtp_tls == "starttls",
            tls_context=ssl.create_default_context() if settings.smtp_tls != "none" else None,
            username=settings.smtp_username,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            timeout=settings.smtp_timeout_seconds,
        )
        try:
            await server.connect()
            await server.send_message(message, sender=settings.smtp_from, recipients=[recipient])
        finally:
            # the mail is taken or not by now: how the good-bye goes must not change that
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await server.quit(timeout=GOOD_BYE_SECONDS)
            server.close()


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The mail with its headers; other alphabets are encoded (RFC 2047). Raises MailRefused for a bad address.

    Text first and HTML second, as alternatives of each other (RFC 2046 5.1.4): a reader shows the last that it can.
    """
    message = EmailMessage(policy=SMTP if mail.recipient.isascii() else SMTPUTF8)
    message["From"] = Address(SENDER_NAME, addr_spec=sender)
    message["To"] = _address(mail.recipient_name, mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.dated_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to us
    message.set_content(mail.body, charset="utf-8", cte="7bit" if _fits_7bit(mail.body) else "quoted-printable")
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", charset="utf-8", cte="quoted-printable")
    message["Content-Language"] = mail.language  # after the text: setting it clears the Content- headers
    return message


def _address(name: str, recipient: str) -> Address:
    username, _, domain = recipient.rpartition("@")
    if not username or not domain or any(char.isspace() or not char.isprintable() for char in recipient):
        raise MailRefused("address")
    if not recipient.isascii():
        return Address(name, username=username, domain=domain)  # RFC 6531; `addr_spec` knows ASCII only
    try:
        return Address(name, addr_spec=recipient)
    except (ValueError, MessageError):
        raise MailRefused("address") from None


def _fits_7bit(body: str) -> bool:
    return body.isascii() and all(len(line) <= 998 for line in body.splitlines())


def _judged(code: int) -> Exception:
    return MailRefused(str(code)) if code >= 500 else MailNotTaken(str(code))
