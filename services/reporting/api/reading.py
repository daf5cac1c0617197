"""How reporting's routes read: once the tables show what the store holds, and of it what the caller may see."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
from fastapi import Response

from services.reporting.projection import NAME
from shared.access import EVERYTHING, Reach
from shared.errors import NotFoundError
from shared.sight import see
from shared.store.store import Connection
from shared.web import Edge

Found = TypeVar("Found")
Look = Callable[[Connection], Awaitable[Found | None]]


async def projected(edge: Edge, read: Callable[[Connection], Awaitable[Found]], *, reach: Reach | None = None) -> Found:
    """What the tables say once they show all that the store held when this was asked. `reach`: as of `Edge.reading`."""
    await edge.projected(NAME)
    async with edge.reading(reach) as connection:
        return await read(connection)


async def known_soon(edge: Edge, look: Look[Found]) -> Found:
    """Raises NotFoundError for what is not known within a second: another service's word may be on its way. What the caller may
    not touch `look` must not find either: then its answer takes as long."""
    found = await edge.soon(lambda: projected(edge, look))
    if found is None:
        raise NotFoundError
    return found


async def show_all(connection: Connection) -> None:
    """Lets a transaction see everything, for what must be the same whoever asks: the caller's right to it is known by now."""
    await see(connection, EVERYTHING.sight)


def as_json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
