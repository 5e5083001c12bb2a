"""What machines ask of a process: whether it lives, whether it can work, and its metrics.

The metrics are for operators alone: a public address does not have them (see `shared/running.py`).
"""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

Ready = Callable[[], Awaitable[Sequence[str]]]
Scrape = Callable[[], Awaitable[bytes]]


def add_health(app: web.Application, ready: Ready) -> None:
    """`/healthz` (the process lives) and `/readyz` (it can work, or says what it misses)."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        missing = await ready()
        return web.json_response(
            {"status": "waiting" if missing else "ready", "missing": list(missing)}, status=503 if missing else 200
        )

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)


def add_metrics(app: web.Application, scrape: Scrape) -> None:
    """`/metrics` in Prometheus' text form."""

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=await scrape(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/metrics", metrics)
