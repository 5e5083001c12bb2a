"""Story, part one: from the front door to an account that is verified. Each step is done wrong once before.

Next: `story_paying.py`.
"""

from deploy.local.demo_people import PASSWORD
from tests.browser.walker import Walker

PLAN = "Which plan did you choose?"
PREMIUM = "What is the full monthly premium of your plan, before any tax credit?"
ZIP = "Which ZIP code did you give for your home?"


async def create_account(me: Walker) -> None:
    """Home, the four steps of Create Account, and on to the dashboard."""
    await me.open("/")
    await me.at("Pay for your health insurance", "home")
    await me.follow("Create Account")
    await say_who_one_is(me)
    await choose_a_password(me)
    await answer_the_questions(me)
    await me.at("Your account is ready", "account-done")
    await me.follow("Go to my dashboard")


async def say_who_one_is(me: Walker) -> None:
    """Step 1, empty, then with an impossible Social Security Number, then right."""
    await me.at("Create Account: about you", "about-you")
    await me.press("Continue")
    await me.refused("about-you-empty", "First name", "Last name", "Month", "Day", "Year", "Social Security Number")
    year, month, day = me.person.date_of_birth.split("-")
    await me.fill("First name", me.person.first)
    await me.fill("Last name", me.person.last)
    await me.field("Month").select_option(str(int(month)))
    await me.fill("Day", day)
    await me.fill("Year", year)
    await me.fill("Social Security Number", "666-12-3456")
    await me.press("Continue")
    await me.refused("about-you-wrong-ssn", "Social Security Number")
    for label, text in (("First name", me.person.first), ("Last name", me.person.last), ("Day", day), ("Year", year)):
        await me.still_typed(label, text)
    await me.fill("Social Security Number", me.person.ssn)
    await me.press("Continue")


async def choose_a_password(me: Walker) -> None:
    """Step 2, empty, then with a weak password, then right."""
    await me.at("Create Account: user name and password", "sign-in")
    await me.press("Create Account")
    await me.refused("sign-in-empty", "User name", "Email address", "Password")
    await me.fill("User name", me.person.username)
    await me.fill("Email address", me.person.email)
    await me.fill("Password", "password1234")
    await me.press("Create Account")
    await me.refused("sign-in-weak-password", "Password")
    await me.still_typed("User name", me.person.username)
    await me.still_typed("Email address", me.person.email)
    await me.still_typed("Password", "")
    await me.fill("Password", PASSWORD)
    await me.press("Create Account")


async def answer_the_questions(me: Walker) -> None:
    """Step 3, with nothing chosen, then with a wrong answer, then right."""
    await me.at("Verify your identity", "verify")
    await me.press("Send my answers")
    await me.refused("verify-empty")
    await _answer(me, me.words("None of these"))
    await me.sees_alert("The answers do not match our records")
    await me.look("verify-wrong")
    await _answer(me, me.person.zip_code)


async def _answer(me: Walker, zip_code: str) -> None:
    await me.choose(PLAN, me.person.plan)
    await me.choose(PREMIUM, me.person.premium_text)
    await me.choose(ZIP, zip_code)
    await me.press("Send my answers")
