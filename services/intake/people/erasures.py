"""Erases the keys of people whom an event of this service says to forget. The event is there first; whoever dies in between, the
next one goes on where the position stands."""

import asyncio
import logging
import time
from typing import LiteralString

import psycopg

from shared.connecting import connect
from shared.errors import UnavailableError
from shared.events.intake import PersonForgotten
from shared.metrics import LOOP_TURN
from shared.store.followed import move, stretch
from shared.store.store import Connection
from shared.vault import Vault

logger = logging.getLogger(__name__)

NAME = "erasures"
LOOK_EVERY = 1.0

_FORGOTTEN: LiteralString = (
    'SELECT stream_id FROM events WHERE position > %b AND position <= %b AND "offset" IS NULL AND type = %b'
)


class Erasures:
    """Follows the store. Several may run side by side: forgetting twice is forgetting once."""

    def __init__(self, dsn: str, service: str, vault: Vault) -> None:
        self._dsn = dsn
        self._service = service
        self._vault = vault

    async def run(self) -> None:
        """Until cancelled. What is away is tried again."""
        while True:
            try:
                async with await connect(self._dsn, name=f"{self._service} {NAME}") as connection:
                    await self._follow(connection)
            except (psycopg.Error, UnavailableError) as error:
                logger.warning("erasures start again", extra={"error": type(error).__name__})
            await asyncio.sleep(LOOK_EVERY)

    async def _follow(self, connection: Connection) -> None:
        while True:
            LOOP_TURN.labels(NAME).set(time.time())
            if not await self.step(connection):
                await asyncio.sleep(LOOK_EVERY)

    async def step(self, connection: Connection) -> bool:
        """Takes in what was said since; the position is moved after the keys are gone. Returns whether there is more."""
        ahead = await stretch(connection, NAME)
        told = await connection.execute(_FORGOTTEN, [ahead.done, ahead.until, PersonForgotten.TYPE], binary=True, prepare=True)
        people = [person_ref for (person_ref,) in await told.fetchall()]
        if people:
            await self._vault.forget(*people)
            logger.info("forgotten", extra={"people": len(people)})
        await move(connection, NAME, ahead)
        return ahead.more
