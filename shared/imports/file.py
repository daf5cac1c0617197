"""The file that was sent, kept sealed beside its import for a day, so that it can be given back with what was wrong. Its key lies
beside it, wrapped by the vault's master key, and is erased with it."""

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg

from shared.connecting import connect
from shared.imports.standing import Standing
from shared.metrics import IMPORT_FILES_ERASED, LOOP_TURN
from shared.store import Store
from shared.vault import Vault

logger = logging.getLogger(__name__)

PIECE_BYTES = 1024 * 1024
LOOK_EVERY = 30.0
SWEEP = "import files"

_KEEP: LiteralString = "INSERT INTO import_files VALUES (%s, %s, %s)"
_KEEP_KEY: LiteralString = "UPDATE imports SET file_key = %s WHERE id = %s AND attempt = %s"
_PIECES: LiteralString = "SELECT sealed FROM import_files WHERE import_id = %s ORDER BY piece"
_ERASE: LiteralString = """
WITH old AS (UPDATE imports SET file_key = NULL
             WHERE file_key IS NOT NULL AND created_at < clock_timestamp() - interval '24 hours' RETURNING id),
pieces AS (DELETE FROM import_files WHERE import_id IN (SELECT id FROM old))
SELECT id FROM old
"""


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
    pieces = [key.open_bytes(bytes(sealed)) for (sealed,) in rows]
    return await asyncio.to_thread(_written, path, pieces)


class FileSweep:
    """Erases files that are a day old. May run in several processes."""

    def __init__(self, dsn: str, service: str) -> None:
        self._dsn, self._service = dsn, service

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            LOOP_TURN.labels(SWEEP).set(time.time())
            try:
                await self.step()
            except psycopg.Error as error:
                logger.warning("files of imports are not erased", extra={"error": type(error).__name__})
            await asyncio.sleep(LOOK_EVERY)

    async def step(self) -> int:
        """Returns how many were erased."""
        async with await connect(self._dsn, name=f"{self._service} {SWEEP}") as connection:
            erased = len(await (await connection.execute(_ERASE)).fetchall())
        IMPORT_FILES_ERASED.inc(erased)
        return erased


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
