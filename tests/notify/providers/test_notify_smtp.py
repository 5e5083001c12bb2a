"""Handing mail to a real SMTP server: what it takes, what it refuses for now and for good, and silence."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parseaddr

import pytest

from services.notify.providers.mail import Mail, MailNotTaken, MailRefused
from services.notify.providers.smtp import SmtpMailer, message_of
from tests.notify.conftest import notify_settings
from tests.notify.mail_server import MailServer, html_of, text_of

MAIL = Mail(
    message_id="<5b0c5b1e-9f3f-4d5f-8a77-0f1b7f1f0001@portal.example>",
    recipient="zoe@example.org",
    recipient_name="Zoë",
    language="es",
    subject="Pago recibido: $354.00, señora",
    body="Hola, Zoë:\n\n.\nRecibimos su pago.\n",
    html="<!doctype html>\n<p>Hola, Zoë:</p>\n.\n<p>Recibimos su pago.</p>\n",
    dated_at=datetime(2026, 12, 1, 15, 0, tzinfo=UTC),
)


def mailer(server: MailServer, timeout_seconds: float = 5.0) -> SmtpMailer:
    """A mailer that speaks to this server."""
    return SmtpMailer(notify_settings(smtp_port=server.port, smtp_timeout_seconds=timeout_seconds))


def raises(error: type[Exception], words: str) -> AbstractContextManager[object]:
    """Expect the error with these words."""
    return pytest.raises(error, match=words)


async def test_a_mail_arrives_as_it_was_written(mail_server: MailServer) -> None:
    """Subject, text, names and Message-ID come through whole, a lone dot on a line included."""
    await mailer(mail_server).send(MAIL)
    [arrived] = mail_server.mails
    assert mail_server.recipients == ["zoe@example.org"]
    assert arrived["Subject"] == MAIL.subject
    assert arrived["Message-ID"] == MAIL.message_id
    assert arrived["To"] == "Zoë <zoe@example.org>"
    assert arrived["From"] == "Health Connector Payment Portal <no-reply@portal.example>"
    assert arrived["Date"].datetime == MAIL.dated_at
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["Content-Language"] == "es"
    assert arrived.get_content_type() == "multipart/alternative"
    assert (text_of(arrived), html_of(arrived)) == (MAIL.body, MAIL.html)


async def test_the_text_comes_before_the_html(mail_server: MailServer) -> None:
    """Readers show the last alternative that they can (RFC 2046): the HTML, or the text where they have none."""
    await mailer(mail_server).send(MAIL)
    kinds = [part.get_content_type() for part in mail_server.mails[0].iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_lines_on_the_wire_are_short_and_ascii() -> None:
    """No relay on the way may break a long line of HTML or a letter with an accent (RFC 5322 2.1.1)."""
    raw = message_of(replace(MAIL, html="<p>" + "ñ" * 5_000 + "</p>"), "no-reply@portal.example").as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


async def test_a_copy_without_html_is_sent_as_text_alone(mail_server: MailServer) -> None:
    """A letter that was kept before there was HTML still leaves, as it was written."""
    await mailer(mail_server).send(replace(MAIL, html=None))
    [arrived] = mail_server.mails
    assert arrived.get_content_type() == "text/plain"
    assert text_of(arrived) == MAIL.body


def test_a_mail_does_not_show_its_text() -> None:
    """A one-time link in it ends in no log and no traceback."""
    assert "Recibimos" not in repr(MAIL)


async def test_the_portal_says_hello_by_its_own_name(mail_server: MailServer) -> None:
    """The resolver is not asked who we are: where it does not answer, everything would wait for it."""
    await mailer(mail_server).send(MAIL)
    assert mail_server.hellos == [notify_settings(smtp_port=mail_server.port).portal_host]


@pytest.mark.parametrize("name", ["Нина", "美咲", "فاطمه", 'Zoë, "the" <x@y>', "ñ" * 300, ""])
async def test_names_of_any_alphabet_travel_in_ascii_headers(mail_server: MailServer, name: str) -> None:
    """Headers on the wire are ASCII (RFC 2047) and read back as the name; the address stays the address."""
    raw = message_of(replace(MAIL, recipient_name=name), "no-reply@portal.example").as_bytes()
    assert raw.partition(b"\r\n\r\n")[0].isascii()
    await mailer(mail_server).send(replace(MAIL, recipient_name=name))
    shown = BytesParser(policy=compat32).parsebytes(mail_server.mails[0].as_bytes())["To"]
    decoded, address = parseaddr(shown)
    assert (str(make_header(decode_header(decoded))), address) == (name, "zoe@example.org")


async def test_an_address_of_another_alphabet_is_served(mail_server: MailServer) -> None:
    """A server that speaks SMTPUTF8 (RFC 6531) gets mail for such an address."""
    await mailer(mail_server).send(replace(MAIL, recipient="zoë@example.org"))
    assert mail_server.recipients == ["zoë@example.org"]


@pytest.mark.parametrize("address", ["", "zoe", "zoe@example.org\r\nBcc: all@example.org", "a b@example.org", "@"])
async def test_an_address_that_is_none_is_refused_for_good(mail_server: MailServer, address: str) -> None:
    """No try would ever succeed, and no header can be smuggled in by an address."""
    with raises(MailRefused, "address"):
        await mailer(mail_server).send(replace(MAIL, recipient=address))
    assert mail_server.mails == []


async def test_a_busy_server_is_asked_later(mail_server: MailServer) -> None:
    """A 4yz to the recipient or the text means "not now"."""
    mail_server.rcpt_answers.append("450 mailbox busy")
    with raises(MailNotTaken, "450"):
        await mailer(mail_server).send(MAIL)
    mail_server.data_answers.append("451 try again")
    with raises(MailNotTaken, "451"):
        await mailer(mail_server).send(MAIL)


async def test_a_refusal_of_the_recipient_or_the_text_is_final(mail_server: MailServer) -> None:
    """A 5yz to the recipient or the text means "never"; only the code is told, not the server's words."""
    mail_server.rcpt_answers.append("550 no such user zoe@example.org")
    with raises(MailRefused, "^550$"):
        await mailer(mail_server).send(MAIL)
    mail_server.data_answers.append("554 spam")
    with raises(MailRefused, "^554$"):
        await mailer(mail_server).send(MAIL)


