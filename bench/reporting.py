"""Reporting: from Kafka full of everybody's events until the last of them is in its store and in all its tables. The bulk ear and
the projector run as in its worker, in one process."""

import asyncio
import time
from collections.abc import Iterator

import psycopg
import uvloop

from bench.figures import Figure
from bench.filled import relay_all, say_all, until
from bench.stage import Database, Stage
from bench.year import Year
from deploy.local.say import step
from services.reporting.projection import NAME, PROJECTION
from shared.broker import Broker
from shared.consume.hearing import Hearing
from shared.events.catalogue import TOPICS
from shared.projection import Projector, prepare
from shared.sight import EVERYTHING_SHOWN
from shared.store import Appender, Store
from shared.store.store import open_pool

ASKED = 12_000
ROUNDS = 5


def measure(stage: Stage) -> Iterator[Figure]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        with step("reporting: topics with years in them"):
            year = Year(stage.size(40_000, 4_000))
            suffix = runner.run(_fill(stage, year))
        rates, rounds = [], stage.rounds(ROUNDS)
        for number in rounds:
            database = stage.new_store()
            with step(f"reporting: round {number + 1} of {len(rounds)}, {len(year.said):,} events"):
                rates.append(runner.run(_rate(database, stage.kafka, suffix, len(year.said))))
            stage.drop(database.app)
    yield Figure("reporting, Kafka → events and all tables committed", rates, "events/s", ASKED)


async def _fill(stage: Stage, year: Year) -> str:
    database, suffix = stage.new_store(), stage.new_topics()
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        await say_all(connection, year)
    await relay_all(database.app, stage.kafka, suffix, len(year.said))
    stage.drop(database.app)
    return suffix


async def _rate(database: Database, kafka: Broker, suffix: str, events: int) -> float:
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True, options=EVERYTHING_SHOWN) as owner:
        await prepare(owner, PROJECTION)
    pool = open_pool(database.app, name="bench")
    store = Store(pool, Appender(database.app, "reporting"), "reporting")
    begun = time.perf_counter()
    running = [
        asyncio.create_task(Hearing(store, database.app, kafka, TOPICS, topic_suffix=suffix).run()),
        asyncio.create_task(Projector(database.app, "reporting", PROJECTION).run()),
    ]
    try:
        async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
            await until(connection, f"SELECT position FROM projections WHERE name = '{NAME}'", events)
        return events / (time.perf_counter() - begun)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
