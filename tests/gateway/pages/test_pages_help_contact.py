"""Contact Support: a case by form, with and without an account, and writing on in it."""

import pytest
from aiohttp import web

from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import CASE_ID, REFERENCE, Member, case, listed, refused

OPEN, ASK = "POST /v1/cases", "POST /v1/support-requests"
ONE_CASE, WRITE_ON = f"GET /v1/cases/{CASE_ID}", f"POST /v1/cases/{CASE_ID}/messages"
CASE_PAGE = f"/help/cases/{CASE_ID}"
MESSAGE = "Where is my payment?"


async def test_a_member_opens_a_case_and_gets_its_number(member: Member, ana: Browser) -> None:
    """What was chosen and written goes to identity as it is; the number is on the next page."""
    member.identity.known[OPEN] = case()
    seen = await ana.open(f"/help/contact?topic=payment_missing&reference={REFERENCE}")
    assert 'name="email"' not in seen.html
    assert '<option value="payment_missing" selected>' in seen.html
    assert seen.field("payment_reference") == REFERENCE
    seen = await ana.send(
        "/help/contact", topic="payment_missing", payment_reference=REFERENCE, message=f" {MESSAGE}\r\nAna "
    )
    wanted = {"topic": "payment_missing", "message": f"{MESSAGE}\nAna", "payment_reference": REFERENCE}
    assert member.identity.sent(OPEN) == wanted
    assert seen.heading == "We have received your message"
    assert "CS-0K86KM9M" in seen.text


async def test_reloading_the_confirmation_opens_no_second_case(member: Member, ana: Browser) -> None:
    """It only shows the number again."""
    member.identity.known[OPEN] = case()
    await ana.open("/help/contact")
    seen = await ana.send("/help/contact", topic="other", message=MESSAGE)
    assert "CS-0K86KM9M" in (await ana.open(seen.where)).text
    assert [call for call, _, _ in member.identity.asked].count(OPEN) == 1


@pytest.mark.parametrize("sealed", ["", "nonsense", "CS-0K86KM9M"])
async def test_a_case_number_cannot_be_made_up(ana: Browser, sealed: str) -> None:
    """The confirmation shows only what we put there."""
    assert (await ana.open(f"/help/contact/sent?case={sealed}")).where == "/help/contact"


async def test_without_an_account_one_is_answered_by_email(member: Member, stranger: Browser) -> None:
    """In the language of the page; the name may be left out."""
    member.identity.known[ASK] = {"reference": "CS-7777AAAA"}
    stranger.cookies["__Host-language"] = "es"
    await stranger.open("/help/contact")
    seen = await stranger.send("/help/contact", email=" ana@mail.example ", topic="cannot_log_in", message=MESSAGE)
    assert member.identity.sent(ASK) == {
        "topic": "cannot_log_in", "message": MESSAGE, "email": "ana@mail.example", "language": "es",
    }  # fmt: skip
    assert seen.heading == "Recibimos su mensaje"
    assert "CS-7777AAAA" in seen.text


async def test_a_name_is_passed_on_where_one_was_given(member: Member, stranger: Browser) -> None:
    """As it was typed."""
    member.identity.known[ASK] = {"reference": "CS-7777AAAA"}
    await stranger.open("/help/contact")
    await stranger.send("/help/contact", email="a@b.example", name="Ana Silva", topic="other", message=MESSAGE)
    assert member.identity.sent(ASK)["name"] == "Ana Silva"


async def test_what_is_missing_is_said_in_the_order_of_the_fields(member: Member, stranger: Browser) -> None:
    """On top and beside each field; nothing is sent."""
    await stranger.open("/help/contact")
    seen = await stranger.send("/help/contact", email="ana", message=" ")
    assert seen.status == 422
    assert seen.text.startswith("Error: Contact Support")
    summary = "Please check 3 things Enter your email address, so that we can answer. Choose what it is about. "
    assert f"{summary}Write what we can help you with." in seen.text
    assert seen.field("email") == "ana"
    assert [call for call, _, _ in member.identity.asked] == []


@pytest.mark.parametrize("topic", ["", "nonsense"])
async def test_a_topic_is_one_of_ours(ana: Browser, topic: str) -> None:
    """What was written stays."""
    await ana.open("/help/contact")
    seen = await ana.send("/help/contact", topic=topic, message=MESSAGE)
    assert "Choose what it is about." in seen.text
    assert f">\n{MESSAGE}</textarea>" in seen.html


async def test_a_message_has_an_end(member: Member, ana: Browser) -> None:
    """4,000 characters go, one more does not."""
    member.identity.known[OPEN] = case()
    await ana.open("/help/contact")
    seen = await ana.send("/help/contact", topic="other", message="x" * 4001)
    assert "Make it shorter: at most 4,000 characters." in seen.text
    seen = await ana.send("/help/contact", topic="other", message="x" * 4000)
    assert seen.heading == "We have received your message"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused(422, "invalid-fields", "/message"), "Take out what looks like a Social Security Number"),
        (refused(422, "invalid-fields", "/payment_reference"), "A character of this number is wrong or missing."),
        (refused(422, "invalid-fields", "/email"), "This email address cannot be used."),
        (refused(422, "invalid-fields", "/name"), "This name cannot be used."),
        (refused(422, "invalid-fields", "/of_tomorrow"), "Take out what looks like a Social Security Number"),
    ],
)
async def test_what_identity_refuses_is_said_beside_the_field(
    member: Member, stranger: Browser, answer: web.Response, words: str
) -> None:
    """In words of ours, and nothing that was written is lost."""
    member.identity.known[ASK] = answer
    await stranger.open("/help/contact")
    seen = await stranger.send("/help/contact", email="a@b.example", topic="other", message=MESSAGE)
    assert seen.status == 422
    assert words in seen.text
    assert MESSAGE in seen.text
    assert "Words of the service" not in seen.text


