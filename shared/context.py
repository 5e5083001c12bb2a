"""Which request or event the present work belongs to: set at the edges, read when a fact is written down or logged."""

from contextvars import ContextVar

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
causation_id: ContextVar[str] = ContextVar("causation_id", default="")
