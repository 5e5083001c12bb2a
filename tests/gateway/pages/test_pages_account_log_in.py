"""Log In and Forgot Password: nobody learns who has an account, and whoever has one gets in again."""

from uuid import uuid4

import pytest
from aiohttp import web

from tests.gateway.gateway_world import World
from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import Member, account, refused

TOKEN = "a-token_of-the-mail"
ASK, LINK = "POST /v1/password-resets", f"/v1/password-resets/{TOKEN}"
NEXT_PASSWORD = "Copper-Lantern-63"


def _may_log_in(world: World, member: Member, language: str = "en") -> None:
    world.identity.sessions["new-token"] = uuid4()
    told = {"session_id": str(uuid4()), "account_id": str(uuid4()), "expires_at": "2027-01-02T12:00:00Z"}
    member.identity.known["POST /v1/sessions"] = {**told, "token": "new-token"}
    member.identity.known["GET /v1/account"] = account(language=language)


async def test_the_front_door_has_two_ways_in(stranger: Browser, ana: Browser) -> None:
    """And help; who is logged in goes on to the dashboard."""
    seen = await stranger.open("/")
    assert seen.heading == "Pay for your health insurance"
    for path in ("/log-in", "/create-account", "/help/track", "/help/contact"):
        assert f'href="{path}"' in seen.html
    assert (await ana.open("/")).where == "/dashboard"
    assert (await ana.open("/log-in?next=/help")).where == "/help"


async def test_fields_left_empty_are_said(stranger: Browser) -> None:
    """Before anybody is asked."""
    await stranger.open("/log-in")
    seen = await stranger.send("/log-in")
    assert "Enter your user name or email address." in seen.text
    assert "Enter your password." in seen.text


async def test_logging_in_again_ends_the_session_before(world: World, member: Member, ana: Browser) -> None:
    """A new id each time, and no session is left behind; one that was over already is fine."""
    _may_log_in(world, member)
    token = (await ana.open("/help")).csrf
    for former in (web.Response(status=204), refused(401, "session-ended")):
        ana.cookies["__Host-session"] = "ana-token"
        member.identity.known["DELETE /v1/sessions/current"] = former
        await ana.send("/log-in", csrf=token, username="ana", password="Willow-Bridge-27", follow=False)
        assert ana.cookies["__Host-session"] == "new-token"
    assert [call for call, _, _ in member.identity.asked].count("DELETE /v1/sessions/current") == 2


async def test_the_account_speaks_its_language_until_one_is_chosen(
    world: World, member: Member, stranger: Browser
) -> None:
    """Who chose Spanish at Create Account reads Spanish on any device."""
    _may_log_in(world, member, "es")
    await stranger.open("/log-in")
    await stranger.send("/log-in", username="ana", password="Willow-Bridge-27", follow=False)
    assert stranger.cookies["__Host-language"] == "es"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_log_in_leads_to_pages_of_ours_alone(
    world: World, member: Member, stranger: Browser, wanted: str
) -> None:
    """Whatever an address says."""
    _may_log_in(world, member)
    seen = await stranger.open("/log-in?next=" + wanted.replace("\\", "%5C"))
    assert "evil" not in seen.field("next")
    sent = await stranger.send("/log-in", username="a", password="b", next=wanted, follow=False)
    assert sent.headers["Location"] == "/dashboard"


async def test_too_many_tries_say_how_long_to_wait(member: Member, stranger: Browser) -> None:
    """The name is kept and not called wrong; a new password ends the wait."""
    member.identity.known["POST /v1/sessions"] = refused(429, "too-many-attempts", Retry_After="300")
    await stranger.open("/log-in")
    seen = await stranger.send("/log-in", username="ana", password="Wrong-One-11")
    assert (seen.status, seen.field("username")) == (429, "ana")
    assert "about 5 minutes" in seen.text
    assert "Or set a new password" in seen.text
    assert "aria-invalid" not in seen.html


@pytest.mark.parametrize("name", ["ana", "nobody@mail.example"])
async def test_everybody_who_forgot_is_told_the_same(member: Member, stranger: Browser, name: str) -> None:
    """The page says neither that there is such an account nor that there is none; the name is in no address."""
    member.identity.known[ASK] = {"message": "Words of the service."}
    await stranger.open("/forgot-password")
    sent = await stranger.send("/forgot-password", username=name, follow=False)
    assert (sent.status, sent.headers["Location"]) == (303, "/forgot-password/sent")
    seen = await stranger.open("/forgot-password/sent")
    assert "If there is an account with that name" in seen.text
    assert name not in seen.text
    assert member.identity.sent(ASK) == {"username": name}


