"""Editions of the informal-worker database on their way into the vault, and out of it, as the owner of its tables. Each batch
goes in with how far its file is read, so that a load that was killed goes on there; look-ups see whole editions only."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from shared import sealing

HASH_BYTES = 16
"""Of the person's keyed hash the first half: among 20 million, two people share it by chance less often than once in 10^23."""
SWAP_TRIES = 60
_SWAP_PAUSE = 0.2

_LOCK_KEY = 0x526F73746572  # "Roster"
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_ROW = b"\0\1" + HASH_BYTES.to_bytes(4, "big")
_END = b"\xff\xff"

_BEGIN: LiteralString = """
INSERT INTO roster_files (edition, sha256) VALUES (%s, %s) ON CONFLICT (edition, sha256) DO UPDATE SET edition = excluded.edition
RETURNING file, lines, ids, bad, state"""
_TAKE: LiteralString = "UPDATE roster_files SET lines = %s, ids = %s, bad = %s WHERE file = %s"
_EMPTY: LiteralString = """
DELETE FROM roster_editions e WHERE build = 0 AND NOT EXISTS (SELECT FROM roster_files f WHERE f.edition = e.edition)"""
_LISTED: LiteralString = """
SELECT edition, build, people, completed_at, files, reading, ids, bad FROM roster_editions LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'in use') AS files, count(*) FILTER (WHERE state <> 'in use') AS reading,
        coalesce(sum(ids) FILTER (WHERE state = 'in use'), 0)::bigint AS ids, coalesce(sum(bad), 0)::bigint AS bad
    FROM roster_files f WHERE f.edition = roster_editions.edition) counted ON true
ORDER BY edition"""
_NONE: LiteralString = (
    "CREATE OR REPLACE VIEW roster_newest AS SELECT key_ref, NULL::text AS edition, false AS in_database FROM keys"
)
_NEWEST: LiteralString = """
CREATE OR REPLACE VIEW roster_newest AS SELECT key_ref, {edition}::text AS edition, EXISTS (
    SELECT FROM {table} r WHERE r.person = encode(substring(k.person_hash FROM 1 FOR 16), 'hex')::uuid) AS in_database
FROM keys k"""


@dataclass(frozen=True, slots=True)
class BadLine:
    line: int
    """Counted from 1."""
    reason: str


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """A file of an edition: `lines` read, `ids` and `bad` lines among them. `state`: reading, read, in use."""

    file: int
    lines: int
    ids: int
    bad: int
    state: str


@dataclass(frozen=True, slots=True)
class Edition:
    """`build` 0: never complete yet. `files` are in use; `reading` were begun or read, and are not in use yet."""

    edition: str
    build: int
    people: int
    completed_at: datetime | None
    files: int
    reading: int
    ids: int
    bad: int


def entry(pepper: bytes, number: str) -> bytes:
    """What stands in an edition for a Thai citizen ID of 13 ASCII digits."""
    return sealing.hash_of_normalised(pepper, "thai", number)[:HASH_BYTES]