async def test_a_refusal_of_our_sender_is_not_the_end_of_the_mail(mail_server: MailServer) -> None:
    """A 5yz to the sender is about our set-up: it is repaired, and the mail goes out then."""
    mail_server.mail_from_answer = "553 unknown sender"
    with raises(MailNotTaken, "553"):
        await mailer(mail_server).send(MAIL)


async def test_a_server_that_is_down_is_asked_later() -> None:
    """Nobody listens: nothing is lost."""
    server = MailServer()
    async with server.listening():
        pass
    with raises(MailNotTaken, "Connect"):
        await mailer(server).send(MAIL)


async def test_a_silent_server_is_not_waited_for(mail_server: MailServer) -> None:
    """A server that takes the text and does not answer costs the time of the settings."""
    mail_server.silent = True
    with raises(MailNotTaken, "Timeout"):
        await mailer(mail_server, timeout_seconds=0.3).send(MAIL)


async def test_a_lost_good_bye_does_not_make_it_unsent(mail_server: MailServer) -> None:
    """A server that takes the mail and hangs up without a good-bye has taken the mail."""
    mail_server.drops_after_data = True
    await mailer(mail_server).send(MAIL)
    assert len(mail_server.mails) == 1


async def test_without_the_tls_that_we_ask_for_nothing_is_said(mail_server: MailServer) -> None:
    """A server that does not offer STARTTLS gets no mail when the settings ask for it."""
    settings = notify_settings(smtp_port=mail_server.port, smtp_tls="starttls")
    with raises(MailNotTaken, "not supported|SMTPException"):
        await SmtpMailer(settings).send(MAIL)
    assert mail_server.mails == []


def test_a_text_cannot_become_a_header() -> None:
    """A subject with a line break is refused by the message itself, whatever came before it."""
    with raises(ValueError, "linefeed|newline|header"):
        message_of(replace(MAIL, subject="x\r\nBcc: all@example.org"), "no-reply@portal.example")