async def test_a_name_that_cannot_be_one_is_asked_for_again(member: Member, stranger: Browser) -> None:
    """Empty, or refused by its form."""
    member.identity.known[ASK] = refused(422, "invalid-fields", "/username")
    await stranger.open("/forgot-password")
    assert (await stranger.send("/forgot-password")).status == 422
    seen = await stranger.send("/forgot-password", username="x" * 300)
    assert "Check the spelling of your user name" in seen.text
    assert "Words of the service" not in seen.html


async def test_the_link_sets_a_new_password(member: Member, stranger: Browser) -> None:
    """Then one logs in with it; a session of this browser is over as well."""
    member.identity.known |= {f"GET {LINK}": web.Response(status=204), f"PUT {LINK}": web.Response(status=204)}
    stranger.cookies["__Host-session"] = "over"
    seen = await stranger.open(f"/forgot-password/{TOKEN}")
    assert seen.heading == "Choose a new password"
    assert seen.headers["Referrer-Policy"] == "same-origin"
    seen = await stranger.send(f"/forgot-password/{TOKEN}", password=NEXT_PASSWORD)
    assert "Your new password is set." in seen.text
    assert member.identity.sent(f"PUT {LINK}") == {"password": NEXT_PASSWORD}
    assert "__Host-session" not in stranger.cookies


async def test_the_token_of_a_link_is_in_no_other_link(member: Member, stranger: Browser) -> None:
    """Only the form itself and the language switch, which stay here, know it."""
    member.identity.known[f"GET {LINK}"] = web.Response(status=204)
    seen = await stranger.open(f"/forgot-password/{TOKEN}")
    assert f'href="/forgot-password/{TOKEN}' not in seen.html
    assert seen.html.count(TOKEN) == seen.html.count(f'action="/forgot-password/{TOKEN}"') + seen.html.count(
        f'name="back" value="/forgot-password/{TOKEN}"'
    )


async def test_a_weak_new_password_keeps_the_link(member: Member, stranger: Browser) -> None:
    """One tries again on the same page, and the password is not given back."""
    errors = [{"pointer": "/password", "code": "too-common", "message": "Words."}]
    weak = web.json_response({"type": "x/weak-password", "errors": errors}, status=422)
    member.identity.known |= {f"GET {LINK}": web.Response(status=204), f"PUT {LINK}": weak}
    await stranger.open(f"/forgot-password/{TOKEN}")
    assert (await stranger.send(f"/forgot-password/{TOKEN}")).status == 422
    seen = await stranger.send(f"/forgot-password/{TOKEN}", password="Password-1234")
    assert "Many people use this" in seen.text
    assert "Password-1234" not in seen.html


@pytest.mark.parametrize("refusal", [(410, "link-expired"), (404, "not-found")])
async def test_a_link_that_is_over_offers_another(member: Member, stranger: Browser, refusal: tuple[int, str]) -> None:
    """Used, too old or never there: one page, whether it is opened or its form is sent late."""
    member.identity.known |= {f"GET {LINK}": refused(*refusal), f"PUT {LINK}": refused(*refusal)}
    opened = await stranger.open(f"/forgot-password/{TOKEN}")
    sent = await stranger.send(f"/forgot-password/{TOKEN}", password=NEXT_PASSWORD)
    for seen in (opened, sent):
        assert (seen.status, seen.heading) == (410, "This link no longer works")
        assert 'href="/forgot-password"' in seen.html


async def test_without_an_answer_one_is_not_sent_to_payment_history(
    world: World, member: Member, stranger: Browser
) -> None:
    """Who is not logged in has none: the page says to send it again."""
    del member  # only to be there
    await stranger.open("/forgot-password")

    async def lost(request: web.Request, _body: bytes) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    world.identity.answer = lost
    seen = await stranger.send("/forgot-password", username="ana")
    assert seen.heading == "This takes longer than it should"
    assert "send it again" in seen.text
    assert "Payment History" not in seen.text
