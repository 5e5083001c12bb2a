"""Verify your identity: what is asked, how many tries are left, and what to do when it does not work."""

from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from tests.gateway.gateway_world import World
from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import Member, account, refused

PAGE, DONE = "/create-account/verify", "/create-account/done"
START = "POST /v1/account/verifications"
VERIFICATION = str(uuid4())
ANSWER = f"{START}/{VERIFICATION}"
ANSWERS = {"plan": "Gold 1000", "premium": "$482.50", "zip": "07081"}
FORM: dict[str, Any] = {
    **ANSWERS,
    "asked_plan": "yes",
    "asked_premium": "yes",
    "asked_zip": "yes",
    "verification_id": VERIFICATION,
}


@pytest.fixture
def asked(world: World, member: Member, ana: Browser) -> Member:
    """Ana has an account, and three questions wait for her."""
    del ana  # logged in before she is told to be new
    world.identity.unverified.add("ana-token")
    questions = [
        {"question_id": name, "text": "Words of the service?", "choices": [choice, "None of these"]}
        for name, choice in ANSWERS.items()
    ]
    member.identity.known |= {
        "GET /v1/account": account(status="unverified"),
        START: {"verification_id": VERIFICATION, "questions": questions},
    }
    return member


def _judged(status: str, account_status: str) -> dict[str, str]:
    return {"verification_id": VERIFICATION, "status": status, "account_status": account_status}


async def test_the_questions_are_in_the_readers_language(asked: Member, ana: Browser) -> None:
    """Also what ends every list of choices; what is sent back is what identity gave."""
    del asked  # only to be there
    ana.cookies["__Host-language"] = "es"
    seen = await ana.open(PAGE)
    assert "¿Qué plan eligió?" in seen.text
    assert "Ninguna de estas opciones" in seen.text
    assert 'value="None of these"' in seen.html
    assert "Words of the service" not in seen.html


async def test_looking_again_asks_the_same(asked: Member, ana: Browser) -> None:
    """Reload and a second tab use up nothing: no answer is sent."""
    await ana.open(PAGE)
    await ana.open(PAGE)
    assert {call for call, _, _ in asked.identity.asked} == {"GET /v1/account", START}


async def test_right_answers_lead_to_the_last_step(world: World, asked: Member, ana: Browser) -> None:
    """The account is ready, and the dashboard is open at once."""
    asked.identity.known[ANSWER] = _judged("verified", "verified")
    await ana.open(PAGE)
    sent = await ana.send(PAGE, follow=False, **FORM)
    assert (sent.status, sent.headers["Location"]) == (303, DONE)
    assert asked.identity.sent(ANSWER) == {"answers": ANSWERS}
    world.identity.unverified.clear()
    assert (await ana.open(DONE)).heading == "Your account is ready"


async def test_an_answer_that_is_missing_is_asked_for_and_the_others_are_kept(asked: Member, ana: Browser) -> None:
    """No try is used up."""
    await ana.open(PAGE)
    seen = await ana.send(PAGE, **{**FORM, "premium": ""})
    assert seen.status == 422
    assert "Choose the premium of your plan" in seen.text
    assert seen.html.count("checked") == 2
    assert ANSWER not in [call for call, _, _ in asked.identity.asked]


async def test_a_wrong_answer_says_that_one_try_is_left(asked: Member, ana: Browser) -> None:
    """And nothing of which answer it was."""
    asked.identity.known[ANSWER] = _judged("failed", "unverified")
    await ana.open(PAGE)
    seen = await ana.send(PAGE, **FORM)
    assert "You have one try left." in seen.text
    assert "two tries" not in seen.text


@pytest.mark.parametrize(("seconds", "words"), [("86000", "about 24 hours"), ("600", "about 10 minutes")])
async def test_without_a_try_left_one_waits_or_gets_help(asked: Member, ana: Browser, seconds: str, words: str) -> None:
    """How long, and where help is."""
    asked.identity.known[START] = refused(429, "no-attempt-left", Retry_After=seconds)
    seen = await ana.open(PAGE)
    assert seen.heading == "The questions are closed for now"
    assert words in seen.text
    assert "/help/contact" in seen.html


async def test_who_waits_for_the_enrollment_sees_what_was_typed(asked: Member, ana: Browser) -> None:
    """A wrong digit would wait forever; of the number only its end is shown."""
    asked.identity.known[ANSWER] = _judged("failed", "waiting_for_record")
    await ana.open(PAGE)
    asked.identity.known["GET /v1/account"] = account(status="waiting_for_record")
    seen = await ana.send(PAGE, **FORM)
    assert seen.heading == "We are waiting for your enrollment"
    for words in ("Ana Silva", "January 1, 1980", "Ends in 0101", "ana@mail.example", "create a new account"):
        assert words in seen.text


async def test_who_came_to_wait_in_another_tab_is_told_so(asked: Member, ana: Browser) -> None:
    """What identity says when it is asked counts."""
    asked.identity.known[START] = refused(409, "waiting-for-record")
    assert (await ana.open(PAGE)).heading == "We are waiting for your enrollment"


async def test_who_is_verified_already_goes_to_the_dashboard(asked: Member, ana: Browser) -> None:
    """From the page, and from a form of a second tab."""
    asked.identity.known["GET /v1/account"] = account()
    assert (await ana.open(PAGE, follow=False)).headers["Location"] == "/dashboard"
    asked.identity.known["GET /v1/account"] = account(status="unverified")
    asked.identity.known[START] = refused(409, "already-verified")
    assert (await ana.open(PAGE, follow=False)).headers["Location"] == "/dashboard"


@pytest.mark.parametrize("call", ["GET /v1/account", START])
async def test_questions_that_cannot_be_asked_are_no_failure_of_the_person(
    asked: Member, ana: Browser, call: str
) -> None:
    """One comes back and goes on: a state of its own."""
    asked.identity.known[call] = web.Response(status=500) if call.startswith("GET") else refused(503, "busy")
    seen = await ana.open(PAGE)
    assert (seen.status, seen.heading) == (503, "Please come back in a few minutes")


async def test_a_lost_answer_leads_to_how_it_stands(asked: Member, ana: Browser) -> None:
    """Perhaps it was judged: the page shows what is true instead of saying that nothing happened."""
    asked.identity.known[ANSWER] = web.Response(status=500)
    await ana.open(PAGE)
    sent = await ana.send(PAGE, follow=False, **FORM)
    assert (sent.status, sent.headers["Location"]) == (303, PAGE)


async def test_an_older_form_is_asked_anew(asked: Member, ana: Browser) -> None:
    """Its questions are not there any more: no error, the new ones."""
    asked.identity.known[ANSWER] = refused(404, "not-found")
    await ana.open(PAGE)
    assert (await ana.send(PAGE, **FORM)).heading == "Verify your identity"


async def test_before_that_no_page_of_money_is_offered(asked: Member, ana: Browser) -> None:
    """The menu has what one can do now, and every other address leads here."""
    del asked  # only to be there
    seen = await ana.open("/dashboard")
    assert seen.where == PAGE
    assert "Make a Payment" not in seen.text
    assert "Billing Information" not in (await ana.open("/settings")).text
