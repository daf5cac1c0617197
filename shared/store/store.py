"""Reading a service's store, and the door to its appender."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from shared.connecting import CONNECT_SECONDS, TimedConnection, ask, check_when_idle
from shared.errors import UnavailableError
from shared.sight import Sight
from shared.store.appender import Appender
from shared.store.groups import Group, Outcome
from shared.store.records import COLUMNS, Recorded, Stream, streams_of

Connection = psycopg.AsyncConnection[Any]
POOL_TIMEOUT = 3.0
ANSWER_SECONDS = 4.0
_HEAD: LiteralString = "SELECT position FROM head"
_STREAMS: LiteralString = f"SELECT {COLUMNS} FROM events WHERE stream_id = ANY(%s::uuid[]) ORDER BY position"


def open_pool(dsn: str, *, name: str, size: int = 8, options: str = "") -> AsyncConnectionPool[TimedConnection]:
    """A pool (not yet open) whose connections are checked when taken: one that died, or hangs, is replaced, not handed out.
    `options`: of the connections; without any, row-level security shows nothing."""
    return AsyncConnectionPool(
        dsn,
        connection_class=TimedConnection,
        min_size=1,
        max_size=size,
        open=False,
        timeout=POOL_TIMEOUT,
        reconnect_timeout=2.0,
        check=check_when_idle,
        kwargs={"autocommit": True, "application_name": name, "connect_timeout": CONNECT_SECONDS, "options": options},
    )


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The first 2xx answer to a command key, and the keyed hash of its body."""

    body_hash: bytes
    answer: str


class Store:
    """One service's events. Every method raises UnavailableError `database_unavailable` when PostgreSQL is away."""

    def __init__(
        self, pool: AsyncConnectionPool[TimedConnection], appender: Appender, service: str, *, sight: Sight | None = None
    ) -> None:
        self._pool = pool
        self._appender = appender
        self._sight = sight
        self.service = service

    def seen(self, sight: Sight | None) -> "Store":
        """The same store, of which `load` and `load_many` show what that sight does; all of it with None."""
        return Store(self._pool, self._appender, self.service, sight=sight)

    @asynccontextmanager
    async def connection(self, *, patience: float = ANSWER_SECONDS) -> AsyncIterator[TimedConnection]:
        """A connection in autocommit that waits `patience` seconds for each answer; its loss turned into UnavailableError."""
        try:
            async with self._pool.connection() as connection:
                connection.patience = patience
                yield connection
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise UnavailableError("database_unavailable") from error

    async def append(self, group: Group) -> Outcome:
        """See Appender.append."""
        return await self._appender.append(group)

    async def load(self, stream: UUID) -> Stream:
        """All that the service knows of a stream; an empty one when it knows nothing."""
        return (await self.load_many([stream]))[stream]

    async def load_many(self, streams: Sequence[UUID]) -> dict[UUID, Stream]:
        """Several streams in one query."""
        rows = await ask(self._pool, _STREAMS, [list(streams)], patience=ANSWER_SECONDS, binary=True, sight=self._sight)
        return streams_of(self.service, streams, [Recorded(*row) for row in rows])

    async def head(self) -> int:
        """The last position given out; 0 in an empty store."""
        ((position,),) = await self._rows(_HEAD)
        return int(position)

    async def kept_answer(self, key: str) -> KeptAnswer | None:
        """What was answered to a command key, if it was ever stored."""
        rows = await self._rows("SELECT body_hash, answer::text FROM commands WHERE key = %s", key)
        return KeptAnswer(bytes(rows[0][0]), rows[0][1]) if rows else None

    async def holders(self, scope: str, keys: Sequence[str]) -> dict[str, UUID]:
        """Who holds each of the claims; those not held are left out."""
        return dict(
            await self._rows("SELECT key, stream_id FROM claims WHERE scope = %s AND key = ANY(%s::text[])", scope, list(keys))
        )

    async def knows(self, events: Iterable[tuple[UUID, str, int]]) -> bool:
        """Whether every (stream, source, version) is in the store."""
        wanted = set(events)
        if not wanted:
            return True
        ((found,),) = await self._rows(
            "SELECT count(*) FROM unnest(%s::uuid[], %s::text[], %s::int[]) AS w(stream, source, version)"
            " JOIN events e ON e.stream_id = w.stream AND e.source = w.source AND e.version = w.version",
            *(list(column) for column in zip(*wanted, strict=True)),
        )
        return bool(found == len(wanted))

    async def _rows(self, statement: LiteralString, *parameters: Any) -> list[TupleRow]:
        return await ask(self._pool, statement, parameters, patience=ANSWER_SECONDS)


async def load_on(connection: Connection, service: str, streams: Sequence[UUID]) -> dict[UUID, Stream]:
    """Several streams, within a transaction of the caller's."""
    cursor = await connection.execute(_STREAMS, [list(streams)], prepare=True, binary=True)
    return streams_of(service, streams, [Recorded(*row) for row in await cursor.fetchall()])


async def head_of(connection: Connection) -> int:
    cursor = await connection.execute(_HEAD, prepare=True)
    row = await cursor.fetchone()
    assert row is not None
    position: int = row[0]
    return position


async def read_after(connection: Connection, position: int, limit: int) -> list[Recorded]:
    """Events of the store after a position, in order."""
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM events WHERE position > %b ORDER BY position LIMIT %b",
        [position, limit],
        binary=True,
        prepare=True,
    )
    return [Recorded(*row) for row in await cursor.fetchall()]


async def read_own_after(connection: Connection, position: int, limit: int) -> list[Recorded]:
    """The service's own events after a position, in order: what the relay sends."""
    cursor = await connection.execute(
        f'SELECT {COLUMNS} FROM events WHERE "offset" IS NULL AND position > %b ORDER BY position LIMIT %b',
        [position, limit],
        binary=True,
        prepare=True,
    )
    return [Recorded(*row) for row in await cursor.fetchall()]