async def test_a_session_that_ended_meanwhile_loses_nothing(ana: Browser) -> None:
    """The same form, with what was written; only where to answer has to be said now."""
    await ana.open("/help/contact")
    ana.cookies["__Host-session"] = "over"
    seen = await ana.send("/help/contact", topic="other", message=MESSAGE)
    assert seen.status == 422
    assert "Enter your email address, so that we can answer." in seen.text
    assert MESSAGE in seen.text


async def test_members_see_their_cases(member: Member, ana: Browser) -> None:
    """By what they are about; a topic of tomorrow is something else."""
    member.identity.known["GET /v1/cases"] = listed(case(), case(reference="CS-2", topic="of_tomorrow"))
    seen = await ana.open("/help/contact")
    assert "CS-0K86KM9MA question about a billJanuary 1, 2027, 12:30 PM" in seen.text
    assert "CS-2Something else" in seen.text
    assert f'href="{CASE_PAGE}"' in seen.html


async def test_a_case_shows_who_wrote_what(member: Member, ana: Browser) -> None:
    """Lines as they were written, and whatever stands in them is text."""
    member.identity.known[ONE_CASE] = case(
        ("member", "Hello\n<script>alert(1)</script>"), ("staff", "Good day"), ("system", "Noted"),
        payment_reference=REFERENCE,
    )  # fmt: skip
    seen = await ana.open(CASE_PAGE)
    assert seen.heading == "Case CS-0K86KM9M"
    for words in ("You, January 1, 2027", "Support, January 1, 2027", "Portal, January 1, 2027", REFERENCE):
        assert words in seen.text
    assert "Hello\n&lt;script&gt;alert(1)&lt;/script&gt;" in seen.html


async def test_one_writes_on_in_a_case(member: Member, ana: Browser) -> None:
    """Sent once, however often the page is reloaded afterwards."""
    member.identity.known[ONE_CASE] = member.identity.known[WRITE_ON] = case(("member", MESSAGE))
    await ana.open(CASE_PAGE)
    seen = await ana.send(CASE_PAGE, message="One more thing.")
    assert seen.where == f"{CASE_PAGE}?sent=1"
    assert "Your message was sent." in seen.text
    assert member.identity.sent(WRITE_ON) == {"message": "One more thing."}
    await ana.open(seen.where)
    assert [call for call, _, _ in member.identity.asked].count(WRITE_ON) == 1


@pytest.mark.parametrize(
    ("message", "answer", "words"),
    [
        ("  ", None, "Write what we can help you with."),
        ("4242 4242 4242 4242", refused(422, "invalid-fields", "/message"), "Take out what looks like a Social"),
        ("Once more", refused(409, "case-full"), "This case is full."),
    ],
)
async def test_a_message_that_is_not_taken_says_why(
    member: Member, ana: Browser, message: str, answer: web.Response | None, words: str
) -> None:
    """Above the box, in which it still stands."""
    member.identity.known |= {ONE_CASE: case(("member", MESSAGE)), WRITE_ON: answer}
    await ana.open(CASE_PAGE)
    seen = await ana.send(CASE_PAGE, message=message)
    assert seen.status == 422
    assert words in seen.text
    assert f">\n{message}</textarea>" in seen.html


async def test_too_many_messages_wait_and_stay_written(member: Member, ana: Browser) -> None:
    """In a new case and in an old one: nothing is marked as wrong, nothing is lost."""
    too_many = refused(429, "too-many", Retry_After="600")
    member.identity.known |= {ONE_CASE: case(("member", MESSAGE)), WRITE_ON: too_many, OPEN: too_many}
    for path in (CASE_PAGE, "/help/contact"):
        await ana.open(path)
        seen = await ana.send(path, topic="other", message="Once more")
        assert seen.status == 429
        assert "Too many tries. Please wait about 10 minutes and try again." in seen.text
        assert ">\nOnce more</textarea>" in seen.html
        assert "aria-invalid" not in seen.html


async def test_a_case_of_somebody_else_does_not_exist(ana: Browser) -> None:
    """Neither to read nor to write in."""
    assert (await ana.open(CASE_PAGE)).status == 404
    await ana.open("/help/contact")
    assert (await ana.send(CASE_PAGE, message="x")).status == 404


async def test_letters_of_every_script_arrive_as_they_were_written(member: Member, ana: Browser) -> None:
    """Nothing is lost on the way from the form to identity."""
    member.identity.known[OPEN] = case()
    await ana.open("/help/contact")
    await ana.send("/help/contact", topic="other", message="¿Dónde está? 谢谢 🙏")
    assert member.identity.sent(OPEN)["message"] == "¿Dónde está? 谢谢 🙏"
