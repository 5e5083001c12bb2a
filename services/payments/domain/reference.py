"""Payment reference numbers: `HC-XXXX-XXXX-C`, unique, not guessable, safe to read over the phone.

Eight characters of Crockford's base 32 hold a keyed permutation of a sequence: each number comes once, and none tells
its neighbor. The ninth is a check character by Damm's method over GF(32), which finds every wrong character and every
swap of neighbors. `usecases/accept_payment.py` makes them, the HTTP layer reads them.
"""

from hashlib import blake2b

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "HC"
BODY_LENGTH = 8
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_HALF_BITS = 20
_HALF_MASK = (1 << _HALF_BITS) - 1
_ROUNDS = 6
_FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, irreducible: multiplication in GF(32) is modulo this


class ReferenceMistyped(ValueError):
    """This cannot be a payment reference number: a character is wrong, missing or swapped."""


def make_reference(sequence_number: int, key: bytes) -> str:
    """The reference of the nth payment, in the shown form. Raises ValueError outside 0 to 2^40 - 1."""
    body = _written(permute(sequence_number, key))
    return f"{PREFIX}-{body[:4]}-{body[4:]}-{check_character(body)}"


def parse_reference(text: str) -> str:
    """Read what a person typed or was told, into the shown form.

    Forgives lower case, missing hyphens, and O for 0, I or L for 1. Raises ReferenceMistyped.
    """
    written = text.strip().upper().translate(_FORGIVEN)
    body, check = written[len(PREFIX) : -1], written[-1:]
    if not written.startswith(PREFIX) or len(body) != BODY_LENGTH or not set(body + check) <= set(ALPHABET):
        raise ReferenceMistyped("a payment reference number is HC and nine letters and digits")
    if check_character(body) != check:
        raise ReferenceMistyped("a character is wrong, or two are swapped")
    return f"{PREFIX}-{body[:4]}-{body[4:]}-{check}"


def check_character(body: str) -> str:
    """Damm's check character: c ∘ d = 2·(c + d) in GF(32) is a totally anti-symmetric quasigroup with d ∘ d = 0."""
    interim = 0
    for character in body:
        interim = _doubled(interim ^ ALPHABET.index(character))
    return ALPHABET[interim]


def permute(number: int, key: bytes) -> int:
    """A bijection of 40-bit numbers that nobody without the key can follow: a Feistel network of six rounds.

    Raises ValueError outside 0 to 2^40 - 1.
    """
    if not 0 <= number < 1 << 2 * _HALF_BITS:
        raise ValueError("the sequence of reference numbers is used up")
    left, right = number >> _HALF_BITS, number & _HALF_MASK
    for round_number in range(_ROUNDS):
        left, right = right, left ^ _scrambled(right, round_number, key)
    return left << _HALF_BITS | right


def _scrambled(half: int, round_number: int, key: bytes) -> int:
    digest = blake2b(half.to_bytes(3, "big"), key=key, person=b"reference", salt=bytes([round_number]), digest_size=4)
    return int.from_bytes(digest.digest(), "big") & _HALF_MASK


def _written(number: int) -> str:
    return "".join(ALPHABET[number >> 5 * position & 31] for position in reversed(range(BODY_LENGTH)))


def _doubled(element: int) -> int:
    """Multiply by 2 in GF(32)."""
    shifted = element << 1
    return shifted ^ _FIELD_POLYNOMIAL if shifted > 31 else shifted
