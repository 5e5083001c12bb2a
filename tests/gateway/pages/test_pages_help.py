"""Help and tracking a payment: open to everybody, also while something is out of order."""

from typing import Any

import pytest
from aiohttp import web

from tests.gateway.gateway_world import World
from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import REFERENCE, Member, listed, payment, policy, refused, scheduled


def tracked(status: str, **changed: Any) -> dict[str, Any]:
    """What anybody may see of a payment."""
    told = {"reference": REFERENCE, "status": status, "amount_cents": 27_250, "accepted_on": "2027-01-01",
            "scheduled_on": None}  # fmt: skip
    return {**told, **changed}


async def test_help_is_open_to_everybody(member: Member, stranger: Browser) -> None:
    """And asks nothing of anybody's account."""
    seen = await stranger.open("/help")
    assert (seen.status, seen.heading) == (200, "Help")
    for heading in ("I cannot log in", "My payment was declined", "My payment does not show", "How my bills work"):
        assert heading in seen.text
    assert "1-800-555-0134" in seen.text
    assert member.payments.asked == []


async def test_members_see_their_last_payment_and_their_insurers(member: Member, ana: Browser) -> None:
    """One insurer of two policies stands there once."""
    member.payments.known["GET /v1/payments"] = listed(payment())
    member.payments.known["GET /v1/policies"] = listed(policy(), policy(number="EV-2"))
    seen = await ana.open("/help")
    assert f"Your last payment Succeeded $272.50, January 1, 2027{REFERENCE}" in seen.text
    assert seen.text.count("Evergreen Health Plan") == 1
    assert 'href="tel:800-555-0142"' in seen.html


async def test_a_scheduled_payment_is_told_with_its_day(member: Member, ana: Browser) -> None:
    """Not with the day on which it was arranged."""
    member.payments.known["GET /v1/payments"] = listed(scheduled())
    assert "Scheduled $272.50, January 20, 2027" in (await ana.open("/help")).text


async def test_the_reason_of_a_decline_stands_where_one_looks_for_it(member: Member, ana: Browser) -> None:
    """In the part about declined payments, with the way to the payment."""
    member.payments.known["GET /v1/payments"] = listed(payment("declined"))
    seen = await ana.open("/help")
    assert "My payment was declined Your last payment was declined There is not enough money or credit" in seen.text


async def test_help_is_there_while_payments_is_away(world: World, ana: Browser) -> None:
    """When something does not work is when help is looked for."""
    await world.payments.stop()
    seen = await ana.open("/help")
    assert (seen.status, seen.heading) == (200, "Help")
    assert "Your last payment" not in seen.text


async def test_who_is_not_verified_yet_gets_help_too(world: World, member: Member, stranger: Browser) -> None:
    """There is no account to look into."""
    world.identity.unverified.add("ana-token")
    stranger.cookies["__Host-session"] = "ana-token"
    assert (await stranger.open("/help")).heading == "Help"
    assert member.payments.asked == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (tracked("succeeded"), "Succeeded The payment went through. There is nothing else to do."),
        (tracked("accepted"), "Started We received the payment and are waiting for the bank. Do not pay again."),
        (tracked("processing"), "Processing We received the payment and are waiting for the bank. Do not pay again."),
        (tracked("declined"), "Declined The bank declined the payment. Nothing was charged."),
        (tracked("canceled"), "Canceled The payment was canceled. Nothing was charged."),
        (tracked("succeeded"), "Amount $272.50 Received on January 1, 2027"),
        (tracked("scheduled", scheduled_on="2027-01-20"), "Scheduled The card will be charged on January 20, 2027."),
        (tracked("scheduled", scheduled_on="2027-01-20"), "Scheduled for January 20, 2027"),
        (tracked("canceled", scheduled_on="2027-01-20"), "Scheduled for January 20, 2027"),
        (tracked("canceled"), "Started on January 1, 2027"),
        (tracked("declined"), "Started on January 1, 2027"),
        (tracked("disputed"), "Disputed Amount $272.50"),
    ],
)
async def test_a_payment_is_tracked_without_logging_in(
    member: Member, stranger: Browser, told: dict[str, Any], words: str
) -> None:
    """Its state in plain words, its sum and its day."""
    member.payments.known[f"GET /v1/track/{REFERENCE}"] = told
    await stranger.open("/help/track")
    seen = await stranger.send("/help/track", reference=f" {REFERENCE} ")
    assert seen.status == 200
    assert f"Payment {REFERENCE}" in seen.text
    assert words.replace(" ", "") in seen.text.replace(" ", "")


