"""Which cards become tokens, and what is kept of them."""

from datetime import date
from pathlib import Path

import pytest

from deploy.processor_sandbox.cards import TEST_CARDS, CardBehavior, card_from, passes_luhn
from deploy.processor_sandbox.errors import FieldInvalid
from deploy.processor_sandbox.requests import CardDetails
from tests.processor_sandbox.sandbox_process import SandboxProcess, StartProcessor, card_details

TODAY = date(2026, 11, 23)


def details(number: str = "4242424242424242", exp_month: int = 11, exp_year: int = 2026) -> CardDetails:
    """A card as its holder types it."""
    return CardDetails(number=number, exp_month=exp_month, exp_year=exp_year, cvc="314")


@pytest.mark.parametrize(
    ("number", "is_right"),
    [
        ("4242424242424242", True),
        ("378282246310005", True),
        ("4242424242424241", False),
        ("4224242424242424", False),
        ("79927398713", True),
    ],
)
def test_the_check_digit_finds_a_mistyped_number(number: str, is_right: bool) -> None:  # noqa: FBT001 - a table's column
    """A wrong digit or two swapped ones are noticed."""
    assert passes_luhn(number) is is_right


@pytest.mark.parametrize("number", TEST_CARDS)
def test_every_listed_card_is_taken(number: str) -> None:
    """Each card of the table becomes a card with its brand, its last four and its behavior."""
    card = card_from(details(number), TODAY)
    assert (card.brand, card.behavior) == TEST_CARDS[number]
    assert card.last4 == number[-4:]


def test_a_card_is_good_through_its_last_month() -> None:
    """A card that ends this month is taken until the month is over."""
    assert card_from(details(exp_month=11, exp_year=2026), date(2026, 11, 30)).behavior is CardBehavior.APPROVE


@pytest.mark.parametrize(
    ("number", "exp_month", "exp_year", "field", "code"),
    [
        ("4242424242424241", 11, 2026, "card.number", "invalid_field"),
        ("4111111111111111", 11, 2026, "card.number", "test_card_only"),
        ("4242424242424242", 10, 2026, "card.exp_month", "invalid_field"),
        ("4242424242424242", 12, 2025, "card.exp_year", "invalid_field"),
        ("4242424242424242", 12, 2077, "card.exp_year", "invalid_field"),
    ],
)
def test_a_card_that_will_not_do_names_the_field(
    number: str, exp_month: int, exp_year: int, field: str, code: str
) -> None:
    """A mistyped, foreign or expired card is refused, and the holder learns which field to look at."""
    with pytest.raises(FieldInvalid) as refusal:
        card_from(details(number, exp_month, exp_year), TODAY)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert number not in refusal.value.message


async def test_a_real_card_is_refused_over_http(processor: SandboxProcess) -> None:
    """A number that could be somebody's card never becomes a token, and is not repeated in the answer."""
    answer = await processor.call("POST", "/v1/tokens", json=card_details("4111111111111111"))
    assert (answer.status, answer.code, answer.body["error"]["field"]) == (422, "test_card_only", "card.number")
    assert "4111111111111111" not in str(answer.body)


async def test_tokens_cannot_be_guessed_from_one_another(processor: SandboxProcess) -> None:
    """The same card twice gives two long tokens with nothing in common."""
    first, second = await processor.token(), await processor.token()
    assert first != second
    assert min(len(first), len(second)) >= 36
    assert first.startswith("tok_")


async def test_a_kept_card_shows_only_what_may_be_shown(processor: SandboxProcess) -> None:
    """A kept card shows brand, last four and expiry, and the same token gives the same card."""
    token = await processor.token("378282246310005")
    first = await processor.call("POST", "/v1/cards", json={"token": token})
    again = await processor.call("POST", "/v1/cards", json={"token": token})
    assert first.status == again.status == 201
    assert first.body == again.body
    assert {name: first.body[name] for name in first.body if name != "card_id"} == {
        "brand": "amex",
        "last4": "0005",
        "exp_month": 12,
        "exp_year": 2040,
    }


async def test_an_unknown_token_keeps_no_card(processor: SandboxProcess) -> None:
    """A token nobody made is refused by name."""
    answer = await processor.call("POST", "/v1/cards", json={"token": "tok_invented"})
    assert (answer.status, answer.code, answer.body["error"]["field"]) == (422, "unknown_token", "token")


async def test_a_token_serves_one_purpose(processor: SandboxProcess, key: str) -> None:
    """A token charged once is neither charged again nor kept, and one that was kept is not charged."""
    charged = await processor.token()
    assert (await processor.charge(key, charged)).status == 201
    assert (await processor.charge(f"{key}-2", charged)).code == "token_used"
    assert (await processor.call("POST", "/v1/cards", json={"token": charged})).code == "token_used"
    kept = await processor.token()
    await processor.call("POST", "/v1/cards", json={"token": kept})
    assert (await processor.charge(f"{key}-3", kept)).code == "token_used"


def assert_keeps_no_card_data(journal_path: Path) -> None:
    """No number, no cvc (given as 8642), and no rights for others."""
    kept = journal_path.read_text()
    assert not [secret for secret in (*TEST_CARDS, "4111111111111111", '"8642"', '"cvc"') if secret in kept]
    assert journal_path.stat().st_mode & 0o777 == 0o600


async def test_the_journal_never_holds_a_card_number(journal_path: Path, start_processor: StartProcessor) -> None:
    """After cards were typed, taken, refused and charged, the file holds no number and no cvc, and only we read it."""
    processor = await start_processor(journal_path)
    for number in TEST_CARDS:
        await processor.call("POST", "/v1/tokens", json=card_details(number, cvc="8642"))
    await processor.call("POST", "/v1/tokens", json=card_details("4111111111111111", cvc="8642"))
    await processor.charge("one", await processor.card_id())
    await processor.terminate()
    assert_keeps_no_card_data(journal_path)
