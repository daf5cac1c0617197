"""Rebuilding all of reporting's tables beside the live ones, from the first event to the swap, as the command does it."""

import asyncio
import time
from collections.abc import Iterator

import psycopg
import uvloop

from bench.figures import Figure
from bench.filled import hear_all
from bench.stage import Database, Stage
from bench.year import Year
from deploy.local.say import step
from services.reporting.projection import PROJECTION
from shared.projection import Projector, prepare, rebuild
from shared.sight import EVERYTHING_SHOWN

ASKED = 50_000
ROUNDS = 5


def measure(stage: Stage) -> Iterator[Figure]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        database = stage.new_store()
        with step("rebuild: a store that has heard years"):
            year = Year(stage.size(80_000, 8_000))
            runner.run(_fill(database, year))
        rates, rounds = [], stage.rounds(ROUNDS)
        for number in rounds:
            with step(f"rebuild: round {number + 1} of {len(rounds)}, {len(year.said):,} events"):
                rates.append(runner.run(_rate(database, len(year.said))))
        stage.drop(database.app)
    yield Figure("rebuild of all of reporting's tables", rates, "events/s", ASKED)


async def _fill(database: Database, year: Year) -> None:
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True, options=EVERYTHING_SHOWN) as owner:
        await prepare(owner, PROJECTION)
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        await hear_all(connection, year.said)
        while await Projector(database.app, "reporting", PROJECTION).step(connection):
            pass


async def _rate(database: Database, events: int) -> float:
    async with (
        await psycopg.AsyncConnection.connect(database.owner, autocommit=True, options=EVERYTHING_SHOWN) as connection,
        await psycopg.AsyncConnection.connect(database.owner, autocommit=True, options=EVERYTHING_SHOWN) as reader,
    ):
        begun = time.perf_counter()
        found = await rebuild(connection, reader, PROJECTION)
        seconds = time.perf_counter() - begun
    assert found.events == events, found
    return events / seconds
