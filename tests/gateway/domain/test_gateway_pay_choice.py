"""What a member has chosen on the way through Make a Payment, as an address and as a form carry it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.pay_choice import LARGEST_CENTS, MOST_POLICIES, PayChoice

POLICY = "0b0e1a52-6c2f-4b54-9d1e-0a7f2d4c1b11"
METHOD = "7d3f0d5e-8a61-4f0e-b6a9-5f1f0c2e9a22"
CHOICES = st.builds(
    PayChoice,
    st.integers(1, LARGEST_CENTS),
    st.lists(st.uuids().map(str), max_size=5, unique=True).map(tuple),
    st.none() | st.dates(date(2026, 1, 1), date(2099, 12, 31)),
    st.just("") | st.uuids().map(str),
)


@given(CHOICES)
def test_an_address_brings_back_what_was_chosen(choice: PayChoice) -> None:
    """So that back, reload and a second tab show the same."""
    pairs = choice.pairs()
    ids = [text for name, text in pairs if name == "policy_id"]
    assert PayChoice.read({name: text for name, text in pairs if name != "policy_id"}, ids) == choice


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"amount_cents": "0"},
        {"amount_cents": "-5"},
        {"amount_cents": "012"},
        {"amount_cents": "1.5"},
        {"amount_cents": "٣"},
        {"amount_cents": "9" * 10},
        {"amount_cents": "9" * 11},
        {"amount_cents": "100", "pay_on": "tomorrow"},
        {"amount_cents": "100", "pay_on": "2027-02-30"},
        {"amount_cents": "100", "method_id": "x' or 1=1"},
    ],
)
def test_what_is_no_choice_begins_anew(wrong: dict[str, str]) -> None:
    """An address that somebody made up leads to step 1, never to an error."""
    assert PayChoice.read(wrong, []) is None


@pytest.mark.parametrize("ids", [["x"], [POLICY.upper()], [POLICY] * (MOST_POLICIES + 1)])
def test_policies_are_ids_and_not_endless(ids: list[str]) -> None:
    """As for the rest."""
    assert PayChoice.read({"amount_cents": "100"}, ids) is None


def test_the_card_is_either_a_kept_one_or_one_for_this_once() -> None:
    """The later choice replaces the earlier."""
    choice = PayChoice(100)
    assert choice.by_card("sealed").by_method(METHOD) == choice.by_method(METHOD)
    assert choice.by_method(METHOD).by_card("sealed") == choice.by_card("sealed")
    assert choice.by_card("sealed").without_method == choice


def test_the_api_is_told_only_what_was_chosen() -> None:
    """No policy means all of them, no day means now."""
    assert PayChoice(100).wanted() == {"amount_cents": 100}
    assert PayChoice(100, (POLICY,), date(2027, 1, 20), METHOD).wanted() == {
        "amount_cents": 100,
        "policy_ids": [POLICY],
        "pay_on": "2027-01-20",
    }
