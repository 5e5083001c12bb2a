"""Create Account: two steps that lose nothing, keep the Social Security Number out of sight, and make one account."""

from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from services.gateway.http.pages.create_account import DRAFT, DRAFT_SECONDS
from services.gateway.providers.page_keys import PageKeys
from tests.gateway.gateway_world import World
from tests.gateway.pages.browsing import Browser, Seen
from tests.gateway.pages.member_answers import Member, account, refused

SSN = "212-55-0101"
NORA: dict[str, Any] = {
    "first": "Nora",
    "last": "Núñez",
    "birth_month": "3",
    "birth_day": "14",
    "birth_year": "1988",
    "ssn": SSN,
}
SIGN_IN: dict[str, Any] = {"username": "nora", "email": "nora@mail.example", "password": "Willow-Bridge-27"}
NEW_SESSION = "nora-token"


@pytest.fixture
def portal(world: World, member: Member) -> Member:
    """identity makes accounts and begins sessions; whose is new is not verified."""
    account_id = uuid4()
    world.identity.sessions[NEW_SESSION] = account_id
    world.identity.unverified.add(NEW_SESSION)
    questions = [{"question_id": "zip", "text": "In English?", "choices": ["07081", "None of these"]}]
    member.identity.known |= {
        "POST /v1/accounts": {"account_id": str(account_id), "status": "unverified"},
        "POST /v1/sessions": session(account_id),
        "GET /v1/account": account(status="unverified", language="es"),
        "POST /v1/account/verifications": {"verification_id": str(uuid4()), "questions": questions},
    }
    return member


def session(account_id: object) -> dict[str, Any]:
    """A new session of the account."""
    told = {"token": NEW_SESSION, "session_id": str(uuid4()), "expires_at": "2027-01-02T12:00:00Z"}
    return {**told, "account_id": str(account_id)}


async def _step_1(browser: Browser, **changed: str) -> Seen:
    await browser.open("/create-account")
    return await browser.send("/create-account", **{**NORA, **changed})


async def _step_2(browser: Browser, **changed: str) -> Seen:
    return await browser.send("/create-account/sign-in", **{**SIGN_IN, **changed})


async def test_two_steps_make_an_account_and_log_in(portal: Member, stranger: Browser) -> None:
    """What was told at step 1 is sent with step 2, in the language of the page, and the questions follow."""
    stranger.cookies["__Host-language"] = "es"
    await _step_1(stranger, middle=" Maria ")
    seen = await _step_2(stranger, phone="617-555-0142")
    assert seen.where == "/create-account/verify"
    assert portal.identity.sent("POST /v1/accounts") == {
        "legal_name": {"first": "Nora", "middle": "Maria", "last": "Núñez"}, "date_of_birth": "1988-03-14",
        "ssn": "212550101", "username": "nora", "password": "Willow-Bridge-27", "email": "nora@mail.example",
        "language": "es", "phone": "617-555-0142",
    }  # fmt: skip
    assert stranger.cookies["__Host-session"] == NEW_SESSION
    assert "__Host-draft" not in stranger.cookies


async def test_nothing_is_sent_before_step_2(portal: Member, stranger: Browser) -> None:
    """Step 1 only checks."""
    await _step_1(stranger)
    assert portal.identity.asked == []


async def test_what_is_wrong_is_said_and_the_rest_is_kept(portal: Member, stranger: Browser) -> None:
    """Four things, on top and beside their fields."""
    del portal  # only to be there
    await stranger.open("/create-account")
    seen = await stranger.send("/create-account", middle="Maria")
    assert (seen.status, seen.field("middle")) == (422, "Maria")
    assert seen.html.count("usa-error-message") == 4
    assert "<title>Error: " in seen.html


async def test_the_number_is_in_no_page_address_or_readable_cookie(portal: Member, stranger: Browser) -> None:
    """Whatever else is wrong; of a good one its end is shown, and it need not be typed again."""
    seen = await _step_1(stranger, first="")
    assert "ends in 0101" in seen.text
    on_the_way = [seen.html, *stranger.cookies.values(), *seen.headers.values()]
    assert not [it for it in on_the_way if "212550101" in it or SSN in it]
    seen = await stranger.send("/create-account", **{**NORA, "ssn": ""})
    assert seen.where == "/create-account/sign-in"
    await _step_2(stranger)
    assert portal.identity.sent("POST /v1/accounts")["ssn"] == "212550101"


async def test_a_wrong_number_is_not_kept(portal: Member, stranger: Browser) -> None:
    """An empty field does not pass afterwards."""
    del portal  # only to be there
    await _step_1(stranger, ssn="666-12-3456")
    seen = await stranger.send("/create-account", **{**NORA, "ssn": ""})
    assert seen.status == 422
    assert "nine digits" in seen.text


async def test_back_to_step_1_everything_is_still_there(portal: Member, stranger: Browser) -> None:
    """By the link, the back button, or a second tab."""
    del portal  # only to be there
    await _step_1(stranger)
    seen = await stranger.open("/create-account")
    assert (seen.field("first"), seen.field("last"), seen.field("birth_day")) == ("Nora", "Núñez", "14")
    assert seen.field("ssn") == ""


