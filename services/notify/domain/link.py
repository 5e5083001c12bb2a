"""One-time links in letters: kept and shown masked, whole only in the mail that leaves.

Next: `usecases/open_links.py` opens what identity sealed, `jobs.py` puts it into the mail.
"""

from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from services.notify.domain.delivery import Letter
from shared.contracts.identity import AccountLinkRequestedV1

PATH = "/forgot-password/"
MASK = "••••"


def masked_link(portal_url: str) -> str:
    """The link as the kept copy has it."""
    return f"{portal_url}{PATH}{MASK}"


def is_over(link: AccountLinkRequestedV1, machine_now: datetime) -> bool:
    """Whether the link is of no use any more: its time has passed, or it was given up and forgotten."""
    return not link.sealed_link or link.expires_at <= machine_now


def reveal(letter: Letter, token: str) -> Letter:
    """The letter as it leaves: each masked link with its token."""
    masked, whole = PATH + MASK, PATH + quote(token, safe="")
    return replace(
        letter,
        body=letter.body.replace(masked, whole),
        html=letter.html.replace(masked, whole) if letter.html is not None else None,
    )
