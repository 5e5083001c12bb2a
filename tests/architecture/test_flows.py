"""The pages in docs/flows/ and docs/security.md name files and symbols; each of them is really there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`([\w/.-]+\.(?:py|sql|md|toml))(?:::(\w+))?`")


def named_places() -> list[tuple[str, str, str]]:
    """(page, path, symbol or nothing) of everything that these pages name."""
    return [
        (page.name, found[1], found[2] or "")
        for page in (*sorted((ROOT / "docs" / "flows").glob("*.md")), ROOT / "docs" / "security.md")
        for found in NAMED.finditer(page.read_text(encoding="utf-8"))
    ]


def symbols_of(path: Path) -> set[str]:
    """The names that a module defines at its top level."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


@pytest.mark.parametrize(("page", "path", "symbol"), named_places())
def test_what_a_flow_names_is_there(page: str, path: str, symbol: str) -> None:
    """A renamed file or function makes its flow page fail, so that the page stays true."""
    assert (ROOT / path).is_file(), f"{page} names {path}"
    if symbol:
        assert symbol in symbols_of(ROOT / path), f"{page} names {symbol} in {path}"


def test_the_flow_of_a_payment_is_told() -> None:
    """The page of the payment names more than a dozen places, so that the check above checks something."""
    assert sum(1 for page, _, _ in named_places() if page == "payment.md") > 12
