"""The relay: from a store full of own events until Kafka has acknowledged the last of them."""

import asyncio
import time
from collections.abc import Iterator

import psycopg
import uvloop

from bench.figures import Figure
from bench.filled import relay_all, say_all
from bench.stage import Database, Stage
from bench.year import Year
from deploy.local.say import step
from shared.broker import Broker
from shared.sight import EVERYTHING_SHOWN

ASKED = 20_000
ROUNDS = 5


def measure(stage: Stage) -> Iterator[Figure]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        database = stage.new_store()
        with step("relay: a store with years in it"):
            year = Year(stage.size(40_000, 4_000))
            runner.run(_fill(database, year))
            suffix = stage.new_topics()
            runner.run(_rate(database, stage.kafka, suffix, len(year.said)))  # the broker opens its files
        rates, rounds = [], stage.rounds(ROUNDS)
        for number in rounds:
            with step(f"relay: round {number + 1} of {len(rounds)}, {len(year.said):,} events"):
                rates.append(runner.run(_rate(database, stage.kafka, suffix, len(year.said))))
        stage.drop(database.app)
    yield Figure("relay, store → Kafka acknowledged", rates, "events/s", ASKED)


async def _fill(database: Database, year: Year) -> None:
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        await say_all(connection, year)


async def _rate(database: Database, kafka: Broker, suffix: str, events: int) -> float:
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        await connection.execute("UPDATE relay SET cursor = 0")
    begun = time.perf_counter()
    await relay_all(database.app, kafka, suffix, events)
    return events / (time.perf_counter() - begun)
