"""Setting a new password by an e-mailed link: how many links there may be, and the facts that are told about it.

    asked for (by anybody, answered alike) ──> link open ──> used
                                                   ├───────> ended (a newer link, or the password was changed)
                                                   └───────> over after its time

Next: `usecases/send_password_reset.py` makes the link, `usecases/reset_password.py` takes it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.identity.domain.account import Account
from services.identity.domain.device import network_hint
from services.identity.domain.throttle import Schedule, ThrottleRule
from shared.contracts.identity import AccountLinkRequestedV1, SecurityChangedV1

ASKED = ThrottleRule(
    account_and_network=Schedule(free=3, longest_seconds=900), network=Schedule(free=50, longest_seconds=300)
)


@dataclass(frozen=True, slots=True)
class PasswordResetRule:
    """How long a link lasts, and how many an account is sent within that time, whoever asks.

    So nobody's mailbox is flooded, and who asks in vain has a link in the mailbox that still works: the last one sent.
    """

    link_seconds: int = 1_800
    most_links: int = 5
    throttle: ThrottleRule = ASKED

    @property
    def lifetime(self) -> timedelta:
        """How long a link can be used, in machine time."""
        return timedelta(seconds=self.link_seconds)


def link_requested(account: Account, sealed_link: str, expires_at: datetime, now: datetime) -> AccountLinkRequestedV1:
    """The fact by which the link is mailed."""
    return AccountLinkRequestedV1(
        occurred_at=now,
        version=account.version,
        account_id=account.account_id,
        purpose="password_reset",
        sealed_link=sealed_link,
        expires_at=expires_at,
    )


def security_changed(
    account: Account, what: Literal["password_changed", "password_reset"], device: str, network: str, now: datetime
) -> SecurityChangedV1:
    """The fact by which the person is told, wherever it was done from."""
    return SecurityChangedV1(
        occurred_at=now,
        version=account.version,
        account_id=account.account_id,
        what=what,
        device=device,
        network_hint=network_hint(network),
        changed_at=now,
    )
