"""What identity is told at start, beside what every service is told. Next: `wiring.py` hands the values down."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from services.identity.domain.password_reset import PasswordResetRule
from services.identity.domain.passwords import PasswordRule
from services.identity.domain.rules import LOG_IN, Rules
from services.identity.domain.session import SessionRule
from services.identity.domain.throttle import Schedule, ThrottleRule
from services.identity.domain.verification import AttemptRule
from shared.settings import ServiceSettings

Seconds = Annotated[int, Field(ge=1, le=30 * 86_400)]
Count = Annotated[int, Field(ge=1, le=10_000)]


class IdentitySettings(ServiceSettings):
    """Keys and rules.

    `ssn_keys` is `{"current": "2027a", "keys": {"2027a": "<32 bytes in base64>", ...}}`: what is sealed under an older
    key still opens while that key stays in the ring. `blind_index_key` (32 bytes in base64) never changes.
    `token_private_key` is the Ed25519 JWK whose public half is every service's `token_public_key`.
    `link_key` (32 bytes in base64) seals one-time links for notify, which has the same; they last 30 minutes of machine
    time (`reset_link_seconds`).
    `password_rule`: `mixed` asks for 12 characters with letters, digits and special characters, as the guide does that
    the portal follows; `long` for 15 without a mix, as NIST SP 800-63B-4 does.
    Sessions end after 15 idle minutes and 12 hours (OWASP Session Management; NIST SP 800-63B-4, AAL2 is wider).
    """

    ssn_keys: SecretStr
    blind_index_key: SecretStr
    token_private_key: SecretStr
    link_key: SecretStr
    password_rule: PasswordRule = PasswordRule.MIXED
    session_idle_seconds: Seconds = 900
    session_absolute_seconds: Seconds = 43_200
    log_in_free_failures: Count = LOG_IN.account_and_network.free
    log_in_free_failures_network: Count = LOG_IN.network.free
    verification_attempts: Count = 2
    verification_window_seconds: Seconds = 86_400
    reset_link_seconds: Seconds = 1_800
    raw_import_days: Annotated[int, Field(ge=1, le=90)] = 90
    hashing_threads: Annotated[int, Field(ge=1, le=16)] = 2
    hashing_queue: Count = 32

    @property
    def rules(self) -> Rules:
        """The numbers that use cases go by."""
        return Rules(
            password=self.password_rule,
            session=SessionRule(self.session_idle_seconds, self.session_absolute_seconds),
            verification=AttemptRule(self.verification_attempts, timedelta(seconds=self.verification_window_seconds)),
            log_in=ThrottleRule(
                Schedule(self.log_in_free_failures, LOG_IN.account_and_network.longest_seconds),
                Schedule(self.log_in_free_failures_network, LOG_IN.network.longest_seconds),
            ),
            password_reset=PasswordResetRule(self.reset_link_seconds),
            raw_import_days=self.raw_import_days,
        )
