"""`/internal/openapi.json`: a service's part of the public document, for the gateway to put together."""

import orjson

from shared.http.openapi import openapi_part
from shared.http.routes import Call, Reply, Route, Who


def openapi_route(routes: tuple[Route, ...]) -> Route:
    """The route that shows the part made from `routes`; built once, at the first question."""
    made: list[bytes] = []

    async def show(_call: Call[object, None]) -> Reply:
        if not made:
            made.append(orjson.dumps(openapi_part(routes)))
        return Reply(made[0])

    return Route("GET", "/internal/openapi.json", show, who=Who.GATEWAY, summary="Part of the public document")
