"""Ask a service exactly what a test wrote; what every refusal looks like. Next: `test_bad_input_everywhere.py`."""

import json
import re
from collections.abc import Mapping
from uuid import uuid4

from yarl import URL

from shared.http.routes import Route
from shared.testing.http import Answered, ServiceUnderTest
from tests.contracts.bad_values import CANARY
from tests.contracts.portal_world import Portal

Row = tuple[str, Route]
NOT_PLAIN = re.compile(r"Input should|valid (string|integer)|dictionary|datetime|unicode|regex|pydantic|Traceback")


async def ask(
    service: ServiceUnderTest, method: str, target: str, *, headers: Mapping[str, str], raw: bytes | None = None
) -> Answered:
    """One request with its path and query exactly as they are written; names of headers come back in lower case."""
    url = URL(service.url + target, encoded=True)
    async with service.client.request(method, url, data=raw, headers=headers, allow_redirects=False) as response:
        content = await response.read()
        is_json = bool(content) and "json" in response.content_type
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answered(response.status, json.loads(content) if is_json else content, headers)


def path_of(route: Route, portal: Portal) -> str:
    """An address in the form of the route; what the caller owns where it matters."""
    owned = {"verification_id": portal.verification_id}
    return re.sub(r"\{(\w+)\}", lambda name: owned.get(name[1]) or str(uuid4()), route.path)


def assert_problem(answer: Answered, statuses: tuple[int, ...], sent: object) -> None:
    """A refusal as every one is: its form, plain words, and nothing of what was sent outside of the pointers."""
    assert answer.status in statuses, (sent, answer)
    assert answer.headers["content-type"].startswith("application/problem+json"), (sent, answer)
    assert {"type", "title", "status", "request_id"} <= set(answer.body), (sent, answer.body)
    assert answer.body["status"] == answer.status
    assert answer.body["request_id"] == answer.headers["x-request-id"]
    told = {name: value for name, value in answer.body.items() if name not in ("errors", "request_id")}
    words = [answer.body["title"], *(error["message"] for error in answer.body.get("errors", []))]
    assert CANARY not in json.dumps([told, words]), (sent, answer.body)
    assert not NOT_PLAIN.search(" ".join(words)), (sent, words)
    assert all(word.endswith((".", "!")) for word in words), (sent, words)


async def send(portal: Portal, row: Row, raw: bytes | None, target: str | None = None, **headers: str) -> Answered:
    """One request by the caller whom the route is for; `headers` with underscores for hyphens."""
    service, route = row
    sent = {**portal.credentials(route), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await ask(portal.services[service], route.method, target or path_of(route, portal), headers=sent, raw=raw)
