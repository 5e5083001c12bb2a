"""What the gateway hears: that a session ended. Every copy must hear it, so each has a queue of its own.

The queue lives as long as its connection; what was said while there was none is made up for by forgetting everybody.
Without a broker the gateway serves all the same: what it remembers is then up to ten seconds old.
Next: `usecases/resolve_caller.py` forgets.
"""

import asyncio
from uuid import uuid4

import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from pydantic import ValidationError

from services.gateway.usecases.resolve_caller import CallerResolver
from shared.bus import keep_connected
from shared.contracts.identity import SessionEndedV1
from shared.log import describe

log = structlog.get_logger()
QUEUE_PREFIX = "gateway.sessions."


class SessionListener:
    """Makes the resolver forget sessions as they end. `listening` is set while the queue is there."""

    def __init__(self, amqp_url: str, resolver: CallerResolver) -> None:
        self._amqp_url = amqp_url
        self._resolver = resolver
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Listen for ever; ends only by cancellation."""
        await keep_connected(self._amqp_url, "gateway.sessions", self._listen)

    async def _listen(self, connection: AbstractConnection) -> None:
        lost = asyncio.Event()
        channel = await connection.channel()
        connection.close_callbacks.add(lambda *_: lost.set())
        channel.close_callbacks.add(lambda *_: lost.set())
        # a new name each time: the broker may not know yet that the last connection is gone, and hold its queue
        queue = await channel.declare_queue(f"{QUEUE_PREFIX}{uuid4()}", exclusive=True, auto_delete=True)
        await queue.bind(SessionEndedV1.EXCHANGE.value, f"{SessionEndedV1.TYPE}.*")
        await queue.consume(self._hear, no_ack=True)
        self._resolver.forget_everybody()
        self.listening.set()
        log.info("listening", queue=queue.name)
        try:
            await lost.wait()
        finally:
            self.listening.clear()

    async def _hear(self, message: AbstractIncomingMessage) -> None:
        try:
            ended = SessionEndedV1.model_validate_json(message.body)
        except ValidationError as error:
            log.warning("event_unreadable", type=SessionEndedV1.TYPE, **describe(error))
            return
        self._resolver.forget_session(ended.token_hash)
