"""Folds all events into the next build beside the live one, compares if asked, and swaps. Readers see the old rows until then."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from psycopg import sql
from psycopg.errors import LockNotAvailable

from shared.projection.builds import create_indexes, create_tables, drop, live_build, settle, short_lock, show
from shared.projection.policies import built
from shared.projection.tables import Projection, Rows
from shared.projection.writing import write
from shared.store.store import Connection, head_of, read_after

logger = logging.getLogger(__name__)

BATCH = 5000
SWAP_TRIES = 40
SWAP_PAUSE = 0.25

Progress = Callable[[int, int], None]
"""Told (events folded, events there are) after each batch."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild found. `differing` counts rows per table that are in only one of the builds; None if not compared."""

    build: int
    events: int
    differing: dict[str, int] | None


async def rebuild(
    connection: Connection, reader: Connection, projection: Projection, *, compare: bool = False, progress: Progress | None = None
) -> Rebuilt:
    """Builds anew and swaps. `connection` writes and `reader` reads, both as the tables' owner. A build left by a killed
    rebuild is dropped first. Raises LockNotAvailable when the swap found no quiet moment in 10 s."""
    build = await _start(connection, projection)
    position = await _fold_all(connection, reader, projection, build, progress)
    await create_indexes(connection, projection, build)
    await settle(connection, projection, build)
    for attempt in range(SWAP_TRIES):
        try:
            async with short_lock(connection):
                position = await _catch_up(connection, projection, build, position)
                differing = await _compare(connection, projection, build) if compare else None
                await _swap(connection, projection, build)
            break
        except LockNotAvailable:
            if attempt == SWAP_TRIES - 1:
                raise
            await asyncio.sleep(SWAP_PAUSE)
    await _drop_older(connection, projection, build)
    return Rebuilt(build, position, differing)


async def _start(connection: Connection, projection: Projection) -> int:
    cursor = await connection.execute("SELECT build FROM projections WHERE name = %s AND status = 'building'", [projection.name])
    for (left,) in await cursor.fetchall():
        await drop(connection, projection, left)
    row = await (
        await connection.execute("SELECT coalesce(max(build), 0) + 1 FROM projections WHERE name = %s", [projection.name])
    ).fetchone()
    assert row is not None
    build: int = row[0]
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO projections (name, build, definition, status) VALUES (%s, %s, %s, 'building')",
            [projection.name, build, projection.definition],
        )
        await create_tables(connection, projection, build)
    return build


async def _fold_all(
    connection: Connection, reader: Connection, projection: Projection, build: int, progress: Progress | None
) -> int:
    """Everything up to the head: while one batch is folded, the one before is written and the one after is read."""
    tell = progress or (lambda done, total: None)
    position, head = 0, await head_of(reader)
    rows, records = Rows(), await read_after(reader, 0, BATCH)
    while records:
        last = records[-1].position
        both = asyncio.gather(_write_batch(connection, projection, build, rows), read_after(reader, last, BATCH))
        await asyncio.sleep(0)  # both are on their way
        rows = projection.fold(records)
        _, records = await both
        tell(position, max(head, position))
        position = last
    await _write_batch(connection, projection, build, rows)
    tell(position, max(head, position))
    return position


async def _write_batch(connection: Connection, projection: Projection, build: int, rows: Rows) -> None:
    """All statements are sent at once, so that the server need not wait for us between them."""
    async with connection.pipeline(), connection.transaction():
        await write(connection, projection, build, rows)


async def _catch_up(connection: Connection, projection: Projection, build: int, position: int) -> int:
    """Both builds to one position. The live one is held still by a lock on its row until the swap; where it is behind, because
    no projector runs, it is brought forward here, so that comparing means something."""
    live = await live_build(connection, projection.name, lock=True)
    goal = live.position if live is not None else 0
    position = await _advance(connection, projection, build, position, goal)
    if live is not None and live.definition == projection.definition:
        await _advance(connection, projection, live.build, goal, position)
    return position


async def _advance(connection: Connection, projection: Projection, build: int, position: int, goal: int) -> int:
    while position < goal:
        records = [record for record in await read_after(connection, position, BATCH) if record.position <= goal]
        await write(connection, projection, build, projection.fold(records))
        position = records[-1].position
    await connection.execute(
        "UPDATE projections SET position = %s WHERE name = %s AND build = %s", [position, projection.name, build]
    )
    return position


async def _compare(connection: Connection, projection: Projection, build: int) -> dict[str, int]:
    live = await live_build(connection, projection.name)
    if live is None:
        return {}
    differing = {}
    for table in projection.tables:
        old, new = built(table.name, live.build), built(table.name, build)
        row = await (
            await connection.execute(
                sql.SQL(
                    "SELECT (SELECT count(*) FROM (TABLE {0} EXCEPT TABLE {1}) a)"
                    " + (SELECT count(*) FROM (TABLE {1} EXCEPT TABLE {0}) b)"
                ).format(old, new)
            )
        ).fetchone()
        differing[table.name] = row[0] if row else 0
    return differing


async def _swap(connection: Connection, projection: Projection, build: int) -> None:
    await connection.execute("UPDATE projections SET status = 'old' WHERE name = %s AND status = 'live'", [projection.name])
    await connection.execute(
        "UPDATE projections SET status = 'live', changed_at = clock_timestamp() WHERE name = %s AND build = %s",
        [projection.name, build],
    )
    await show(connection, projection, build)


async def _drop_older(connection: Connection, projection: Projection, build: int) -> None:
    """Keeps the build before, to go back to."""
    cursor = await connection.execute(
        "SELECT build FROM projections WHERE name = %s AND status = 'old' ORDER BY build DESC OFFSET 1", [projection.name]
    )
    for (older,) in await cursor.fetchall():
        await drop(connection, projection, older)
