"""How reporting's routes read: once the tables show what the store holds."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
from fastapi import Response

from services.reporting.projection import NAME
from shared.errors import NotFoundError
from shared.store.store import Connection
from shared.web import Edge

Found = TypeVar("Found")
Look = Callable[[Connection], Awaitable[Found | None]]


async def projected(edge: Edge, read: Callable[[Connection], Awaitable[Found]]) -> Found:
    """What the tables say once they show all that the store held when this was asked."""
    await edge.projected(NAME)
    async with edge.store.connection() as connection:
        return await read(connection)


async def known_soon(edge: Edge, look: Look[Found]) -> Found:
    """Raises NotFoundError for what is not known within a second: another service's word may be on its way."""
    found = await edge.soon(lambda: projected(edge, look))
    if found is None:
        raise NotFoundError
    return found


def as_json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