async def test_a_reference_number_stands_in_no_address(member: Member, stranger: Browser) -> None:
    """The form posts it: no history, no log of a proxy gets to know it."""
    member.payments.known[f"GET /v1/track/{REFERENCE}"] = tracked("succeeded")
    await stranger.open("/help/track")
    assert (await stranger.send("/help/track", reference=REFERENCE)).where == "/help/track"
    assert (await stranger.open(f"/help/track?reference={REFERENCE}")).field("reference") == ""


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused(422, "reference-mistyped", "/reference"), "A character of this number is wrong or missing."),
        (refused(404, "not-found"), "We find no payment with this number."),
        (refused(422, "invalid-fields", "/reference"), "We find no payment with this number."),
    ],
)
async def test_a_number_that_shows_nothing_says_why(
    member: Member, stranger: Browser, answer: web.Response, words: str
) -> None:
    """In words of ours beside the field, and what was typed is still there."""
    member.payments.known["GET /v1/track/HC-1"] = answer
    await stranger.open("/help/track")
    seen = await stranger.send("/help/track", reference="HC-1")
    assert seen.status == 422
    assert words in seen.text
    assert seen.field("reference") == "HC-1"
    assert "Words of the service" not in seen.text


@pytest.mark.parametrize(("headers", "wait"), [({"Retry_After": "30"}, "30"), ({}, "60")])
async def test_after_too_many_tries_the_number_is_not_called_wrong(
    member: Member, stranger: Browser, headers: dict[str, str], wait: str
) -> None:
    """One waits; what was typed stands there, and no field is marked."""
    member.payments.known["GET /v1/track/HC-1"] = refused(429, "too-many", **headers)
    await stranger.open("/help/track")
    seen = await stranger.send("/help/track", reference="HC-1")
    assert (seen.status, seen.field("reference")) == (429, "HC-1")
    assert f"Too many tries. Please wait {wait} seconds and try again." in seen.text
    assert "aria-invalid" not in seen.html


@pytest.mark.parametrize(("cookie", "href"), [("", "/log-in"), ("ana-token", "/payments")])
async def test_who_tracks_a_declined_payment_is_led_on(
    member: Member, stranger: Browser, cookie: str, href: str
) -> None:
    """A stranger to Log In, a member to their payments."""
    member.payments.known[f"GET /v1/track/{REFERENCE}"] = tracked("declined")
    if cookie:
        stranger.cookies["__Host-session"] = cookie
    await stranger.open("/help/track")
    seen = await stranger.send("/help/track", reference=REFERENCE)
    assert f'<a class="usa-button" href="{href}">' in seen.html


async def test_nothing_typed_asks_for_the_number(member: Member, stranger: Browser) -> None:
    """Payments is not asked."""
    await stranger.open("/help/track")
    seen = await stranger.send("/help/track", reference="  ")
    assert "Enter the payment reference number." in seen.text
    assert member.payments.asked == []


async def test_help_and_tracking_speak_spanish(member: Member, stranger: Browser) -> None:
    """Every word of them."""
    stranger.cookies["__Host-language"] = "es"
    assert (await stranger.open("/help")).heading == "Ayuda"
    member.payments.known[f"GET /v1/track/{REFERENCE}"] = tracked("declined")
    await stranger.open("/help/track")
    seen = await stranger.send("/help/track", reference=REFERENCE)
    assert seen.heading == "Rastrear un pago"
    assert "El banco rechazó el pago. No se cobró nada. Inicie sesión para ver por qué" in seen.text
    assert "Inicie&nbsp;sesión" in seen.html
