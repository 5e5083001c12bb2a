"""What notify asks of whoever carries its mail, and the two ways in which that can go wrong.

Next: `smtp.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class MailNotTaken(Exception):
    """Not now: the server is away, silent, busy, or does not like our set-up. Try again later. Says a code only."""


class MailRefused(Exception):
    """Never: the server refuses this recipient or this message for good. Says a code only."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: its text, and the same as HTML. `dated_at` is business time; `message_id` is that of every try.

    The text is not shown by `repr`: it may hold a one-time link.
    """

    message_id: str
    recipient: str
    recipient_name: str
    language: str
    subject: str
    body: str = field(repr=False)
    html: str | None = field(repr=False)
    dated_at: datetime


class Mailer(Protocol):
    """Carries mail."""

    async def send(self, mail: Mail) -> None:
        """Return when the server took the mail. Raises MailNotTaken or MailRefused."""
        ...
