"""A client that never gives up: the same call again until the portal answers it. What comes back is counted.

Nothing but the answers that a call may have, 429 and 503 is right, and every failure is `application/problem+json`:
anything else is noted as wrong and the call is made again. Next: `lives.py` says what members do with it.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
ANSWERS_WITHIN_SECONDS = 30.0
AGAIN = frozenset({429, 503})
PROBLEM_TYPE = "application/problem+json"
LOST = (aiohttp.ClientError, TimeoutError, OSError)
Problem = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the portal said in the end: the status, the JSON of the body, and the code of a problem."""

    status: int
    body: Any

    @property
    def code(self) -> str:
        """The last part of the problem's type; empty for what is none."""
        return str(self.body.get("type", "")).rpartition("/")[2] if isinstance(self.body, dict) else ""


@dataclass
class Tally:
    """All calls of all clients of a run, added up."""

    begun: int = 0
    answered: int = 0
    tries: int = 0
    lost: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    slowest_call: str = ""

    @property
    def retries(self) -> int:
        """Tries beyond the first of each call."""
        return self.tries - self.begun

    def note_answered(self, call: str, seconds: float) -> None:
        """A call has its answer, counted from its first try."""
        self.answered += 1
        if seconds > self.slowest_seconds:
            self.slowest_seconds, self.slowest_call = seconds, call


class Client:
    """Calls one address. Many may share a `Tally`; each has connections of its own."""

    def __init__(self, url: str, tally: Tally) -> None:
        self._url = url
        self._tally = tally
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWERS_WITHIN_SECONDS), connector=aiohttp.TCPConnector(limit=0)
        )

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        key: str = "",
        right: Collection[int | Problem] = (200, 201, 202, 204),
        file_type: str = "",
    ) -> Answer:
        """Call until the answer is one of `right`: statuses, or a status and the code of a problem.

        With a `file_type` the body is bytes, else it goes as JSON.
        """
        name = f"{method} {path.partition('?')[0]}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"Content-Type": file_type} if file_type else {}
        return await self._until(name, right, lambda: self._once(method, path, body, headers))

    async def page(self, path: str, session: str) -> None:
        """See a page, as a browser with this session does: again until it is shown. Failures are pages, too."""
        headers = {"Cookie": f"__Host-session={session}"}
        await self._until(f"GET {path} (page)", (200,), lambda: self._once("GET", path, None, headers, as_page=True))

    async def _until(
        self, name: str, right: Collection[int | Problem], once: Callable[[], Awaitable[Answer | None]]
    ) -> Answer:
        started, pause_seconds = time.monotonic(), FIRST_PAUSE_SECONDS
        self._tally.begun += 1
        while True:
            answer = await once()
            if answer is not None:
                if answer.status in right or (answer.status, answer.code) in right:
                    self._tally.note_answered(name, time.monotonic() - started)
                    return answer
                if answer.status not in AGAIN:
                    self._tally.wrong.append(f"{name} was answered {answer.status}: {json.dumps(answer.body)[:500]}")
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)

    async def _once(
        self, method: str, path: str, body: Any, headers: Mapping[str, str], *, as_page: bool = False
    ) -> Answer | None:
        """One try; None when no whole answer came."""
        self._tally.tries += 1
        try:
            sent = {"data": body} if isinstance(body, bytes) else {"json": body}
            async with self._session.request(
                method, self._url + path, headers=headers, allow_redirects=False, **sent
            ) as response:
                content = await response.read()
        except LOST:
            self._tally.lost += 1
            return None
        self._tally.statuses[response.status] += 1
        if as_page:
            if response.content_type != "text/html":
                self._tally.wrong.append(f"{path}: {response.status} is no page but {response.content_type}")
            return Answer(response.status, None)
        answer = self._understood(method, path, response, content)
        if answer is not None and answer.status >= 400:
            self._tally.problems[f"{answer.status} {answer.code}"] += 1
        return answer

    def _understood(self, method: str, path: str, response: aiohttp.ClientResponse, content: bytes) -> Answer | None:
        try:
            answer = Answer(response.status, json.loads(content) if content else None)
        except ValueError:
            self._tally.wrong.append(
                f"{method} {path}: {response.status} with a body that is no JSON: {content[:200]!r}"
            )
            return None
        if response.status >= 400 and (response.content_type != PROBLEM_TYPE or not answer.code):
            self._tally.wrong.append(f"{method} {path}: {response.status} is no problem document: {content[:200]!r}")
        return answer
