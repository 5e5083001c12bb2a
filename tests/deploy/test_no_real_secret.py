"""Secrets in this repository are examples and test keys, and production takes none of them."""

import re
import subprocess
from pathlib import Path

from shared.weak_secrets import weaknesses

ROOT = Path(__file__).resolve().parents[2]
SETTING = re.compile(
    r"""PORTAL_([A-Z_]*(?:PASSWORD|KEY|KEYS|DSN|AMQP_URL))["']?\s*[:=,]\s*(f?b?["'])?([^\s"',)]+)""", re.VERBOSE
)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n\s*[A-Za-z0-9+/]{40}|\"d\":\s*\"[A-Za-z0-9_-]{43}\"")
HOLDS_NONE = re.compile(r"[{$<(\[]|^[A-Z_]+$|^\w+://[^@]*$")
"""Made at run time, a placeholder, the name of another setting, an address without a password."""
NOT_SECRET = ("TOKEN_PUBLIC_KEY", "TEST_")


def texts() -> dict[str, str]:
    """Every text file that is in the repository, by its path."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True  # noqa: S607 - as everybody has it
    ).stdout.split("\n")  # fmt: skip
    found = {}
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".jpg", ".pdf", ".txt", ".edi"):
            found[name] = path.read_text(encoding="utf-8", errors="replace")
    return found


def test_what_the_repository_gives_a_secret_setting_is_refused_in_production() -> None:
    """Whoever deploys with a password or key copied from a page, a test or a compose file does not get far."""
    checked, taken = 0, []
    for name, text in texts().items():
        for setting, quote, value in SETTING.findall(text):
            is_code = name.endswith(".py")
            if (is_code and not quote) or HOLDS_NONE.search(value) or setting in NOT_SECRET:
                continue
            checked += 1
            if not list(weaknesses(setting.lower(), value)):
                taken.append(f"{name}: PORTAL_{setting}")
    assert taken == []
    assert checked > 5, "this finds what is there"


def test_no_private_key_is_in_the_repository() -> None:
    """Neither as PEM nor as JWK: tests draw theirs when they run."""
    assert [name for name, text in texts().items() if PRIVATE_KEY.search(text)] == []
    assert PRIVATE_KEY.search('"d": "' + "x" * 43 + '"')
