"""Connections to PostgreSQL that do not wait for ever. A server that is gone says so; one that hangs, or is behind a broken
network, says nothing at all."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout  # it has no public name; the version is pinned
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from shared.errors import UnavailableError
from shared.sight import EVERYTHING_SHOWN, Sight, see

CONNECT_SECONDS = 3
LOOP_SECONDS = 30.0
"""For loops that run by themselves: longer than their largest batch takes, and nobody waits for them."""
CHECK_SECONDS = 1.0
CHECKED_FOR_SECONDS = 1.0
FORGIVEN_SECONDS = 0.5
_LOOK_EVERY = 0.1

Found = TypeVar("Found")


class TimedConnection(psycopg.AsyncConnection[Any]):
    """Waits `patience` seconds for each answer. Then it is closed, as if the server had gone, and raises OperationalError.

    psycopg's own way out, to cancel what a caller waits for, asks the same server, and waits ten more seconds for it."""

    patience: float = CONNECT_SECONDS
    answered_at: float = float("-inf")
    """On the monotonic clock: when the server last said anything."""

    async def wait(self, gen: PQGen[Found], interval: float = _LOOK_EVERY, timeout: float | None = None) -> Found:
        """`timeout`: of one who knows what to do when nothing comes, as with notifications."""
        if timeout is not None:
            return await super().wait(gen, interval, timeout)
        try:
            found = await super().wait(gen, interval, self.patience)
            self.answered_at = time.monotonic()
            return found
        except _WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer in time") from None


async def check_when_idle(connection: TimedConnection) -> None:
    """For a pool's `check`: raises psycopg.Error within CHECK_SECONDS. One that answered a moment ago is not asked again: that
    would cost as much as the question itself."""
    if time.monotonic() - connection.answered_at > CHECKED_FOR_SECONDS:
        connection.patience = CHECK_SECONDS
        await connection.execute("")


async def ask(
    pool: AsyncConnectionPool[TimedConnection],
    statement: LiteralString,
    parameters: Sequence[Any] | Mapping[str, Any],
    *,
    patience: float,
    binary: bool = False,
    sight: Sight | None = None,
) -> list[TupleRow]:
    """The rows of one statement that may be repeated: a connection that died unnoticed is forgiven for a moment. With `sight`
    only what that shows. Raises UnavailableError `database_unavailable`, at the latest when the pool's timeout and `patience`
    are over."""
    began = time.monotonic()
    while True:
        try:
            async with pool.connection() as connection:
                connection.patience = patience
                if sight is None:
                    return await _rows(connection, statement, parameters, binary)
                async with connection.transaction():
                    await see(connection, sight)
                    return await _rows(connection, statement, parameters, binary)
        except PoolTimeout as error:
            raise UnavailableError("database_unavailable") from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if time.monotonic() - began > FORGIVEN_SECONDS:
                raise UnavailableError("database_unavailable") from error


async def _rows(
    connection: TimedConnection, statement: LiteralString, parameters: Sequence[Any] | Mapping[str, Any], binary: bool
) -> list[TupleRow]:
    cursor = await connection.execute(statement, parameters, binary=binary, prepare=True)
    return await cursor.fetchall() if cursor.description else []


async def connect(dsn: str, *, name: str, patience: float = LOOP_SECONDS) -> TimedConnection:
    """One connection of its own, in autocommit, for a loop that runs on it, and is shown everything. `name` is shown in
    `pg_stat_activity`."""
    connection: TimedConnection = await TimedConnection.connect(
        dsn, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name=name, options=EVERYTHING_SHOWN
    )
    connection.patience = patience
    return connection
