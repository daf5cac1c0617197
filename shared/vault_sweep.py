"""Tells the vault which people stand in stored events, and has those swept that no event confirmed within a day."""

import asyncio
import logging
import time

import psycopg

from shared.connecting import connect
from shared.errors import UnavailableError
from shared.events.contract import sealed_in
from shared.metrics import LOOP_TURN, VAULT_SWEPT
from shared.sealer import Sealer
from shared.store.store import Connection, read_own_after
from shared.vault import Vault

logger = logging.getLogger(__name__)

BATCH = 1000
LOOK_EVERY = 5.0
SWEEP_EVERY = 3600.0
NAME = "vault confirmations"


class Confirmations:
    """Follows the service's own events. Confirming is idempotent; the position is moved after it."""

    def __init__(self, dsn: str, service: str, vault: Vault | Sealer) -> None:
        self._dsn = dsn
        self._service = service
        self._vault = vault
        self._swept_at = float("-inf")

    async def run(self) -> None:
        """Until cancelled. People are swept only right after everything there is was confirmed."""
        while True:
            LOOP_TURN.labels(NAME).set(time.time())
            try:
                async with await connect(self._dsn, name=f"{self._service} {NAME}") as connection:
                    await self._follow(connection)
            except (psycopg.Error, UnavailableError) as error:
                logger.warning("confirmations start again", extra={"error": type(error).__name__})
            await asyncio.sleep(LOOK_EVERY)

    async def _follow(self, connection: Connection) -> None:
        row = await (await connection.execute("SELECT pg_try_advisory_lock(hashtext('songtor.confirmations'))")).fetchone()
        while row and row[0]:
            LOOP_TURN.labels(NAME).set(time.time())
            if await self.step(connection) < BATCH:
                if time.monotonic() > self._swept_at + SWEEP_EVERY:
                    VAULT_SWEPT.inc(await self._vault.sweep())
                    self._swept_at = time.monotonic()
                await asyncio.sleep(LOOK_EVERY)

    async def step(self, connection: Connection) -> int:
        """Confirms one batch. Returns how many events it had."""
        row = await (await connection.execute("SELECT confirmed FROM confirmations")).fetchone()
        assert row is not None
        records = await read_own_after(connection, row[0], BATCH)
        if records:
            refs = {block.key_ref for record in records for block in sealed_in(record.event)}
            await self._vault.confirm(refs)
            await connection.execute("UPDATE confirmations SET confirmed = %s", [records[-1].position])
        return len(records)
