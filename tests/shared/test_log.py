"""Logs: one JSON object a line, only allowed fields keep their value, and nothing of an exception's text gets out.

Each test runs a small program, because what counts is what a process writes on its standard error.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAME = """
import logging, structlog
from shared.log import configure, describe
configure("payments", "info")
log = structlog.get_logger()
"""


def logged(program: str) -> list[dict[str, Any]]:
    """The log lines that a program writes; it fails when anything else is written."""
    done = subprocess.run(  # noqa: S603 - a program of this test
        [sys.executable, "-c", FRAME + program], cwd=ROOT, capture_output=True, check=True, timeout=30
    )
    assert done.stdout == b""
    return [json.loads(line) for line in done.stderr.decode().splitlines()]


def test_allowed_fields_are_shown_with_service_level_and_time() -> None:
    """A line says what happened, in which service, when, and the ids that belong to it."""
    line = logged('log.info("payment_declined", payment_id="p-1", count=3, seconds=0.25, reason=None)')[0]
    assert (line["event"], line["service"], line["level"]) == ("payment_declined", "payments", "info")
    assert (line["payment_id"], line["count"], line["seconds"], line["reason"]) == ("p-1", 3, 0.25, None)
    assert line["timestamp"].endswith("Z")


def test_any_other_field_is_redacted() -> None:
    """A field that nobody has thought about leaks nothing, whatever its value is."""
    program = 'log.info("x", ssn="123-45-6789", password=b"hunter2", body={"card": 4242424242424242}, user=17)'
    line = logged(program)[0]
    assert [line[name] for name in ("ssn", "password", "body", "user")] == ["[redacted]"] * 4


def test_bound_fields_are_redacted_too() -> None:
    """Fields that come from the context of the work are looked at in the same way."""
    program = 'structlog.contextvars.bind_contextvars(email="a@b.example", request_id="r-1")\nlog.info("x")'
    line = logged(program)[0]
    assert (line["email"], line["request_id"]) == ("[redacted]", "r-1")


@pytest.mark.parametrize(
    "nasty", ["a\r\nb", "\x1b[31mred", "\x9b31m", "a\u2028b", "\u202egnp.exe", "\x00", "\x7f", "\ud800"]
)
def test_line_breaks_and_terminal_codes_are_escaped(nasty: str) -> None:
    """A value can neither begin a line of its own nor color or turn round the operator's terminal."""
    program = f"log.info('x', reason={nasty!a})"
    done = subprocess.run(  # noqa: S603 - a program of this test
        [sys.executable, "-c", FRAME + program], cwd=ROOT, capture_output=True, check=True, timeout=30
    )
    written = done.stderr.decode()
    assert written.endswith("}\n")
    assert written[:-1].isprintable()


def test_long_values_are_cut() -> None:
    """No value fills the disk."""
    assert len(logged('log.info("x", reason="a" * 100_000)')[0]["reason"]) == 301


def test_values_that_json_does_not_know_are_shown_as_text() -> None:
    """Ids, huge numbers and numbers that are none do not break the line."""
    program = (
        'import uuid\nlog.info("x", payment_id=uuid.UUID(int=1), count=10**400, seconds=float("nan"), status=True)'
    )
    line = logged(program)[0]
    assert line["payment_id"] == "00000000-0000-0000-0000-000000000001"
    assert line["count"].startswith("1000")
    assert (line["seconds"], line["status"]) == (None, True)


def test_an_exception_is_described_without_its_text() -> None:
    """Class and place are said; the text, which may hold a value, is not."""
    program = 'try:\n    int("123-45-6789")\nexcept ValueError as error:\n    log.error("failed", **describe(error))'
    line = logged(program)[0]
    assert (line["error_class"], line["where"]) == ("ValueError", "<string>:7")
    assert "45-6789" not in json.dumps(line)


def test_what_libraries_log_is_said_without_their_text() -> None:
    """A library's warning is counted by name and place; its message, arguments and stack trace are left out."""
    program = """
logging.getLogger("aiohttp.server").warning("secret %s", "123-45-6789")
try:
    raise RuntimeError("123-45-6789")
except RuntimeError:
    logging.getLogger("asyncpg").exception("secret 123-45-6789")
logging.getLogger("aio_pika").info("not shown at all")
"""
    lines = logged(program)
    assert [line["kind"] for line in lines] == ["aiohttp.server", "asyncpg"]
    assert lines[1]["error_class"] == "RuntimeError"
    assert "45-6789" not in json.dumps(lines)
    assert "secret" not in json.dumps(lines)


def test_what_is_below_the_level_is_not_written() -> None:
    """Debug lines are not written unless asked for."""
    assert logged('log.debug("noise")') == []
