"""Reactions through Faust on the real Kafka, in processes that are killed and joined by others: nothing lost, nothing twice."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import psycopg
import pytest

from shared.consume.parking import Message
from shared.ids import new_id
from shared.sight import EVERYTHING_SHOWN
from tests.support.kafka_records import message, recorded, send
from tests.support.servers import KafkaServer, PostgresServer
from tests.support.stores import Database, new_store, unit_closed, unit_opened
from tests.support.topics import PARTITIONS, make_topics

pytestmark = pytest.mark.integration

TOPIC = "registry.units"
Ear = asyncio.subprocess.Process


@pytest.fixture
def database(postgres: PostgresServer) -> Database:
    return new_store(postgres)


@pytest.fixture
def suffix(kafka: KafkaServer) -> str:
    suffix = f"--{uuid4().hex[:8]}"
    make_topics(kafka.bootstrap, suffix, (TOPIC,))
    return suffix


@contextlib.asynccontextmanager
async def ear(database: Database, kafka: KafkaServer, suffix: str, replica: str) -> AsyncIterator[Ear]:
    arguments = [database.app, kafka.bootstrap, suffix, replica]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.ear", *arguments, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until_heard(database: Database, count: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while (found := await heard(database)) < count:
        assert time.monotonic() < end, f"only {found} of {count} events were heard"
        await asyncio.sleep(0.02)


async def heard(database: Database) -> int:
    async with await psycopg.AsyncConnection.connect(database.app, options=EVERYTHING_SHOWN) as connection:
        row = await (await connection.execute("SELECT count(*) FROM events WHERE source = 'registry'")).fetchone()
        assert row is not None
        count: int = row[0]
        return count


async def assert_each_once_and_in_order(database: Database, units: list[UUID]) -> None:
    async with await psycopg.AsyncConnection.connect(database.app, options=EVERYTHING_SHOWN) as connection:
        cursor = await connection.execute(
            "SELECT stream_id, array_agg(source || ' ' || version ORDER BY position) FROM events GROUP BY stream_id"
        )
        found: dict[UUID, list[str]] = dict(await cursor.fetchall())
        assert (await (await connection.execute("SELECT count(*) FROM parked")).fetchone()) == (0,)
    assert set(found) == set(units)
    assert {tuple(order) for order in found.values()} == {("registry 1", "intake 1", "registry 2")}


def opened_then_closed(units: list[UUID]) -> list[Message]:
    """First all openings, then all closings, each unit on its partition."""
    first = [message(recorded(unit_opened(unit)), partition=unit.int % PARTITIONS) for unit in units]
    second = [message(recorded(unit_closed(unit), version=2), partition=unit.int % PARTITIONS) for unit in units]
    return first + second


async def test_killed_at_any_moment_it_loses_nothing_and_does_nothing_twice(
    database: Database, kafka: KafkaServer, suffix: str
) -> None:
    units = [new_id() for _ in range(300)]
    sending = asyncio.create_task(send(kafka.bootstrap, opened_then_closed(units), suffix=suffix))
    for goal in (40, 200, 420):
        async with ear(database, kafka, suffix, "0") as process:
            await until_heard(database, goal)
            process.kill()
    async with ear(database, kafka, suffix, "0"):
        await until_heard(database, 600)
    await sending
    await assert_each_once_and_in_order(database, units)


async def test_a_second_process_joins_and_leaves_without_loss(database: Database, kafka: KafkaServer, suffix: str) -> None:
    units = [new_id() for _ in range(300)]
    async with ear(database, kafka, suffix, "0"):
        sending = asyncio.create_task(send(kafka.bootstrap, opened_then_closed(units), suffix=suffix))
        await until_heard(database, 100)
        async with ear(database, kafka, suffix, "1") as second:
            await until_heard(database, 400)
            second.terminate()
            await asyncio.wait_for(second.wait(), 15)
        await until_heard(database, 600)
        await sending
    await assert_each_once_and_in_order(database, units)


async def test_a_broker_that_is_killed_and_comes_back_is_heard_again(database: Database, kafka: KafkaServer, suffix: str) -> None:
    units = [new_id() for _ in range(40)]
    records = opened_then_closed(units)
    async with ear(database, kafka, suffix, "0"):
        await send(kafka.bootstrap, records[:40], suffix=suffix)
        await until_heard(database, 40)
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        await send(kafka.bootstrap, records[40:], suffix=suffix)
        await until_heard(database, 80)
    await assert_each_once_and_in_order(database, units)
