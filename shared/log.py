"""Structured logs: one JSON object a line, and only fields on the allow-list keep their value.

Redaction is by allow-list, so that a new field can leak nothing before somebody has thought about it. Line breaks and
terminal codes in values are escaped.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

ALLOWED = frozenset(
    {
        "account_id", "address", "attempt", "attempts", "bill_id", "causation_id", "check", "consumer",
        "correlation_id", "count", "delivery_id", "error_class", "event", "event_id", "exchange", "import_id",
        "insurer_id", "job", "kind", "level", "limit", "member_id", "method", "method_id", "method_type", "missing",
        "notification_id", "partner_id", "payment_id", "pid", "policy_id", "port", "queue", "reason", "reference",
        "request_id", "route", "routing_key", "seconds", "service", "session_id", "sqlstate", "status", "timestamp",
        "trace_id", "type", "where",
    }
)  # fmt: skip
REDACTED = "[redacted]"
LONGEST_VALUE = 300
LARGEST_NUMBER = 2**63 - 1  # what the JSON writer takes; larger ones are shown as text


def redact(_logger: object, _name: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop the value of each field that is not allowed, and cut long ones."""
    return {name: _shown(name, value) for name, value in fields.items()}


def _shown(name: str, value: object) -> object:
    if name not in ALLOWED:
        return REDACTED
    if isinstance(value, float | bool | None) or (isinstance(value, int) and abs(value) <= LARGEST_NUMBER):
        return value
    text = str(value)
    return _visible(text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…")


def _visible(text: str) -> str:
    """The text with everything escaped that JSON lets through and a terminal may obey, or that is no Unicode."""
    if text.isprintable():
        return text
    return "".join(it if it.isprintable() else it.encode("unicode_escape").decode() for it in text)


def describe(error: BaseException) -> dict[str, object]:
    """The fields that may be said of an exception: its class, where it was raised, the SQL state; never its text."""
    frame = error.__traceback__
    where = ""
    while frame is not None:
        where = f"{frame.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{frame.tb_lineno}"
        frame = frame.tb_next
    return {"error_class": type(error).__name__, "where": where, "sqlstate": getattr(error, "sqlstate", None)}


def _as_json(fields: object, **_options: object) -> str:
    return orjson.dumps(fields, default=str).decode()


def configure(service: str, level: str = "info") -> None:
    """Send the logs of this process to standard error as JSON lines; foreign loggers only from warnings on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.processors.JSONRenderer(serializer=_as_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(handlers=[_ForeignHandler()], level=logging.WARNING, force=True)


class _ForeignHandler(logging.Handler):
    """Says that a library complained: which one and where, without its text, which may hold anything."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        fields = describe(error) if error else {"where": f"{record.filename}:{record.lineno}"}
        structlog.get_logger().warning("library_warning", kind=record.name, **fields)
