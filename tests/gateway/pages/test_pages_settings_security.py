"""Settings: one's own data, the password, and the devices that are logged in."""

from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from tests.gateway.gateway_world import World
from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import Member, account, listed, refused

PAGE = "/settings/security"
CHANGE = "PUT /v1/account/password"
PHONE_ID = str(uuid4())
PASSWORDS: dict[str, Any] = {"old_password": "Willow-Bridge-27", "new_password": "Copper-Lantern-63"}


def _session(device: str, *, current: bool, session_id: str = PHONE_ID) -> dict[str, Any]:
    times = dict.fromkeys(("created_at", "last_used_at", "expires_at"), "2027-01-01T20:04:00Z")
    return {"session_id": session_id, "device": device, "network": "203.0.113.7", "current": current, **times}


@pytest.fixture
def settings(member: Member) -> Member:
    """Ana is logged in here and on a phone."""
    here = _session("Chrome on Windows", current=True, session_id=str(uuid4()))
    member.identity.known["GET /v1/sessions"] = listed(here, _session("Safari on iPhone", current=False))
    return member


async def test_settings_lead_on(settings: Member, ana: Browser) -> None:
    """To cards, password and one's own data; what does not exist yet is not there."""
    del settings  # only to be there
    seen = await ana.open("/settings")
    for path in ("payment-methods", "security", "profile"):
        assert f'href="/settings/{path}"' in seen.html
    assert "Automatic Payments" not in seen.text


async def test_devices_are_shown_with_their_last_use(settings: Member, ana: Browser) -> None:
    """Times of New York; the one in use is marked and has no button of its own."""
    del settings  # only to be there
    seen = await ana.open(PAGE)
    assert "Chrome on Windows (this device)" in seen.text
    assert "Last used: January 1, 2027, 3:04 PM (network 203.0.113.7)" in seen.text
    assert seen.html.count('name="session_id"') == 1
    assert seen.field("session_id") == PHONE_ID


async def test_devices_are_named_in_the_readers_language(settings: Member, ana: Browser) -> None:
    """Also one that nobody knows."""
    unknown = (_session("Unknown device", current=False), _session("Firefox", current=True))
    settings.identity.known["GET /v1/sessions"] = listed(_session("Safari on iPhone", current=False), *unknown)
    ana.cookies["__Host-language"] = "es"
    seen = await ana.open(PAGE)
    for words in ("Safari en iPhone", "Dispositivo desconocido", "Firefox (este dispositivo)"):
        assert words in seen.text


async def test_a_name_of_a_device_is_text(settings: Member, ana: Browser) -> None:
    """What a browser calls itself runs nowhere."""
    settings.identity.known["GET /v1/sessions"] = listed(_session("<script>x</script>", current=False))
    seen = await ana.open(PAGE)
    assert "<script>x" not in seen.html
    assert "<script>x</script>" in seen.text


async def test_the_password_is_changed(settings: Member, ana: Browser) -> None:
    """Exactly as typed; a reload does not do it again."""
    settings.identity.known[CHANGE] = web.Response(status=204)
    await ana.open(PAGE)
    seen = await ana.send(PAGE, old_password=" Willow-Bridge-27 ", new_password="Copper-Lantern-63 ")
    assert seen.where == f"{PAGE}?done=password"
    assert "Your password was changed." in seen.text
    sent = settings.identity.sent(CHANGE)
    assert sent == {"old_password": " Willow-Bridge-27 ", "new_password": "Copper-Lantern-63 "}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused(422, "wrong-password", "/old_password"), "This is not your current password."),
        (refused(422, "weak-password", "/new_password"), "This password cannot be used."),
    ],
)
async def test_why_a_password_is_not_changed(settings: Member, ana: Browser, answer: web.Response, words: str) -> None:
    """In our words, and neither password comes back."""
    settings.identity.known[CHANGE] = answer
    await ana.open(PAGE)
    seen = await ana.send(PAGE, **PASSWORDS)
    assert seen.status == 422
    assert words in seen.text
    assert not [it for it in (*PASSWORDS.values(), "Words of the service") if it in seen.html]


async def test_too_many_tries_to_change_it_wait(settings: Member, ana: Browser) -> None:
    """Neither password is called wrong."""
    settings.identity.known[CHANGE] = refused(429, "too-many-attempts", Retry_After="60")
    await ana.open(PAGE)
    seen = await ana.send(PAGE, **PASSWORDS)
    assert seen.status == 429
    assert "Please wait 60 seconds" in seen.text
    assert "aria-invalid" not in seen.html


async def test_both_passwords_are_needed(settings: Member, ana: Browser) -> None:
    """Identity is not asked before."""
    await ana.open(PAGE)
    seen = await ana.send(PAGE)
    assert seen.html.count("usa-error-message") == 2
    assert CHANGE not in [call for call, _, _ in settings.identity.asked]


async def test_the_language_can_be_switched_on_a_page_with_errors(settings: Member, ana: Browser) -> None:
    """The page with the errors has the address of the page itself."""
    del settings  # only to be there
    await ana.open(PAGE)
    wrong = await ana.send(PAGE)
    assert wrong.field("back") == PAGE
    seen = await ana.send("/language", language="es", back=wrong.field("back"))
    assert (seen.status, seen.heading) == (200, "Contraseña y dispositivos")


@pytest.mark.parametrize("answer", [web.Response(status=204), refused(404, "not-found")])
async def test_one_device_is_logged_out(settings: Member, ana: Browser, answer: web.Response) -> None:
    """One that was logged out already is fine."""
    settings.identity.known[f"DELETE /v1/sessions/{PHONE_ID}"] = answer
    await ana.open(PAGE)
    seen = await ana.send(f"{PAGE}/sessions", session_id=PHONE_ID)
    assert "That device is logged out." in seen.text
    assert f"DELETE /v1/sessions/{PHONE_ID}" in [call for call, _, _ in settings.identity.asked]


async def test_logging_out_everywhere_is_here_too(world: World, settings: Member, ana: Browser) -> None:
    """The gateway has forgotten who one was at once."""
    settings.identity.known["DELETE /v1/sessions"] = web.Response(status=204)
    await ana.open(PAGE)
    world.identity.sessions.clear()
    seen = await ana.send(f"{PAGE}/log-out-everywhere")
    assert "You are logged out." in seen.text
    ana.cookies["__Host-session"] = "ana-token"
    assert (await ana.open("/dashboard")).where.startswith("/log-in?ended=1")


async def test_ones_own_data_are_shown_and_the_number_by_its_end(settings: Member, ana: Browser) -> None:
    """Who wants something changed learns where."""
    home = {"line1": "12 Main Street", "city": "Springfield", "state": "NJ", "zip": "07081"}
    settings.identity.known["GET /v1/account"] = account(mailing_address=home, phone="+16175550142", language="es")
    seen = await ana.open("/settings/profile")
    for words in ("Ana Silva", "January 1, 1980", "Ends in 0101", "ana@mail.example", "+16175550142", "Español",
                  "12 Main Street, Springfield, NJ 07081", "Contact Support"):  # fmt: skip
        assert words in seen.text


async def test_what_is_not_known_is_said_so(settings: Member, ana: Browser) -> None:
    """No empty places."""
    settings.identity.known["GET /v1/account"] = account(ssn_last4=None)
    seen = await ana.open("/settings/profile")
    for words in ("Not on record", "None", "Known once your identity is verified"):
        assert words in seen.text
