"""Who stands behind a token: from memory, else from identity; callers with one token at one moment share one call.

Next: `providers/identity.py` asks; `events.py` makes this forget when a session ends.
"""

import asyncio
import time
from collections.abc import Callable
from enum import StrEnum
from typing import assert_never

from services.gateway.domain.caller_cache import CallerCache, KnownCaller, hash_token
from services.gateway.providers.identity import Identity

MAX_TOKEN_CHARACTERS = 400  # ours have 43; identity does not look at more than 500


class TokenKind(StrEnum):
    """What sort of token a route takes."""

    SESSION = "session"
    PARTNER_KEY = "partner_key"


class TokenRefused(Exception):
    """Nobody stands behind the token (any more)."""

    def __init__(self, kind: TokenKind) -> None:
        self.kind = kind
        super().__init__(f"nobody stands behind this {kind}")


class CallerResolver:
    """Turns tokens into callers. One per process; `monotonic` is machine time in seconds."""

    def __init__(
        self,
        identity: Identity,
        sessions: CallerCache,
        partners: CallerCache,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._identity = identity
        self._caches = {TokenKind.SESSION: sessions, TokenKind.PARTNER_KEY: partners}
        self._asking: dict[tuple[TokenKind, str], asyncio.Task[KnownCaller | None]] = {}
        self._monotonic = monotonic

    async def resolve(self, kind: TokenKind, token: str) -> KnownCaller:
        """Tell who calls. Raises TokenRefused, and ServiceAway when identity cannot be asked."""
        if len(token) > MAX_TOKEN_CHARACTERS or not (token.isascii() and token.isprintable()):
            raise TokenRefused(kind)
        token_hash, cache, now = hash_token(token), self._caches[kind], self._monotonic()
        if cache.is_refused(token_hash, now):
            raise TokenRefused(kind)
        caller = cache.find(token_hash, now) or await self._ask_once(kind, token, token_hash)
        if caller is None:
            raise TokenRefused(kind)
        return caller

    def forget_session(self, token_hash: str) -> None:
        """A session ended: forget it, and do not keep an answer that is on its way."""
        self._caches[TokenKind.SESSION].forget(token_hash)
        self._asking.pop((TokenKind.SESSION, token_hash), None)

    def forget_account(self, account_id: str) -> None:
        """Sessions of this account may have ended: forget them all, and keep no answer that is on its way."""
        self._caches[TokenKind.SESSION].forget_holder(account_id)
        self._asking.clear()

    def forget_everybody(self) -> None:
        """News may have been missed: ask identity again for everybody."""
        for cache in self._caches.values():
            cache.clear()
        self._asking.clear()

    async def _ask_once(self, kind: TokenKind, token: str, token_hash: str) -> KnownCaller | None:
        """Join the call that is under way for this token, or start one; a caller that leaves does not end it."""
        asking = self._asking.get((kind, token_hash))
        if asking is None:
            asking = asyncio.create_task(self._ask(kind, token, token_hash))
            self._asking[(kind, token_hash)] = asking
        return await asyncio.shield(asking)

    async def _ask(self, kind: TokenKind, token: str, token_hash: str) -> KnownCaller | None:
        me = asyncio.current_task()
        try:
            caller = await self._ask_identity(kind, token)
            if self._asking.get((kind, token_hash)) is me:
                self._remember(kind, token_hash, caller)
            return caller
        finally:
            if self._asking.get((kind, token_hash)) is me:
                del self._asking[(kind, token_hash)]

    async def _ask_identity(self, kind: TokenKind, token: str) -> KnownCaller | None:
        match kind:
            case TokenKind.SESSION:
                return await self._identity.resolve_session(token)
            case TokenKind.PARTNER_KEY:
                return await self._identity.resolve_partner_key(token)
            case _:
                assert_never(kind)

    def _remember(self, kind: TokenKind, token_hash: str, caller: KnownCaller | None) -> None:
        if caller is None:
            self._caches[kind].remember_refusal(token_hash, self._monotonic())
        else:
            self._caches[kind].remember(token_hash, caller, self._monotonic())
