"""The seal of one-time links: it opens for what it was made for, with the same key, unaltered, and never otherwise."""

import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode

import pytest

from shared.one_time import KEY_BYTES, KeyInvalid, SealBroken, open_sealed, parse_key, seal

KEY = secrets.token_bytes(KEY_BYTES)
ACCOUNT = "0b5a6b0e-6f0c-4a0e-9d53-0f7b7a5b6f11"


@pytest.mark.parametrize("token", ["x", "vCFpjBolN-OPHljEMGhGkmoh7KnjVPCGsqiHn_rTdBc", "Zoë 😀", ""])
def test_what_is_sealed_opens_again(token: str) -> None:
    """Any text comes back as it was, and what travels is safe in JSON and headers."""
    sealed = seal(KEY, token, ACCOUNT)
    assert sealed.isascii()
    assert open_sealed(KEY, sealed, ACCOUNT) == token
    assert len(token) < 10 or token not in sealed


def test_the_same_token_never_looks_the_same() -> None:
    """Nobody can tell from two seals that the same link was sent twice."""
    assert len({seal(KEY, "token", ACCOUNT) for _ in range(50)}) == 50


def test_another_account_or_key_does_not_open_it() -> None:
    """A sealed link copied into another account's message is worth nothing."""
    sealed = seal(KEY, "token", ACCOUNT)
    for key, about in ((KEY, ACCOUNT.replace("0", "1")), (KEY, ""), (secrets.token_bytes(KEY_BYTES), ACCOUNT)):
        with pytest.raises(SealBroken):
            open_sealed(key, sealed, about)


def test_an_altered_seal_does_not_open() -> None:
    """Each byte counts, and what is cut, lengthened or no base64 is refused in the same way."""
    raw = urlsafe_b64decode(seal(KEY, "token", ACCOUNT))
    flipped = [raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :] for place in range(len(raw))]
    altered = [urlsafe_b64encode(it).decode() for it in (*flipped, raw[:-1], raw + b"x", raw[:11], b"")]
    for sealed in (*altered, "no base64!", "é", "a", "=", "x" * 10_000):
        with pytest.raises(SealBroken):
            open_sealed(KEY, sealed, ACCOUNT)


def test_a_key_is_32_bytes_in_base64() -> None:
    """A key that is too short, too long or mistyped stops the start, and the error does not repeat it."""
    assert parse_key(b64encode(KEY).decode()) == KEY
    wrong = [b64encode(KEY[:31]).decode(), b64encode(KEY + b"x").decode(), "", "k" * 32, "no base64!", "é" * 44]
    for text in wrong:
        with pytest.raises(KeyInvalid) as refused:
            parse_key(text)
        assert text == "" or text not in str(refused.value)
