"""Follows the store with one projection, one active process each: a batch is folded in memory and written in the transaction
that moves the position. Killed at any moment, it goes on from there."""

import asyncio
import logging
import time
from typing import LiteralString

import psycopg

from shared.connecting import connect
from shared.metrics import LOOP_TURN, PROJECTION_BATCH, PROJECTION_FAILURES, PROJECTION_HEAD, PROJECTION_POSITION
from shared.pace import Pace
from shared.projection.builds import live_build
from shared.projection.tables import Projection
from shared.projection.writing import write
from shared.store.notices import LOOK_EVERY, listen, told_of_more
from shared.store.store import Connection, head_of, read_after

logger = logging.getLogger(__name__)

BATCH = 2000
PAUSE = 0.3
APART = 0.025
"""Seconds between the beginnings of two batches, when there is no more than a batch."""
_MOVE: LiteralString = (
    "UPDATE projections SET position = %b, changed_at = clock_timestamp()"
    " WHERE name = %b AND build = %b AND status = 'live' AND position = %b"
)


class Projector:
    """Keeps one projection at the store's head."""

    def __init__(self, dsn: str, service: str, projection: Projection, *, batch: int = BATCH) -> None:
        self._dsn = dsn
        self._service = service
        self._projection = projection
        self._batch = batch
        self._position = 0

    async def run(self) -> None:
        """Projects until cancelled; after any database error it starts again from the saved position."""
        while True:
            try:
                await self._elected()
            except psycopg.Error as error:
                PROJECTION_FAILURES.labels(self._projection.name, type(error).__name__).inc()
                logger.warning(
                    "projection starts again", extra={"projection": self._projection.name, "error": type(error).__name__}
                )
            await asyncio.sleep(PAUSE)

    async def _elected(self) -> None:
        name = f"{self._service} projection {self._projection.name}"
        connection = await connect(self._dsn, name=name)
        async with connection:
            await listen(connection)
            # Rows and position are lost together in a crash, and made again: no need to wait for the disk.
            await connection.execute("SET synchronous_commit = off")
            if not await _won(connection, self._projection.name):
                await asyncio.sleep(LOOK_EVERY)
                return
            await self._follow(connection)

    async def _follow(self, connection: Connection) -> None:
        turn, pace = LOOP_TURN.labels(f"projection {self._projection.name}"), Pace(APART)
        while True:
            turn.set(time.time())
            if await self.step(connection) < self._batch:
                await told_of_more(connection, self._position)
                await pace.turn()

    async def step(self, connection: Connection) -> int:
        """Takes in one batch. Returns how many events it had."""
        live = await live_build(connection, self._projection.name)
        if live is None:
            raise psycopg.ProgrammingError("no live build: run migrate first")
        build, position = live.build, live.position
        if live.definition != self._projection.definition:
            raise psycopg.ProgrammingError("the live build has another definition: run migrate first")
        records = await read_after(connection, position, self._batch)
        last = records[-1].position if records else position
        PROJECTION_HEAD.labels(self._projection.name).set(last if len(records) < self._batch else await head_of(connection))
        self._position = last
        if not records:
            return 0
        rows = self._projection.fold(records)
        async with connection.transaction():
            moved = await connection.execute(_MOVE, [last, self._projection.name, build, position], binary=True, prepare=True)
            if moved.rowcount != 1:
                raise psycopg.OperationalError("the position moved under us: another projector, or a swap")
            await write(connection, self._projection, build, rows)
        PROJECTION_POSITION.labels(self._projection.name).set(last)
        PROJECTION_BATCH.labels(self._projection.name).observe(len(records))
        return len(records)


async def _won(connection: Connection, name: str) -> bool:
    row = await (await connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"songtor.projection.{name}"])).fetchone()
    return bool(row and row[0])
