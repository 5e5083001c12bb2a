"""Requests made from the API document, right ones and wrong ones, and what every answer to them must be.

An answer has a status, a content type and a form that the document names; it comes in time; it is no failure of ours. A
503 that says when to come back is the answer of a portal that is overloaded: counted, not a failure. Synchronous, as
schemathesis is. Next: `test_fuzz_the_api.py` sends some, `__main__.py` as many as one likes.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LONGEST_SECONDS = 30.0
RIGHT, WRONG, NOBODY = "the right caller", "a caller of another kind", "nobody"
WHO = (RIGHT, RIGHT, RIGHT, RIGHT, WRONG, NOBODY)
MEMBER, PARTNER = "session", "partner_key"
"""How the document names the two kinds of callers."""

Token = Callable[[str], str]


@dataclass
class Report:
    """What came back, and each kind of failure once, with the request that led to it."""

    seconds: float = 0.0
    answers: Counter[int] = field(default_factory=Counter)
    by_operation: dict[str, Counter[int]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    slowest_seconds: float = 0.0

    @property
    def requests(self) -> int:
        """How many were sent."""
        return self.answers.total()

    def lines(self) -> list[str]:
        """In words."""
        told = ", ".join(f"{count} x {status}" for status, count in sorted(self.answers.items()))
        head = f"{self.requests} requests in {self.seconds:.0f} s, the slowest {self.slowest_seconds:.2f} s: {told}"
        return [head, *(f"{name}\n{words}" for name, words in sorted(self.failures.items()))]


@dataclass
class Fuzzer:
    """Sends requests to the portal at `url`. `known` are values that are there.

    `token` gives one of a kind of caller; it is asked again when the one it gave has ended, as some requests do.
    """

    url: str
    document: dict[str, Any]
    token: Token
    known: Mapping[str, Sequence[Any]]
    report: Report = field(default_factory=Report)
    session: requests.Session = field(default_factory=requests.Session)
    held: dict[str, str] = field(default_factory=dict)

    def run(self, wanted: int, number: int) -> Report:
        """About so many requests in all, the same number for each operation; `number` decides which."""
        started = time.monotonic()
        operations = list(_operations(self.document))
        for operation in operations:
            self._try(operation, max(1, wanted // len(operations)), number)
        self.report.seconds += time.monotonic() - started
        return self.report

    def _try(self, operation: APIOperation[Any, Any, Any, Any], examples: int, number: int) -> None:
        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(_cases(operation), st.sampled_from(WHO), st.booleans())
        def send(case: Case[Any], who: str, with_known: bool) -> None:  # noqa: FBT001 - hypothesis gives it
            if with_known:
                self._put_in_known(case)
            self._send(case, who)

        send()

    def _put_in_known(self, case: Case[Any]) -> None:
        """Ids that are there lead further than made-up ones."""
        for values in (case.path_parameters, case.body):
            if isinstance(values, dict):
                values.update({name: self.known[name][0] for name in values if name in self.known})

    def _send(self, case: Case[Any], who: str) -> None:
        started = time.monotonic()
        try:
            response = case.call(
                base_url=self.url, session=self.session, headers=self._headers(case, who), timeout=LONGEST_SECONDS
            )
        except requests.Timeout:
            self._note(case, "no answer", f"none within {LONGEST_SECONDS:.0f} s", 0)
            return
        self.report.slowest_seconds = max(self.report.slowest_seconds, time.monotonic() - started)
        self.report.answers[response.status_code] += 1
        self.report.by_operation.setdefault(case.operation.label, Counter())[response.status_code] += 1
        if response.status_code == 401 and who is RIGHT:
            self.held.clear()
        is_overloaded = response.status_code == 503 and "retry-after" in response.headers
        checks = CHECKS[1:] if is_overloaded else CHECKS
        try:
            case.validate_response(response, checks=checks)
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note_failure(case, failure, response.status_code, response.content)
        except Failure as failure:
            self._note_failure(case, failure, response.status_code, response.content)

    def _headers(self, case: Case[Any], who: str) -> dict[str, str]:
        """The credentials of the caller; a key where it is asked for, new each time."""
        kinds = [name for names in case.operation.definition.raw.get("security", []) for name in names]
        kind = kinds[0] if kinds else ""
        if who is WRONG:
            kind = PARTNER if kind == MEMBER else MEMBER
        if not kind or who is NOBODY:
            return {}
        if kind not in self.held:
            self.held[kind] = self.token(kind)
        return {"Authorization": f"Bearer {self.held[kind]}"}

    def _note_failure(self, case: Case[Any], failure: Exception, status: int, content: bytes) -> None:
        self._note(case, f"{type(failure).__name__}", f"{failure}\n{content[:400]!r}", status)

    def _note(self, case: Case[Any], kind: str, words: str, status: int) -> None:
        name = f"{case.operation.label}: {kind} ({status})"
        self.report.failures.setdefault(name, f"{words}\n{case.as_curl_command()[:1_000]}")


@schemathesis.serializer("application/edi-x12")
def _as_bytes(_context: object, value: Any) -> bytes:
    """A file is sent as it is; what is no bytes is one, too."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def _operations(document: dict[str, Any]) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """Every operation of a document; one that cannot be read is a failure of the document."""
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok), found.err()
        yield found.ok()


def _cases(operation: APIOperation[Any, Any, Any, Any]) -> st.SearchStrategy[Case[Any]]:
    """Right requests and wrong ones; some operations have nothing that could be wrong."""
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (operation.body or operation.query or operation.path_parameters or operation.headers):
        return right
    return st.one_of(right, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
