"""What the gateway remembers of callers for a few seconds: a bounded memory keyed by the hash of their token.

Tokens themselves are never kept. Next: `usecases/resolve_caller.py` asks identity for what is not here.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """A caller whom identity vouched for; `holder_id` is the account or the partner behind the token.

    `usable_seconds` is how long the service token may be handed out; at 0 it is for one call only. `is_verified`:
    the account is linked to a member's record.
    """

    service_token: str
    holder_id: str
    usable_seconds: float
    is_verified: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    caller: KnownCaller | None
    until_seconds: float


def hash_token(token: str) -> str:
    """SHA-256 in hex: the form in which `session.ended` names a token, and in which identity keeps it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class CallerCache:
    """Callers by token hash; the longest unused goes first when full. `now_seconds` is monotonic machine time."""

    def __init__(
        self, *, max_entries: int, max_refusals: int, keep_seconds: float, keep_refusal_seconds: float
    ) -> None:
        self._keep_seconds = keep_seconds
        self._keep_refusal_seconds = keep_refusal_seconds
        self._max_entries = max_entries
        self._max_refusals = max_refusals
        self._known: OrderedDict[str, _Entry] = OrderedDict()
        self._refused: OrderedDict[str, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known) + len(self._refused)

    def find(self, token_hash: str, now_seconds: float) -> KnownCaller | None:
        """The caller behind a hash, or None when nothing fresh is remembered."""
        entry = self._fresh(self._known, token_hash, now_seconds)
        return None if entry is None else entry.caller

    def is_refused(self, token_hash: str, now_seconds: float) -> bool:
        """Whether identity refused this token a moment ago."""
        return self._fresh(self._refused, token_hash, now_seconds) is not None

    def remember(self, token_hash: str, caller: KnownCaller, now_seconds: float) -> None:
        """Keep a caller for `keep_seconds`, or for as long as the service token is usable when that is shorter."""
        keep_seconds = min(self._keep_seconds, caller.usable_seconds)
        if keep_seconds > 0:
            _put(self._known, token_hash, _Entry(caller, now_seconds + keep_seconds), self._max_entries)

    def remember_refusal(self, token_hash: str, now_seconds: float) -> None:
        """Keep a refusal; they have a memory of their own, so that a flood of bad tokens displaces no good one."""
        _put(self._refused, token_hash, _Entry(None, now_seconds + self._keep_refusal_seconds), self._max_refusals)

    def forget(self, token_hash: str) -> None:
        """Forget one token."""
        self._known.pop(token_hash, None)

    def forget_holder(self, holder_id: str) -> None:
        """Forget every token of an account."""
        for token_hash in [key for key, entry in self._known.items() if _holder(entry) == holder_id]:
            del self._known[token_hash]

    def clear(self) -> None:
        """Forget everybody."""
        self._known.clear()
        self._refused.clear()

    def _fresh(self, entries: OrderedDict[str, _Entry], token_hash: str, now_seconds: float) -> _Entry | None:
        entry = entries.get(token_hash)
        if entry is None:
            return None
        if entry.until_seconds <= now_seconds:
            del entries[token_hash]
            return None
        entries.move_to_end(token_hash)
        return entry


def _put(entries: OrderedDict[str, _Entry], token_hash: str, entry: _Entry, limit: int) -> None:
    entries[token_hash] = entry
    entries.move_to_end(token_hash)
    while len(entries) > limit:
        entries.popitem(last=False)


def _holder(entry: _Entry) -> str | None:
    return None if entry.caller is None else entry.caller.holder_id
