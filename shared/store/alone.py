"""Deciding while nothing else can be appended: for what freezes the state of a whole store and not of a few streams. Every other
append of the service waits meanwhile, so what is done alone must be short."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import psycopg

from shared.connecting import TimedConnection
from shared.errors import NotYetVisibleError, UnavailableError
from shared.store.call import append_call, outcome_of
from shared.store.groups import Group, Outcome
from shared.store.records import Stream
from shared.store.store import Store, load_on

SHOWN_SECONDS = 2.0
SHOWN_STEP = 0.002


@dataclass(slots=True)
class Alone:
    """The moment `at`: all up to `position` was known by then, what comes later will be known after it. What is read must be
    read on `connection`: callers who wait for their turn may hold all others of the pool."""

    connection: TimedConnection
    position: int
    at: datetime
    _service: str
    sent: bool = field(default=False, init=False)

    async def load(self, stream: UUID) -> Stream:
        """All that the service knows of a stream."""
        return (await load_on(self.connection, self._service, [stream]))[stream]

    async def shown(self, projection: str) -> None:
        """Returns when a projection shows all that was known at this moment. Raises NotYetVisibleError soon if not: callers
        wait for it before they ask to be alone."""
        end = asyncio.get_running_loop().time() + SHOWN_SECONDS
        while True:
            cursor = await self.connection.execute(
                "SELECT position FROM projections WHERE name = %s AND status = 'live'", [projection], prepare=True
            )
            row = await cursor.fetchone()
            if row is not None and row[0] >= self.position:
                return
            if asyncio.get_running_loop().time() > end:
                raise NotYetVisibleError
            await asyncio.sleep(SHOWN_STEP)

    async def append(self, group: Group) -> Outcome:
        """Stored when the block that gave this ends. Raises what Appender.append raises."""
        self.sent = True
        head, losers = await append_call(self.connection, self._service, [group], prepared=False)
        return outcome_of(head, losers.get(0))


@asynccontextmanager
async def alone(store: Store) -> AsyncIterator[Alone]:
    """Raises UnavailableError: `database_unavailable` (nothing was done; also when others do not let go in time), or
    `outcome_unknown` (the connection died after the append was sent: ask again with the same key)."""
    found: Alone | None = None
    try:
        async with store.connection() as connection, connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '3s'")
            row = await (await connection.execute("SELECT position, at FROM moment()")).fetchone()
            assert row is not None
            found = Alone(connection, row[0], row[1], store.service)
            yield found
    except UnavailableError as error:
        lost = isinstance(error.__cause__, psycopg.OperationalError) and found is not None and found.connection.closed
        if lost and found is not None and found.sent:
            raise UnavailableError("outcome_unknown") from error
        raise
