"""Where a person may be sent after a form."""

import pytest

from services.gateway.domain.safe_path import safe_path


@pytest.mark.parametrize("path", ["/", "/dashboard", "/pay?amount_cents=100", "/payments/HC-1234-5678-9", "/bills#x"])
def test_pages_of_ours_are_fine(path: str) -> None:
    """One goes on to where one wanted to go."""
    assert safe_path(path, "/otherwise") == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "dashboard",
        "//evil.example",
        "///evil.example",
        "https://evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\\\evil.example",
        "/\n//evil.example",
        "/\t/evil.example",
        "/" + "a" * 600,
    ],
)
def test_nobody_is_sent_elsewhere(path: str | None) -> None:
    """An address that leads away from us leads to the usual page."""
    assert safe_path(path, "/otherwise") == "/otherwise"
