"""Many things to do in one request: each item is a command of its own, and its refusal is its own affair."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import Response

from shared.errors import NotFoundError, RefusedError
from shared.web.change import Change
from shared.web.edge import Edge

AT_ONCE = 100
"""Things under way at the same time: enough to fill the appender's batches, few enough that none waits long for a connection."""

Found = dict[str, Any]
"""What became of an item: what is kept of it, or a refusal with its `code`."""


async def do_each(
    edge: Edge, by_thing: Mapping[UUID, Sequence[int]], decide: Callable[[int], Awaitable[Change]]
) -> dict[int, Found]:
    """What became of each item, by its number. `by_thing`: the numbers of the items on each thing; they go one after another.
    Raises UnavailableError when some could not be tried; the same key again then finishes what is left, and finds what was
    done."""
    turns = asyncio.Semaphore(AT_ONCE)
    found: dict[int, Found] = {}

    async def do(numbers: Sequence[int]) -> None:
        async with turns:
            for number in numbers:
                found[number] = await _done(edge, number, decide)

    for end in await asyncio.gather(*map(do, by_thing.values()), return_exceptions=True):
        if end is not None:
            raise end
    return found


async def _done(edge: Edge, number: int, decide: Callable[[int], Awaitable[Change]]) -> Found:
    try:
        return await edge.write_item(number, lambda: decide(number))
    except NotFoundError as error:
        return {"code": error.code}
    except RefusedError as error:
        if error.status == 422:  # the key was used with another body: that is the whole request's fault
            raise
        return {"code": error.code}


def is_done(found: Found) -> bool:
    return "position" in found


async def keep_all(edge: Edge, items: Sequence[dict[str, Any]], found: Sequence[Found]) -> Response:
    """The answer to the whole: `items` as they are told, kept so that it can be given again."""
    positions = [one["position"] for one in found if is_done(one)]
    refused = [one["code"] for one in found if not is_done(one)]
    return await edge.keep({"items": [*items]}, positions[-1] if positions else None, refused)
