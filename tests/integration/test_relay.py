"""The relay between the real PostgreSQL and the real Kafka: nothing lost, nothing out of order per key, whatever is cut."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.cloudevents import heard_from
from shared.relay import Relay
from shared.sight import EVERYTHING_SHOWN
from shared.store import Store
from tests.support.servers import KafkaServer, PostgresServer
from tests.support.stores import Database, append_new, group, new_stream, unit_closed
from tests.support.topics import PARTITIONS, make_topics

pytestmark = pytest.mark.integration

TOPIC = "registry.units"


@pytest.fixture
def suffix(kafka: KafkaServer) -> str:
    suffix = f"--{uuid4().hex[:8]}"
    make_topics(kafka.bootstrap, suffix, (TOPIC,))
    return suffix


@contextlib.asynccontextmanager
async def relaying(database: Database, kafka: KafkaServer, suffix: str, *, relays: int = 1) -> AsyncIterator[None]:
    running = [
        asyncio.create_task(Relay(database.app, "registry", kafka.broker, topic_suffix=suffix).run()) for _ in range(relays)
    ]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def records_of(kafka: KafkaServer, suffix: str, enough: Callable[[list[ConsumerRecord]], bool]) -> list[ConsumerRecord]:
    """All records so far, once there are enough."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(TOPIC + suffix, number) for number in range(PARTITIONS)])
        found: list[ConsumerRecord] = []
        end = time.monotonic() + 60
        while not enough(found):
            assert time.monotonic() < end, f"only {len(found)} records came"
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
        return found
    finally:
        await consumer.stop()


def identities(records: list[ConsumerRecord]) -> list[tuple[UUID, int, UUID]]:
    heard = [
        heard_from(topic=TOPIC, partition=r.partition, offset=r.offset, key=r.key, value=r.value, headers=r.headers)
        for r in records
    ]
    return [(one.stream, one.version, one.id) for one in heard]


def distinct(count: int) -> Callable[[list[ConsumerRecord]], bool]:
    return lambda records: len(set(identities(records))) >= count


def assert_in_order_per_key(records: list[ConsumerRecord]) -> None:
    """Repeats aside, the versions of a stream come one after the other."""
    last: dict[UUID, int] = {}
    for stream, version, _ in identities(records):
        before = last.get(stream, 0)
        assert version <= before + 1, "a version came before the one it follows"
        last[stream] = max(before, version)


async def write(store: Store, streams: int) -> None:
    """Two events on each of so many streams."""
    for _ in range(streams):
        stream = new_stream()
        await store.append(group(stream))
        known = await store.load(stream.id)
        await store.append(group(known, [unit_closed(stream.id)]))


async def cursor_of(database: Database) -> int:
    async with await psycopg.AsyncConnection.connect(database.app, options=EVERYTHING_SHOWN) as connection:
        row = await (await connection.execute("SELECT cursor FROM relay")).fetchone()
        assert row is not None
        cursor: int = row[0]
        return cursor


async def test_the_value_is_the_stored_json_byte_for_byte(
    store: Store, database: Database, kafka: KafkaServer, suffix: str
) -> None:
    await append_new(store)
    async with relaying(database, kafka, suffix):
        (record,) = await records_of(kafka, suffix, distinct(1))
    (stored,) = (await store.load(identities([record])[0][0])).records
    assert record.value == stored.data.encode()
    assert record.key == str(stored.stream).encode()
    headers = dict(record.headers)
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_id"] == str(stored.id).encode()
    assert headers["ce_subject"] == str(stored.stream).encode()
    assert headers["content-type"] == b"application/json"


async def test_a_crash_between_ack_and_cursor_repeats_but_loses_nothing(
    store: Store, database: Database, kafka: KafkaServer, suffix: str
) -> None:
    await write(store, 20)
    async with relaying(database, kafka, suffix):
        await records_of(kafka, suffix, distinct(40))
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        await connection.execute("UPDATE relay SET cursor = 10")  # as if it had died before saving the rest
    async with relaying(database, kafka, suffix):
        records = await records_of(kafka, suffix, lambda found: len(found) >= 70)
    assert len(set(identities(records))) == 40
    assert_in_order_per_key(records)


async def test_two_relays_at_once_send_each_event_once(store: Store, database: Database, kafka: KafkaServer, suffix: str) -> None:
    async with relaying(database, kafka, suffix, relays=2):
        await write(store, 50)
        records = await records_of(kafka, suffix, distinct(100))
    assert len(identities(records)) == 100
    assert_in_order_per_key(records)


async def test_a_relay_whose_connections_are_cut_goes_on(
    store: Store, database: Database, kafka: KafkaServer, suffix: str
) -> None:
    async with relaying(database, kafka, suffix):
        for _ in range(4):
            await write(store, 10)
            async with await psycopg.AsyncConnection.connect(
                database.app, autocommit=True, options=EVERYTHING_SHOWN
            ) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE '%relay' AND datname = current_database()"
                )
        records = await records_of(kafka, suffix, distinct(80))
    assert_in_order_per_key(records)


async def test_a_broker_that_is_killed_and_comes_back_gets_everything(
    store: Store, database: Database, kafka: KafkaServer, suffix: str
) -> None:
    async with relaying(database, kafka, suffix):
        await write(store, 10)
        await records_of(kafka, suffix, distinct(20))
        await asyncio.to_thread(kafka.kill)
        await write(store, 20)
        await asyncio.to_thread(kafka.start)
        records = await records_of(kafka, suffix, distinct(60))
    assert_in_order_per_key(records)


async def test_a_restarted_postgres_is_found_again(
    store: Store, database: Database, postgres: PostgresServer, kafka: KafkaServer, suffix: str
) -> None:
    async with relaying(database, kafka, suffix):
        await write(store, 5)
        await asyncio.to_thread(postgres.restart)
        await write(store, 5)
        records = await records_of(kafka, suffix, distinct(20))
    assert_in_order_per_key(records)


async def test_a_lost_notification_does_not_stop_the_relay(
    store: Store, database: Database, kafka: KafkaServer, suffix: str
) -> None:
    async with relaying(database, kafka, suffix):
        await write(store, 1)
        await records_of(kafka, suffix, distinct(2))
        async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as connection:
            await connection.execute(
                "INSERT INTO events SELECT position + 1, source, gen_random_uuid(), 1, gen_random_uuid(), type, schema_version,"
                " data, meta, recorded_at, known_at, topic FROM events ORDER BY position DESC LIMIT 1"
            )
        await records_of(kafka, suffix, distinct(3))
