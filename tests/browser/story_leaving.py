"""Story, part three: help, settings, log out, a forgotten password, and coming back."""

import re

from deploy.local.demo_people import PASSWORD
from tests.browser.walker import Walker

NEXT_PASSWORD = "Copper-Lantern-63"


async def ask_for_help(me: Walker) -> None:
    """Track the payment and write to support, each wrongly first."""
    await me.go_to("Help")
    await me.at("Help", "help")
    await me.follow("Track a payment")
    await me.at("Track a payment", "track")
    await me.press("Track")
    await me.refused("track-empty", "Payment reference number")
    await me.fill("Payment reference number", "HC-0000-0000-1")
    await me.press("Track")
    await me.refused("track-unknown", "Payment reference number")
    await me.fill("Payment reference number", me.reference.lower().replace("-", ""))
    await me.press("Track")
    await me.reads(me.words("Succeeded"))
    await me.look("track-found")
    await write_to_support(me)


async def write_to_support(me: Walker) -> None:
    """A case by form, and a message more."""
    await me.follow("Contact Support")
    await me.at("Contact Support", "contact")
    await me.field("What is it about?").select_option("")
    await me.press("Send")
    await me.refused("contact-empty", "What is it about?", "Your message")
    await me.field("What is it about?").select_option("bill_question")
    await me.fill("Your message", "My bill shows a credit. <b>Is that right?</b>")
    await me.press("Send")
    await me.at("We have received your message", "contact-sent")
    await me.go_to("Help")
    await me.follow("Contact Support")
    await me.page.get_by_role("main").get_by_role("link", name=re.compile("^CS-")).first.click()
    await me.at("Case", "case")
    await me.reads("<b>Is that right?</b>")
    await me.press("Send")
    await me.refused("case-empty", "Add a message")
    await me.fill("Add a message", "It is right. Thank you.")
    await me.press("Send")
    await me.reads("It is right. Thank you.")
    await me.look("case-written-on")


async def look_at_the_settings(me: Walker) -> None:
    """Cards, one's own data, and the password, which is not changed with a wrong old one."""
    await me.go_to("Settings")
    await me.at("Settings", "settings")
    await me.follow("About you")
    await me.at("About you", "profile")
    await me.go_to("Settings")
    await me.follow("Billing Information")
    await me.at("Billing Information", "cards")
    await keep_and_remove_a_card(me)
    await me.go_to("Settings")
    await me.follow("Password and devices")
    await me.at("Password and devices", "security")
    await me.fill("Current password", "Another-Bridge-99")
    await me.fill("New password", NEXT_PASSWORD)
    await me.press("Change my password")
    await me.refused("security-wrong-password", "Current password")


async def keep_and_remove_a_card(me: Walker) -> None:
    """A card is added, where scripts run, and removed after a question."""
    if me.setting.scripts:
        await me.card_form_is_there()
        await me.type_card("5555555555554444")
        await me.press("Add this card")
        await me.reads("4444")
        await me.look("cards-added")
    await me.page.get_by_role("main").get_by_role("link", name=me.words.beginning("Remove")).first.click()
    await me.at("Remove", "card-remove")
    await me.follow("Keep it")
    await me.page.get_by_role("main").get_by_role("link", name=me.words.beginning("Remove")).first.click()
    await me.press("Remove this card")
    await me.at("Billing Information", "cards-none")


async def leave(me: Walker) -> None:
    """Log out; the back button shows nothing of it."""
    await me.go_to("Dashboard")
    await me.at("Hello, %(name)s", "dashboard-paid", name=me.person.first)
    await me.log_out()
    await me.at("Log In", "logged-out")
    await me.reads(me.words("You are logged out."))
    await me.page.go_back()
    await me.at("Log In", "logged-out-back")


async def forget_the_password(me: Walker) -> None:
    """The link comes by email and works once; a weak password is refused."""
    await me.follow("Forgot Password")
    await me.at("Forgot Password", "forgot")
    await me.press("Send me a link")
    await me.refused("forgot-empty", "User name or email address")
    await me.fill("User name or email address", me.person.email)
    await me.press("Send me a link")
    await me.at("Check your email", "forgot-sent")
    link = await link_in_the_mail(me)
    await me.open(link)
    await me.at("Choose a new password", "new-password")
    await me.fill("New password", "password1234")
    await me.press("Set my new password")
    await me.refused("new-password-weak", "New password")
    await me.fill("New password", NEXT_PASSWORD)
    await me.press("Set my new password")
    await me.at("Log In", "new-password-set")
    await me.reads(me.words("Your new password is set."))
    await me.open(link)
    await me.at("This link no longer works", "link-used")


async def link_in_the_mail(me: Walker) -> str:
    """The link in the newest mail to this person, once it is there."""
    await me.api.settle()
    found = [
        link[0]
        for mail in await me.api.mails_to(me.person)
        if (link := re.search(r"/forgot-password/[\w.~-]+", mail["text"]))
    ]
    assert len(found) == 1, "one mail has a link"
    return str(found[0])


async def come_back(me: Walker) -> None:
    """Log In with nothing, with the old password, and with the new one."""
    await me.open("/log-in")
    await me.at("Log In", "log-in")
    await me.press("Log In")
    await me.refused("log-in-empty", "User name or email address", "Password")
    await me.fill("User name or email address", me.person.username)
    await me.fill("Password", PASSWORD)
    await me.press("Log In")
    await me.refused("log-in-wrong", "User name or email address")
    await me.still_typed("User name or email address", me.person.username)
    await me.fill("Password", NEXT_PASSWORD)
    await me.press("Log In")
    await me.at("Hello, %(name)s", "dashboard-again", name=me.person.first)
