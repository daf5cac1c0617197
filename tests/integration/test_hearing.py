"""Hearing in bulk on the real Kafka and PostgreSQL: events and offsets in one transaction, whatever comes twice or is garbage."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import psycopg
import pytest

from shared.broker import Broker
from shared.consume import parking
from shared.consume.hearing import Hearing
from shared.consume.parking import Message
from shared.ids import new_id
from shared.sight import EVERYTHING_SHOWN
from shared.store import Store
from shared.store.store import Connection
from tests.support.kafka_records import at_offsets, message, recorded, send
from tests.support.servers import KafkaServer, PostgresServer
from tests.support.stores import Database, new_store, running_store, unit_closed, unit_opened
from tests.support.topics import PARTITIONS, make_topics

pytestmark = pytest.mark.integration

TOPIC = "registry.units"


@pytest.fixture
def database(postgres: PostgresServer) -> Database:
    return new_store(postgres)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with running_store(database.app, "reporting") as running:
        yield running


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        yield connection


@pytest.fixture
def suffix(kafka: KafkaServer) -> str:
    suffix = f"--{uuid4().hex[:8]}"
    make_topics(kafka.bootstrap, suffix, (TOPIC,))
    return suffix


def units(count: int) -> list[Message]:
    """Openings and closings of so many units, each unit on its partition."""
    found = []
    for _ in range(count):
        unit = new_id()
        place = unit.int % PARTITIONS
        found.append(message(recorded(unit_opened(unit)), partition=place))
        found.append(message(recorded(unit_closed(unit), version=2), partition=place))
    return at_offsets(found)


@contextlib.asynccontextmanager
async def hearing(store: Store, database: Database, kafka: KafkaServer, suffix: str, *, ears: int = 1) -> AsyncIterator[None]:
    running = [
        asyncio.create_task(Hearing(store, database.app, kafka.broker, [TOPIC], topic_suffix=suffix).run()) for _ in range(ears)
    ]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def until_stored(connection: Connection, count: int) -> None:
    end = time.monotonic() + 60
    while (found := await stored(connection)) < count:
        assert time.monotonic() < end, f"only {found} of {count} events are there"
        await asyncio.sleep(0.02)


async def stored(connection: Connection) -> int:
    row = await (await connection.execute("SELECT count(*) FROM events")).fetchone()
    assert row is not None
    count: int = row[0]
    return count


async def take(store: Store, connection: Connection, messages: Sequence[Message]) -> None:
    await Hearing(store, "", Broker(""), [TOPIC]).take(connection, messages)


async def test_everything_is_heard_once_over_restarts_and_repeats(
    store: Store, database: Database, connection: Connection, kafka: KafkaServer, suffix: str
) -> None:
    records = units(100)
    await send(kafka.bootstrap, records[:120], suffix=suffix)
    async with hearing(store, database, kafka, suffix):
        await until_stored(connection, 120)
    await send(kafka.bootstrap, records[100:], suffix=suffix)  # the relay was started again: twenty come twice
    async with hearing(store, database, kafka, suffix, ears=2):
        await until_stored(connection, 200)
    assert await stored(connection) == 200
    cursor = await connection.execute("SELECT sum(next) FROM offsets")
    assert await cursor.fetchone() == (220,)


async def test_connections_that_are_cut_lose_and_double_nothing(
    store: Store, database: Database, connection: Connection, kafka: KafkaServer, suffix: str
) -> None:
    async with hearing(store, database, kafka, suffix):
        for _ in range(4):
            await send(kafka.bootstrap, units(10), suffix=suffix)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE '%ear' AND datname = current_database()"
            )
        await until_stored(connection, 80)
    assert await stored(connection) == 80


async def test_a_batch_taken_in_again_is_refused_by_its_offsets(store: Store, connection: Connection) -> None:
    records = units(3)
    await take(store, connection, records)
    with pytest.raises(psycopg.OperationalError):
        await take(store, connection, records)
    assert await stored(connection) == 6


async def test_the_same_event_twice_in_a_batch_is_stored_once(store: Store, connection: Connection) -> None:
    unit = new_id()
    one = message(recorded(unit_opened(unit)))
    await take(store, connection, at_offsets([one, one, one]))
    assert await stored(connection) == 1


async def test_garbage_is_parked_with_what_follows_it_and_the_rest_is_stored(store: Store, connection: Connection) -> None:
    bad, good = new_id(), new_id()
    records = at_offsets(
        [
            message(recorded(unit_opened(bad)), changed={"value": b"garbage"}),
            message(recorded(unit_opened(good))),
            message(recorded(unit_closed(bad), version=2)),
        ]
    )
    await take(store, connection, records)
    assert [(row.message.offset, row.reason) for row in await parking.listed(connection)] == [
        (0, "not_of_its_type"),
        (2, "behind"),
    ]
    assert await stored(connection) == 1


async def test_a_fork_is_parked_in_one_batch_and_across_batches(store: Store, connection: Connection) -> None:
    unit = new_id()
    one = message(recorded(unit_opened(unit)))
    other = message(recorded(unit_opened(unit)), changed={"ce_id": str(new_id()).encode()})
    third = message(recorded(unit_opened(unit)), changed={"ce_id": str(new_id()).encode()})
    numbered = at_offsets([one, other, third])
    await take(store, connection, numbered[:2])
    await take(store, connection, numbered[2:])
    assert [row.reason for row in await parking.listed(connection)] == ["fork", "fork"]
    assert await stored(connection) == 1


async def test_what_people_mark_for_retry_is_worked_off_in_order(
    store: Store, database: Database, connection: Connection, kafka: KafkaServer, suffix: str
) -> None:
    unit = new_id()
    await send(
        kafka.bootstrap,
        [
            message(recorded(unit_opened(unit)), changed={"ce_type": b"NeverHeardOf"}),
            message(recorded(unit_closed(unit), version=2)),
        ],
        suffix=suffix,
    )
    async with hearing(store, database, kafka, suffix):
        await until(connection, "SELECT count(*) FROM parked", 2)
        assert await parking.mark(connection, "dropped", topic=TOPIC, offset=(0, 0)) == 1
        await until_stored(connection, 1)
        await send(kafka.bootstrap, [message(recorded(unit_opened(new_id())))], suffix=suffix)
        await until_stored(connection, 2)
    assert [row.state for row in await parking.listed(connection, everything=True)] == ["dropped", "done"]


async def until(connection: Connection, query: str, count: int) -> None:
    end = time.monotonic() + 30
    while (row := await (await connection.execute(query.encode())).fetchone()) is None or row[0] < count:
        assert time.monotonic() < end, query
        await asyncio.sleep(0.02)
