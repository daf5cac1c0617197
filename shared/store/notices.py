"""Waiting for events: each call that stores some tells of the position that it came to, `shared/schema/store`."""

from contextlib import aclosing

from shared.store.store import Connection

LOOK_EVERY = 1.0
"""Seconds after which a reader looks by itself: a lost notice must not stop it."""


async def listen(connection: Connection) -> None:
    await connection.execute("LISTEN events")


async def told_of_more(connection: Connection, position: int) -> None:
    """Returns when there is something after a position, or after LOOK_EVERY. Notices of what was read meanwhile are passed by."""
    async with aclosing(connection.notifies(timeout=LOOK_EVERY)) as notices:
        async for notice in notices:
            if int(notice.payload) > position:
                return