class Editions:
    """On an autocommit connection of the vault's owner. What is begun alone stays alone: see `alone`."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    async def alone(self, waiting: Callable[[], None]) -> None:
        """Returns when nobody else is loading or dropping, and keeps others waiting as long as the connection lasts. A load that
        was killed lets go when the server has noticed."""
        cursor = await self._connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK_KEY,))
        if await cursor.fetchone() != (True,):
            waiting()
            await self._connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK_KEY,))

    async def begin(self, edition: str, sha256: bytes) -> ReadSoFar:
        """Where reading the file goes on: at its first line when it is new."""
        async with self._connection.transaction():
            await self._connection.execute("INSERT INTO roster_editions (edition) VALUES (%s) ON CONFLICT DO NOTHING", (edition,))
            cursor = self._connection.cursor(row_factory=class_row(ReadSoFar))
            found = await (await cursor.execute(_BEGIN, (edition, sha256))).fetchone()
            assert found is not None  # an upsert always returns its row
            if found.state == "reading":
                make = sql.SQL("CREATE TABLE IF NOT EXISTS {} (person uuid NOT NULL)")
                await self._connection.execute(make.format(_staged(found.file)))
        return found

    async def take(self, so_far: ReadSoFar, *, lines: int, people: Sequence[bytes], bad: Sequence[BadLine]) -> ReadSoFar:
        """One batch, whole or not at all: `lines` is how far the file is read with it, `people` are as from `entry`."""
        now = replace(so_far, lines=lines, ids=so_far.ids + len(people), bad=so_far.bad + len(bad))
        async with self._connection.transaction(), self._connection.cursor() as cursor:
            into = sql.SQL("COPY {} (person) FROM STDIN (FORMAT BINARY)").format(_staged(so_far.file))
            async with cursor.copy(into) as copy:
                await copy.write(_SIGNATURE + b"".join([_ROW + person for person in people]) + _END)
            if bad:
                async with cursor.copy("COPY roster_bad_lines (file, line, reason) FROM STDIN") as copy:
                    await copy.write("".join(f"{so_far.file}\t{one.line}\t{one.reason}\n" for one in bad))
            await cursor.execute(_TAKE, (now.lines, now.ids, now.bad, now.file))
        return now

    async def read_to_end(self, so_far: ReadSoFar) -> None:
        await self._connection.execute("UPDATE roster_files SET state = 'read' WHERE file = %s", (so_far.file,))

    async def give_up(self, so_far: ReadSoFar) -> None:
        """The file is no file of citizen IDs: nothing of it is kept."""
        async with self._connection.transaction():
            await self._connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_staged(so_far.file)))
            await self._connection.execute("DELETE FROM roster_files WHERE file = %s", (so_far.file,))
            await self._connection.execute(_EMPTY)

    async def complete(self, edition: str) -> None:
        """Puts all files that are read to the end into use, beside those that were in use before. Written sorted by hash: nothing
        of the order that people had in the files is left. Until the last moment look-ups use what they used before."""
        files = await self._numbers("SELECT file FROM roster_files WHERE edition = %s AND state = 'read' ORDER BY file", edition)
        if not files:
            return
        (build,) = await self._numbers("SELECT build FROM roster_editions WHERE edition = %s", edition)
        before = [_table(edition, build)] if build else []
        staged, new = [_staged(file) for file in files], _table(edition, build + 1)
        people = await self._build(new, [*before, *staged])
        await self._swap(edition, [*before, *staged], build=build + 1, people=people, files=files)

    async def _build(self, new: sql.Identifier, sources: Sequence[sql.Identifier]) -> int:
        """Returns how many people are in it."""
        every = sql.SQL(" UNION ALL ").join(sql.SQL("SELECT person FROM {}").format(source) for source in sources)
        # A load that was killed here has left it behind.
        await self._connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(new))
        await self._connection.execute("SET work_mem = '128MB'")
        await self._connection.execute("SET maintenance_work_mem = '128MB'")
        async with self._connection.transaction():
            make = sql.SQL("CREATE TABLE {} AS SELECT DISTINCT person FROM ({}) every ORDER BY person").format(new, every)
            people = (await self._connection.execute(make)).rowcount
            await self._connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (person)").format(new))
        # So that a look-up reads the index alone.
        await self._connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(new))
        return people

    async def _swap(
        self, edition: str, superseded: Sequence[sql.Identifier], *, build: int, people: int, files: Sequence[int]
    ) -> None:
        async def swap() -> None:
            await self._connection.execute(
                "UPDATE roster_editions SET build = %s, people = %s, completed_at = now() WHERE edition = %s",
                (build, people, edition),
            )
            await self._connection.execute("UPDATE roster_files SET state = 'in use' WHERE file = ANY(%s)", (files,))
            await self._show_newest()
            await self._drop(superseded)

        await self._between_look_ups(swap)

    async def drop(self, edition: str) -> bool:
        """Whether there was one. Look-ups then use the newest that is left."""
        builds = await self._numbers("SELECT build FROM roster_editions WHERE edition = %s", edition)
        files = await self._numbers("SELECT file FROM roster_files WHERE edition = %s AND state <> 'in use'", edition)
        tables = [_table(edition, build) for build in builds if build] + [_staged(file) for file in files]

        async def drop() -> None:
            await self._connection.execute("DELETE FROM roster_editions WHERE edition = %s", (edition,))
            await self._show_newest()
            await self._drop(tables)

        await self._between_look_ups(drop)
        return bool(builds)

    async def listed(self) -> list[Edition]:
        cursor = self._connection.cursor(row_factory=class_row(Edition))
        return await (await cursor.execute(_LISTED)).fetchall()

    async def bad_lines(self, so_far: ReadSoFar) -> AsyncIterator[BadLine]:
        """In order; a few at a time, however many there are."""
        async with self._connection.transaction(), self._connection.cursor("bad_lines", row_factory=class_row(BadLine)) as cursor:
            await cursor.execute("SELECT line, reason FROM roster_bad_lines WHERE file = %s ORDER BY line", (so_far.file,))
            async for found in cursor:
                yield found

    async def _show_newest(self) -> None:
        cursor = await self._connection.execute(
            "SELECT edition, build FROM roster_editions WHERE build > 0 ORDER BY edition DESC LIMIT 1"
        )
        newest = await cursor.fetchone()
        if newest is None:
            await self._connection.execute(_NONE)
            return
        edition, build = newest
        view = sql.SQL(_NEWEST).format(edition=sql.Literal(edition), table=_table(edition, build))
        await self._connection.execute(view)

    async def _drop(self, tables: Sequence[sql.Identifier]) -> None:
        for table in tables:
            await self._connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))

    async def _between_look_ups(self, change: Callable[[], Any]) -> None:
        """What takes the view away for a moment waits only briefly in line: behind it every look-up would have to wait, too."""
        for last in (number == SWAP_TRIES for number in range(1, SWAP_TRIES + 1)):
            try:
                async with self._connection.transaction():
                    await self._connection.execute("SET LOCAL lock_timeout = '500ms'")
                    await change()
                return
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                if last:
                    raise
                await asyncio.sleep(_SWAP_PAUSE)

    async def _numbers(self, statement: LiteralString, edition: str) -> list[int]:
        return [number for (number,) in await (await self._connection.execute(statement, (edition,))).fetchall()]


def _table(edition: str, build: int) -> sql.Identifier:
    return sql.Identifier(f"roster_{edition.replace('-', '_')}_{build}")


def _staged(file: int) -> sql.Identifier:
    return sql.Identifier(f"roster_staged_{file}")
