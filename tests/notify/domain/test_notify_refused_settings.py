"""What notify refuses to start with: settings that would only fail once a letter is to be sent."""

import pytest
from pydantic import ValidationError

from services.notify.settings import NotifySettings
from shared.testing.http import base_settings
from tests.notify.conftest import LINK_KEY

GOOD = {
    "portal_url": "https://portal.example",
    "link_key": LINK_KEY,
    "smtp_host": "127.0.0.1",
    "smtp_port": 25,
    "smtp_from": "a@b.example",
}


def test_good_settings_are_taken() -> None:
    """A bare sender, an address of the portal and the defaults are enough."""
    assert NotifySettings(**base_settings(**GOOD)).delivery_lease_seconds == 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_from": "The Portal <a@b.example>"},
        {"smtp_from": "nobody"},
        {"smtp_from": "a@b.example\r\nBcc: c@d.example"},
        {"portal_url": "portal.example"},
        {"link_key": "c2hvcnQ="},
        {"link_key": "no base64 at all"},
        {"smtp_timeout_seconds": 20.0, "delivery_lease_seconds": 40.0},
        {"smtp_username": "portal"},
        {"smtp_tls": "none", "smtp_username": "portal", "smtp_password": "x"},
    ],
)
def test_settings_that_would_fail_later_are_refused_at_the_start(wrong: dict[str, object]) -> None:
    """A named sender, no key for links, a lease shorter than two tries, a password without TLS: said at the start."""
    with pytest.raises(ValidationError):
        NotifySettings(**base_settings(**{**GOOD, **wrong}))
