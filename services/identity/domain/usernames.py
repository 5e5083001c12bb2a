"""User names: 3 to 64 letters, digits, points, underscores and hyphens; one person's whatever the case.

No `@`: what holds one is an e-mail address at log-in, so nobody can take another's address as a user name and stand in
front of its owner there.
"""

import unicodedata

SHORTEST = 3
LONGEST = 64
PUNCTUATION = "._-"


class InvalidUsername(ValueError):
    """The user name breaks a rule; the message says which."""


def checked_username(text: str) -> str:
    """The name in NFKC. Raises InvalidUsername."""
    name = unicodedata.normalize("NFKC", text)
    if not SHORTEST <= len(name) <= LONGEST:
        raise InvalidUsername(f"A user name has {SHORTEST} to {LONGEST} characters.")
    if not all(_allowed(character) for character in name):
        raise InvalidUsername("A user name holds letters, digits, points, underscores and hyphens only.")
    if not name[0].isalnum():
        raise InvalidUsername("A user name begins with a letter or a digit.")
    return name


def username_key(username: str) -> str:
    """The form in which user names are compared and unique."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())


def _allowed(character: str) -> bool:
    category = unicodedata.category(character)
    return character in PUNCTUATION or category[0] == "L" or category in ("Nd", "Mn", "Mc")
