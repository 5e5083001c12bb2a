"""One-time links: masked where they are kept, whole where they leave, and of no use after their time."""

from datetime import timedelta

import pytest

from services.notify.domain.delivery import Letter
from services.notify.domain.link import is_over, masked_link, reveal
from tests.notify import facts

TOKEN = "Kx7_d-0"
MASKED = masked_link("https://portal.example")


def test_a_masked_link_names_its_page_and_nothing_else() -> None:
    """Whoever reads the kept copy sees what was sent, and can do nothing with it."""
    assert MASKED == "https://portal.example/forgot-password/••••"


def test_a_letter_leaves_with_the_whole_link_in_each_form() -> None:
    """The text and the HTML both carry the token; the page to ask for another link stays as it is."""
    letter = Letter("Set a new password", f"{MASKED}\nhttps://portal.example/forgot-password", f'<a href="{MASKED}">')
    assert reveal(letter, TOKEN) == Letter(
        "Set a new password",
        f"https://portal.example/forgot-password/{TOKEN}\nhttps://portal.example/forgot-password",
        f'<a href="https://portal.example/forgot-password/{TOKEN}">',
    )


def test_a_letter_without_html_gets_its_link_too() -> None:
    """There is nothing to reveal in a form that does not exist."""
    assert reveal(Letter("s", MASKED), TOKEN) == Letter("s", f"https://portal.example/forgot-password/{TOKEN}")


def test_a_token_cannot_become_markup_or_another_page() -> None:
    """Whatever identity sealed, it stays one part of the path."""
    assert reveal(Letter("s", MASKED), '"><a/b?c').body.endswith("/forgot-password/%22%3E%3Ca%2Fb%3Fc")


@pytest.mark.parametrize(("seconds", "over"), [(-1, True), (0, True), (1, False)])
def test_a_link_is_over_when_its_time_is(seconds: int, *, over: bool) -> None:
    """In its last second it is still of use, and not from then on."""
    link = facts.link_requested()
    assert is_over(link, link.expires_at - timedelta(seconds=seconds)) is over


def test_a_forgotten_link_is_over() -> None:
    """What was given up can not be sent later."""
    link = facts.link_requested(sealed_link="")
    assert is_over(link, link.expires_at - timedelta(minutes=5))
