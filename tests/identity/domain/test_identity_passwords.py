"""Passwords: both rules, the list of common ones, and what is too personal."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.identity.domain.passwords import (
    PasswordRule,
    Personal,
    Weakness,
    WeakPassword,
    check_password,
    normalized,
)

NOBODY = Personal(())
MARIA = Personal(("Maria", "", "García-López", "maria.g84", "mgarcia.nyc@mail.test"))


def weaknesses(password: str, personal: Personal = NOBODY, rule: PasswordRule = PasswordRule.MIXED) -> set[Weakness]:
    """Why the password is refused; nothing when it passes."""
    try:
        check_password(password, personal, rule)
    except WeakPassword as refused:
        return set(refused.weaknesses)
    return set()


@pytest.mark.parametrize(
    "password",
    ["Quiet-Heron-42-Lake", "Sunny-Day-2027!", "correct horse battery 9", "S3cure!Passphrase", "Str0ng!Pw-heron#26",
     "x" + "7-Zebra" * 18, "静かな鷺-42-湖のほとり", "Winter-Bridge-42!"],
)  # fmt: skip
def test_good_passwords_pass(password: str) -> None:
    """Long, mixed and nobody else's: no reason to refuse."""
    assert weaknesses(password) == set()


@pytest.mark.parametrize(
    "password",
    ["Password123!", "P@ssw0rd1234", "Qwertyuiop1!", "aaaaaaaaaaa1!", "Welcome2024!!", "123456789Aa!", "!!Passw0rd!!11",
     "Passw0rd!Passw0rd!", "Baseball2026!", "Letmein12345!"],
)  # fmt: skip
def test_common_passwords_are_refused_however_dressed_up(password: str) -> None:
    """A listed word with digits and signs around it, or with look-alike signs in it, is still that word."""
    assert Weakness.TOO_COMMON in weaknesses(password)


@pytest.mark.parametrize("password", ["maria-42-Heron-x", "x-GARCÍA-42-heron", "x-Lopez-42-heron", "mgarcia.nyc-42-X!"])
def test_ones_own_names_are_refused(password: str) -> None:
    """First and last name, user name and the name in the e-mail address, in any case, with accents or without."""
    assert weaknesses(password, MARIA) == {Weakness.PERSONAL}


def test_short_names_inside_other_words_refuse_nobody() -> None:
    """A person called Li or Ann may write "silent" or "planned"."""
    assert weaknesses("planned-Silent-42-x", Personal(("Ann", "Li", "li@mail.test"))) == set()


def test_the_long_rule_asks_for_length_only() -> None:
    """With the setting of 15 characters and no mix, words alone are good, and shorter ones are not."""
    assert weaknesses("heron kettle moss", rule=PasswordRule.LONG) == set()
    assert weaknesses("heron kettle 4", rule=PasswordRule.LONG) == {Weakness.TOO_SHORT}
    assert Weakness.TOO_COMMON in weaknesses("passwordpassword", rule=PasswordRule.LONG)


def test_length_counts_characters_up_to_128() -> None:
    """12 and 128 are in, 11 and 129 are out, and an emoji is one character."""
    assert weaknesses("heron-moss42") == set()
    assert weaknesses("heron-moss4") == {Weakness.TOO_SHORT}
    long = ("heron-42-moss " * 10)[:128]
    assert weaknesses(long) == set()
    assert weaknesses(long + "x") == {Weakness.TOO_LONG}
    assert weaknesses("heron-mos4😀") == {Weakness.TOO_SHORT}
    assert weaknesses("heron-moss4😀") == set()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=140))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged(password: str) -> None:
    """Whatever is typed, there is an answer, the same one for the normalized text."""
    assert weaknesses(password, MARIA) == weaknesses(normalized(password), MARIA)


def test_judging_a_nasty_password_takes_no_second() -> None:
    """Text made to keep the judge busy is judged fast: the guess counter only sees passwords of up to 40 characters."""
    started = time.perf_counter()
    for nasty in ("@4({[<8(69$1!|0+5" * 7, "@4({[<8(69$1!|0+5@4({[<8(69$1!|0+5@4({[<", "4@$$w0rd1|!" * 3):
        weaknesses(nasty)
    assert time.perf_counter() - started < 3
