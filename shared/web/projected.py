"""Waiting until what was written is in a projection, so that a list shows it."""

import asyncio

from shared.errors import NotYetVisibleError
from shared.store.store import Store

VISIBLE_SECONDS = 10.0
FIRST_STEP = 0.002
LONGEST_STEP = 0.025

_BEHIND = "SELECT h.position, p.position FROM head h, projections p WHERE p.name = %s AND p.status = 'live'"


async def until_projected(store: Store, projection: str, *, seconds: float = VISIBLE_SECONDS) -> None:
    """Returns when the projection has reached the head the store had when this was called. Raises NotYetVisibleError."""
    end = asyncio.get_running_loop().time() + seconds
    step, goal = FIRST_STEP, None
    while True:
        async with store.connection() as connection:
            row = await (await connection.execute(_BEHIND, [projection], prepare=True)).fetchone()
        if row is not None:
            goal = row[0] if goal is None else goal
            if row[1] >= goal:
                return
        if asyncio.get_running_loop().time() > end:
            raise NotYetVisibleError
        await asyncio.sleep(step)
        step = min(step * 1.5, LONGEST_STEP)
