"""What notify is told at start: a usable portal address, and no password over a line that others can read."""

import pytest
from pydantic import SecretStr, ValidationError

from tests.notify.conftest import notify_settings


def test_the_portal_address_gives_links_and_message_ids() -> None:
    """A slash at the end is dropped; the host stands alone, without its port."""
    settings = notify_settings(portal_url="http://localhost:8080/")
    assert (settings.portal_url, settings.portal_host) == ("http://localhost:8080", "localhost")


@pytest.mark.parametrize("address", ["portal.example", "ftp://portal.example", "https://", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    """notify does not start with an address that no mail reader could open."""
    with pytest.raises(ValidationError, match="portal_url"):
        notify_settings(portal_url=address)


def test_a_password_goes_over_tls_only() -> None:
    """Name and password belong together and are not sent in the clear."""
    both = {"smtp_username": "portal", "smtp_password": SecretStr("words nobody guesses")}
    assert notify_settings(**both, smtp_tls="starttls").smtp_username == "portal"
    with pytest.raises(ValidationError, match="smtp_tls"):
        notify_settings(**both, smtp_tls="none")
    with pytest.raises(ValidationError, match="belong together"):
        notify_settings(smtp_username="portal", smtp_tls="tls")


def test_the_password_is_not_shown() -> None:
    """Settings that end in a log or a traceback do not tell it."""
    settings = notify_settings(smtp_username="portal", smtp_password=SecretStr("words nobody guesses"), smtp_tls="tls")
    assert "nobody guesses" not in repr(settings)
