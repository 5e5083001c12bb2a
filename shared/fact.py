"""What every fact has: its name, exchange, subject and sequence. `shared/contracts/` holds the facts themselves.

CloudEvents 1.0 attributes come from the class (`TYPE`, `SOURCE`) and the fields (`SUBJECT` names one of them).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Exchange(StrEnum):
    """The two topic exchanges: public facts, and what carries personal data or commands."""

    EVENTS = "portal.events"
    PRIVATE = "portal.private"


class Told(BaseModel):
    """Whatever is told in a fact. Unknown fields are ignored, so that old readers meet new writers.

    The text below a field describes it, in the schemas and in the catalog that are made from the classes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Fact(Told):
    """Base of every contract class: its docstring says when it is announced, its fields are the body."""

    TYPE: ClassVar[str]
    EXCHANGE: ClassVar[Exchange]
    SOURCE: ClassVar[str]
    SUBJECT: ClassVar[str]

    occurred_at: datetime
    """When it happened, in business time."""
    version: int
    """The version of the subject after it: it grows, gaps are normal. It is `ce-sequence` too."""

    @property
    def subject(self) -> str:
        """The id of the thing that the fact is about."""
        return str(getattr(self, self.SUBJECT))

    @property
    def routing_key(self) -> str:
        """`type.insurer`, with `none` where no insurer applies."""
        return f"{self.TYPE}.{getattr(self, 'insurer_id', None) or 'none'}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The CloudEvents attributes that travel as AMQP headers `ce-*` (binary content mode).

    `traceparent` is the extension for distributed tracing; empty where nobody traces.
    """

    event_id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    sequence: int
    correlation_id: str
    causation_id: str
    traceparent: str = ""

    def headers(self) -> dict[str, str]:
        """The AMQP headers; every value is a string, as the binding of CloudEvents to AMQP brokers has it."""
        headers = {
            "ce-specversion": "1.0",
            "ce-id": str(self.event_id),
            "ce-type": self.type,
            "ce-source": self.source,
            "ce-subject": self.subject,
            "ce-time": self.time.isoformat(),
            "ce-sequence": str(self.sequence),
            "ce-correlationid": self.correlation_id,
            "ce-causationid": self.causation_id,
        }
        return headers | {"ce-traceparent": self.traceparent} if self.traceparent else headers

    @classmethod
    def from_headers(cls, headers: Mapping[str, object]) -> "Envelope":
        """Read the attributes back. Raises ValueError or KeyError when one is missing or malformed."""
        text = {
            name: value.decode() if isinstance(value, bytes) else str(value)
            for name, value in headers.items()
            if name.startswith("ce-")
        }
        if not all(value.isprintable() for value in text.values()):
            raise ValueError("an attribute holds characters that cannot be stored")
        return cls(
            event_id=UUID(text["ce-id"]),
            type=text["ce-type"],
            source=text["ce-source"],
            subject=text["ce-subject"],
            time=datetime.fromisoformat(text["ce-time"]),
            sequence=int(text["ce-sequence"]),
            correlation_id=text.get("ce-correlationid", ""),
            causation_id=text.get("ce-causationid", ""),
            traceparent=text.get("ce-traceparent", ""),
        )
