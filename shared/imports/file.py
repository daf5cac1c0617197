"""The file that was sent, kept sealed beside its import for a day, so that it can be given back with what was wrong, or until
somebody is forgotten: who stands in which file is not known. Its key lies beside it, wrapped by the vault's master key, and is
erased with it."""

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg

from shared.connecting import connect
from shared.events.intake import PersonForgotten
from shared.imports.standing import Standing
from shared.metrics import IMPORT_FILES_ERASED, LOOP_TURN
from shared.store import Store
from shared.store.followed import move, stretch
from shared.store.store import Connection
from shared.vault import Vault

logger = logging.getLogger(__name__)

PIECE_BYTES = 1024 * 1024
LOOK_EVERY = 2.0
"""Whoever is forgotten is to be gone within seconds."""
SWEEP = "import files"

_KEEP: LiteralString = "INSERT INTO import_files VALUES (%s, %s, %s)"
_KEEP_KEY: LiteralString = "UPDATE imports SET file_key = %s WHERE id = %s AND attempt = %s"
_PIECES: LiteralString = "SELECT sealed FROM import_files WHERE import_id = %s ORDER BY piece"
_ERASE: LiteralString = """
WITH old AS (UPDATE imports SET file_key = NULL
             WHERE file_key IS NOT NULL AND (%s OR created_at < clock_timestamp() - interval '24 hours') RETURNING id),
pieces AS (DELETE FROM import_files WHERE import_id IN (SELECT id FROM old))
SELECT id FROM old
"""
_FORGOTTEN: LiteralString = "SELECT EXISTS (SELECT FROM events WHERE position > %s AND position <= %s AND type = %s)"


async def keep(store: Store, vault: Vault, one: Standing, path: Path) -> None:
    """All of it or nothing."""
    wrapped, key = vault.file_key(one.id)
    async with store.connection() as connection, connection.transaction():
        await connection.execute(_KEEP_KEY, [wrapped, one.id, one.attempt])
        for number, piece in enumerate(_pieces(path)):
            await connection.execute(_KEEP, [one.id, number, key.seal_bytes(piece)])


async def give_back(store: Store, vault: Vault, one: Standing, path: Path) -> bool:
    """Writes it to `path`, as it was sent. False where it is erased."""
    if one.file_key is None:
        return False
    _, key = vault.file_key(one.id, one.file_key)
    async with store.connection() as connection:
        rows = await (await connection.execute(_PIECES, [one.id])).fetchall()
    if not rows:
        return False  # since `one` was looked up
    pieces = [key.open_bytes(bytes(sealed)) for (sealed,) in rows]
    return await asyncio.to_thread(_written, path, pieces)


class FileSweep:
    """Erases files that are a day old, and all there are when somebody is forgotten, which this service says or hears. May run
    in several processes."""

    def __init__(self, dsn: str, service: str) -> None:
        self._dsn, self._service = dsn, service

    async def run(self) -> None:
        """Until cancelled. What is away is tried again."""
        while True:
            try:
                async with await connect(self._dsn, name=f"{self._service} {SWEEP}") as connection:
                    await self._follow(connection)
            except psycopg.Error as error:
                logger.warning("files of imports are not erased", extra={"error": type(error).__name__})
            await asyncio.sleep(LOOK_EVERY)

    async def _follow(self, connection: Connection) -> None:
        while True:
            LOOP_TURN.labels(SWEEP).set(time.time())
            if not await self.step(connection):
                await asyncio.sleep(LOOK_EVERY)

    async def step(self, connection: Connection) -> bool:
        """The position is moved when the files are gone. Returns whether there is more to look at."""
        ahead = await stretch(connection, SWEEP)
        told = await connection.execute(_FORGOTTEN, [ahead.done, ahead.until, PersonForgotten.TYPE], prepare=True)
        forgotten = await told.fetchone() == (True,)
        erased = await (await connection.execute(_ERASE, [forgotten], prepare=True)).fetchall()
        IMPORT_FILES_ERASED.inc(len(erased))
        await move(connection, SWEEP, ahead)
        return ahead.more


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as sent:
        while piece := sent.read(PIECE_BYTES):
            yield piece


def _written(path: Path, pieces: list[bytes | None]) -> bool:
    with path.open("wb") as out:
        for piece in pieces:
            if piece is None:
                return False
            out.write(piece)
    return True
