"""A real SMTP server for the tests: it keeps what it took and answers as the test has planned."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

TAKEN = "250 OK"


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail that arrived."""
    return _part_of(mail, "plain")


def html_of(mail: EmailMessage) -> str:
    """The HTML of a mail that arrived."""
    return _part_of(mail, "html")


def _part_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


class MailServer:
    """`rcpt_answers` and `data_answers` are given one by one, then every mail is taken."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.hellos: list[str] = []
        self.mail_from_answer = TAKEN
        self.rcpt_answers: deque[str] = deque()
        self.data_answers: deque[str] = deque()
        self.silent = False
        self.drops_after_data = False
        self._changed = asyncio.Condition()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Remember by what name the portal says hello."""
        session.host_name = hostname
        self.hellos.append(hostname)
        return responses

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take the sender, or not, as planned."""
        envelope.mail_from = address
        return self.mail_from_answer

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take the recipient, or answer as planned."""
        answer = self.rcpt_answers.popleft() if self.rcpt_answers else TAKEN
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the mail, or answer as planned; a silent server does neither."""
        if self.silent:
            await asyncio.Event().wait()
        answer = self.data_answers.popleft() if self.data_answers else TAKEN
        if answer == TAKEN:
            async with self._changed:
                self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
                self.recipients += envelope.rcpt_tos
                self._changed.notify_all()
        if self.drops_after_data:
            server.transport.write(b"250 OK\r\n")
            server.transport.close()
        return answer

    async def until_mails(self, count: int) -> None:
        """Return when `count` mails have come. Raises TimeoutError after 20 s."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.mails) >= count)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["MailServer"]:
        """Serve on a free loopback port, at the second time on the same one."""
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(self, enable_SMTPUTF8=True, hostname="mail.example"), "127.0.0.1", self.port
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()
