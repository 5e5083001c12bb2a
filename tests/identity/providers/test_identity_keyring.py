"""Sealing: keys rotate without downtime, rows cannot be swapped, indexes find equal numbers."""

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.sealed import SealBroken, Sealed
from services.identity.domain.ssn import Ssn
from services.identity.providers.keyring import KeyRing, KeysInvalid

OLD, NEW, INDEX = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))


def ring(current: str = "new", **keys: bytes) -> KeyRing:
    """A ring of both keys unless told otherwise."""
    return KeyRing(keys or {"old": OLD, "new": NEW}, current, INDEX)


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40))
def test_what_is_sealed_opens_for_its_row_only(secret: bytes, row: str) -> None:
    """The same bytes come back for the same row; for any other row nothing does."""
    sealed = ring().seal(secret, row)
    assert ring().open(sealed, row) == secret
    with pytest.raises(SealBroken):
        ring().open(sealed, row + "x")


def test_two_seals_of_one_secret_differ() -> None:
    """Equal numbers cannot be found by comparing what is stored."""
    assert ring().seal(b"536904399", "account:1").blob != ring().seal(b"536904399", "account:1").blob


def test_an_older_key_still_opens_and_a_new_one_seals() -> None:
    """After a new key is put in front, old rows open as before; without their key they do not."""
    sealed = ring("old").seal(b"secret", "account:1")
    assert ring("new").open(sealed, "account:1") == b"secret"
    assert ring("new").seal(b"secret", "account:1").key_id == "new"
    with pytest.raises(SealBroken):
        ring("new", new=NEW).open(sealed, "account:1")


@pytest.mark.parametrize("place", [0, 5, 12, 20, -1])
def test_an_altered_seal_does_not_open(place: int) -> None:
    """Not one bit can be changed; nor can the rest be cut off."""
    sealed = ring().seal(b"secret", "account:1")
    altered = bytearray(sealed.blob)
    altered[place] ^= 1
    for blob in (bytes(altered), sealed.blob[:-1], b""):
        with pytest.raises(SealBroken):
            ring().open(Sealed(sealed.key_id, blob), "account:1")


def test_the_blind_index_is_equal_for_equal_numbers_and_keyed() -> None:
    """It finds the same number again, tells nothing without the key, and stays when sealing keys change."""
    one, same, other = Ssn("536904399"), Ssn("536904399"), Ssn("536904398")
    assert ring().ssn_index(one) == ring("old", old=OLD).ssn_index(same)
    assert ring().ssn_index(one) != ring().ssn_index(other)
    assert KeyRing({"new": NEW}, "new", OLD).ssn_index(one) != ring().ssn_index(one)
    assert ring().keyed_hash(b"other", b"536904399") != ring().ssn_index(one)


@pytest.mark.parametrize(
    ("ring_json", "index_key"),
    [
        ("{}", b64encode(INDEX).decode()),
        ("not json", b64encode(INDEX).decode()),
        ('{"current": "a", "keys": {}}', b64encode(INDEX).decode()),
        (json.dumps({"current": "a", "keys": {"a": b64encode(b"short").decode()}}), b64encode(INDEX).decode()),
        (json.dumps({"current": "a", "keys": {"a": b64encode(OLD).decode()}}), "not base64!"),
        (json.dumps({"current": "b", "keys": {"a": b64encode(OLD).decode()}}), b64encode(INDEX).decode()),
        (json.dumps({"current": "a", "keys": ["a"]}), b64encode(INDEX).decode()),
        (json.dumps({"current": "a", "keys": {"a": 5}}), b64encode(INDEX).decode()),
    ],
)
def test_keys_that_cannot_be_used_are_refused_without_showing_them(ring_json: str, index_key: str) -> None:
    """A wrong setting is found at start, and the message holds no key."""
    with pytest.raises(KeysInvalid) as refused:
        KeyRing.from_settings(ring_json, index_key)
    assert b64encode(OLD).decode() not in str(refused.value)
