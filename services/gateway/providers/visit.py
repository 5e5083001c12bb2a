"""From where a page's calls come: what the services are told of the person in front of the browser.

Next: the typed clients (`identity.py`, `payments.py`, `notify.py`) send it with each call.
"""

from dataclasses import dataclass, replace

from services.gateway.domain.caller_cache import KnownCaller
from services.gateway.providers.upstream import UpstreamCall
from shared.http.checking import CLIENT_ADDRESS, CLIENT_DEVICE, IDEMPOTENCY_KEY


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a browser: its network address and name, and who is logged in, if anybody is.

    `device` is the same whenever this browser comes, and nothing that it could be asked for its forms with.
    """

    address: str
    user_agent: str
    request_id: str
    caller: KnownCaller | None = None
    device: str = ""

    def of(self, caller: KnownCaller) -> "Visit":
        """The same visit with somebody logged in."""
        return replace(self, caller=caller)

    def call(
        self, method: str, path: str, body: bytes | None = None, *, key: str = "", headers: dict[str, str] | None = None
    ) -> UpstreamCall:
        """A call to a service; `key` makes it one that may be repeated."""
        named = {CLIENT_ADDRESS: self.address, "User-Agent": self.user_agent, "X-Request-Id": self.request_id}
        if self.device:
            named[CLIENT_DEVICE] = self.device
        if self.caller is not None:
            named["Authorization"] = f"Bearer {self.caller.service_token}"
        if body is not None:
            named["Content-Type"] = "application/json"
        if key:
            named[IDEMPOTENCY_KEY] = key
        return UpstreamCall(method, path, {**named, **(headers or {})}, body, may_repeat=method == "GET" or bool(key))
