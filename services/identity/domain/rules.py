"""The numbers that an installation can set, handed down from `settings.py` as one value."""

from dataclasses import dataclass, field

from services.identity.domain.choices import Pool
from services.identity.domain.password_reset import PasswordResetRule
from services.identity.domain.passwords import PasswordRule
from services.identity.domain.session import SessionRule
from services.identity.domain.throttle import Schedule, ThrottleRule
from services.identity.domain.verification import AttemptRule

DEFAULT_POOL = Pool(
    plans=("Bronze Essential 6000", "Silver Standard 70", "Gold Choice 1500", "Platinum Select", "Silver Saver HSA",
           "Dental Family Basic", "Gold Care Network", "Bronze Value Plus", "Dental Complete PPO"),
    zip_prefixes=("100", "112", "191", "303", "606", "752", "852", "900", "980"),
)  # fmt: skip


LOG_IN = ThrottleRule(
    account_and_network=Schedule(free=5, longest_seconds=900), network=Schedule(free=50, longest_seconds=300)
)
USERNAME_PROBES = Schedule(free=20, longest_seconds=300)
CASES = Schedule(free=20, longest_seconds=900)
SUPPORT_REQUESTS = Schedule(free=10, longest_seconds=900)


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be set, with its defaults.

    `username_probes` counts answers that a user name is taken, `cases` what one account writes to support,
    `support_requests` what one network writes to support without log-in.
    """

    password: PasswordRule = PasswordRule.MIXED
    session: SessionRule = field(default_factory=SessionRule)
    verification: AttemptRule = field(default_factory=AttemptRule)
    log_in: ThrottleRule = LOG_IN
    username_probes: Schedule = USERNAME_PROBES
    password_reset: PasswordResetRule = field(default_factory=PasswordResetRule)
    cases: Schedule = CASES
    support_requests: Schedule = SUPPORT_REQUESTS
    pool: Pool = DEFAULT_POOL
    raw_import_days: int = 90
    service_token_seconds: int = 60