async def test_step_2_does_not_go_on_with_a_step_1_that_was_refused(portal: Member, stranger: Browser) -> None:
    """Whoever types its address comes back to step 1."""
    await _step_1(stranger, last="")
    assert (await stranger.open("/create-account/sign-in")).where == "/create-account"
    await _step_2(stranger)
    assert "POST /v1/accounts" not in [call for call, _, _ in portal.identity.asked]


async def test_half_an_hour_later_one_begins_again_and_reads_why(
    world: World, portal: Member, stranger: Browser
) -> None:
    """What was typed is not kept for the next person at this computer."""
    del portal  # only to be there
    await _step_1(stranger)
    of_then = PageKeys(world.parts.settings.page_key_bytes, lambda: 0.0)
    stranger.cookies["__Host-draft"] = of_then.seal(DRAFT, {**NORA, "is_checked": True}, DRAFT_SECONDS)
    seen = await _step_2(stranger)
    assert seen.heading == "Create Account: about you"
    assert "did not keep what you typed" in seen.text
    assert seen.field("first") == ""


@pytest.mark.parametrize("forged", ["x", "QUJD", "A" * 400])
async def test_a_draft_that_is_not_ours_is_none(portal: Member, stranger: Browser, forged: str) -> None:
    """One begins at step 1."""
    del portal  # only to be there
    stranger.cookies["__Host-draft"] = forged
    assert (await stranger.open("/create-account/sign-in")).where == "/create-account"


async def test_a_taken_user_name_is_told_and_nothing_is_lost(portal: Member, stranger: Browser) -> None:
    """Another name will do; the password has to be typed again, as no page gives one back."""
    portal.identity.known["POST /v1/accounts"] = refused(409, "username-taken", "/username")
    portal.identity.known["POST /v1/sessions"] = refused(401, "invalid-credentials")
    await _step_1(stranger)
    seen = await _step_2(stranger)
    assert seen.status == 422
    assert "This user name is taken." in seen.text
    assert (seen.field("username"), seen.field("email")) == ("nora", "nora@mail.example")
    assert SIGN_IN["password"] not in seen.html
    assert "__Host-session" not in stranger.cookies


async def test_a_form_that_came_twice_goes_on_with_the_account_of_the_first(portal: Member, stranger: Browser) -> None:
    """A double click, or an answer that was lost: name and password fit, so it is one's own."""
    portal.identity.known["POST /v1/accounts"] = refused(409, "username-taken", "/username")
    await _step_1(stranger)
    seen = await _step_2(stranger)
    assert seen.where == "/create-account/verify"
    assert stranger.cookies["__Host-session"] == NEW_SESSION


async def test_a_weak_password_is_told_all_its_weaknesses(portal: Member, stranger: Browser) -> None:
    """In the reader's language, not in the service's words."""
    errors = [{"pointer": "/password", "code": code, "message": "Words."} for code in ("too-short", "digit-missing")]
    body = {"type": "x/weak-password", "title": "Words.", "errors": errors}
    portal.identity.known["POST /v1/accounts"] = web.json_response(body, status=422)
    stranger.cookies["__Host-language"] = "es"
    await _step_1(stranger)
    seen = await _step_2(stranger, password="short")
    assert "Hágala más larga: al menos 12 caracteres. Agregue un dígito." in seen.text
    assert "Words." not in seen.html


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("/username", "without your Social Security Number"),
        ("/email", "This email address cannot be used."),
        ("/phone", "with its area code"),
        ("/password", "This password cannot be used."),
        ("/legal_name/first", "Please go back to step 1."),
    ],
)
async def test_what_identity_refuses_is_said_in_our_words(
    portal: Member, stranger: Browser, pointer: str, words: str
) -> None:
    """Beside its field, or at step 1 where it belongs there."""
    portal.identity.known["POST /v1/accounts"] = refused(422, "invalid-fields", pointer)
    await _step_1(stranger)
    seen = await _step_2(stranger)
    assert seen.status == 422
    assert words in seen.text
    assert "Words of the service" not in seen.html


async def test_too_many_user_names_tried_wait(portal: Member, stranger: Browser) -> None:
    """How long, in words."""
    portal.identity.known["POST /v1/accounts"] = refused(429, "too-many-attempts", Retry_After="40")
    await _step_1(stranger)
    seen = await _step_2(stranger)
    assert seen.status == 429
    assert "Please wait 40 seconds and try again." in seen.text


async def test_who_has_an_account_is_not_asked_for_another(portal: Member, stranger: Browser) -> None:
    """Back, or a second tab, after the account was made: on to the questions."""
    await _step_1(stranger)
    await _step_2(stranger)
    made = [call for call, _, _ in portal.identity.asked].count("POST /v1/accounts")
    for path in ("/create-account", "/create-account/sign-in"):
        assert (await stranger.open(path)).where == "/create-account/verify"
        assert (await stranger.send(path, **NORA, **SIGN_IN)).where == "/create-account/verify"
    assert [call for call, _, _ in portal.identity.asked].count("POST /v1/accounts") == made


async def test_logging_out_forgets_a_half_filled_form(portal: Member, stranger: Browser) -> None:
    """For the next person at this computer."""
    del portal  # only to be there
    await _step_1(stranger)
    assert "__Host-draft" in stranger.cookies
    await stranger.send("/log-out")
    assert "__Host-draft" not in stranger.cookies
