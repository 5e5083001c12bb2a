"""A caller of the public API, as small as the demo data needs it."""

from typing import Any

import aiohttp

ANSWERS_WITHIN_SECONDS = 60.0


class Refused(Exception):
    """The portal answered with an error."""

    def __init__(self, call: str, status: int, answer: Any) -> None:
        told = answer if isinstance(answer, dict) else {}
        code = str(told.get("type", "")).rpartition("/")[2]
        super().__init__(f"{call} was answered {status} {code} {told.get('detail') or ''}".rstrip())
        self.status = status
        self.code = code


class PortalClient:
    """Calls one address with JSON; a context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWERS_WITHIN_SECONDS))

    async def __aenter__(self) -> "PortalClient":
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._session.close()

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, key: str | None = None
    ) -> Any:
        """The answer's JSON (None without a body). `key` is the Idempotency-Key. Raises Refused."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        async with self._session.request(method, self._url + path, json=body, headers=headers) as response:
            answer = await response.json(content_type=None) if response.content_length != 0 else None
            if response.status >= 400:
                raise Refused(f"{method} {path}", response.status, answer)
            return answer
