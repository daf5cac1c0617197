"""Store to Kafka: sends the service's own events in position order, one active relay per service. Reading them is `consume`."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator

import psycopg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.broker import Broker
from shared.cloudevents import headers_of
from shared.connecting import connect
from shared.metrics import LOOP_TURN, RELAY_ACTIVE, RELAY_FAILURES, RELAY_HEAD, RELAY_POSITION, RELAY_SENT
from shared.pace import Pace
from shared.partitions import partition_of
from shared.store.notices import LOOK_EVERY, listen, told_of_more
from shared.store.records import Recorded
from shared.store.store import Connection, read_own_after

logger = logging.getLogger(__name__)

BATCH = 1000
APART = 0.025
"""Seconds between the beginnings of two batches, when there is no more than a batch."""
PAUSE = 0.5
ACK_TIMEOUT = 60.0
STOP_TIMEOUT = 3.0

Keyed = tuple[bytes, Recorded]


class Relay:
    """At least once, in order per key. A crash between ack and cursor repeats records; readers drop them."""

    def __init__(self, dsn: str, service: str, kafka: Broker, *, topic_suffix: str = "") -> None:
        self._dsn = dsn
        self._service = service
        self._kafka = kafka
        self._suffix = topic_suffix

    async def run(self) -> None:
        """Relays until cancelled. Whatever PostgreSQL or Kafka do, it starts again from the saved cursor."""
        while True:
            try:
                await self._elected()
            except (psycopg.Error, KafkaError, OSError, TimeoutError) as error:
                RELAY_FAILURES.labels(type(error).__name__).inc()
                logger.warning("relay starts again", extra={"error": type(error).__name__})
            RELAY_ACTIVE.set(0)
            await asyncio.sleep(PAUSE)

    async def _elected(self) -> None:
        connection = await connect(self._dsn, name=f"{self._service} relay")
        async with connection:
            await listen(connection)
            # A cursor that a crash takes back repeats records, as a crash before it was saved does: no need to wait for the disk.
            await connection.execute("SET synchronous_commit = off")
            if not await _won(connection):
                await asyncio.sleep(LOOK_EVERY)
                return
            producer = AIOKafkaProducer(
                **self._kafka.for_aiokafka(),
                client_id=f"{self._service}-relay",
                enable_idempotence=True,
                acks="all",
                linger_ms=0,
                max_batch_size=131072,
            )
            try:
                await producer.start()
                RELAY_ACTIVE.set(1)
                await self._relay(connection, producer)
            finally:
                with contextlib.suppress(KafkaError, TimeoutError):
                    await asyncio.wait_for(producer.stop(), STOP_TIMEOUT)

    async def _relay(self, connection: Connection, producer: AIOKafkaProducer) -> None:
        """While Kafka acknowledges a full batch the next one is read."""
        cursor, pace = await _cursor(connection), Pace(APART)
        batch = await _next(connection, cursor)
        while True:
            LOOP_TURN.labels("relay").set(time.time())
            if not batch:
                await told_of_more(connection, cursor)
                await pace.turn()
                batch = await _next(connection, cursor)
                continue
            last, following = batch[-1].position, list[Recorded]()
            async with asyncio.timeout(ACK_TIMEOUT):
                if len(batch) == BATCH:
                    _, following = await asyncio.gather(self._send(producer, batch), _next(connection, last))
                else:
                    await self._send(producer, batch)
            await connection.execute("UPDATE relay SET cursor = %s WHERE cursor < %s", [last, last])
            RELAY_POSITION.set(last)
            RELAY_SENT.inc(len(batch))
            cursor, batch = last, following

    async def _send(self, producer: AIOKafkaProducer, batch: list[Recorded]) -> None:
        """All of the batch, acknowledged by the broker; the first failure ends the producer's life and nothing is passed by."""
        acks = []
        for (topic, partition), records in (await self._placed(producer, batch)).items():
            for packed in _packed(producer, records):
                acks.append(await producer.send_batch(packed, topic, partition=partition))
        await asyncio.gather(*acks)

    async def _placed(self, producer: AIOKafkaProducer, batch: list[Recorded]) -> dict[tuple[str, int], list[Keyed]]:
        """The records by topic and partition, in order: sent one by one, each would cost three times as much."""
        partitions = {topic: len(await producer.partitions_for(topic + self._suffix)) for topic in {one.topic for one in batch}}
        placed: dict[tuple[str, int], list[Keyed]] = {}
        for record in batch:
            key = str(record.stream).encode()
            place = (record.topic + self._suffix, partition_of(key, partitions[record.topic]))
            placed.setdefault(place, []).append((key, record))
        return placed


def _packed(producer: AIOKafkaProducer, records: list[Keyed]) -> Iterator[BatchBuilder]:
    """As few of Kafka's batches as they fit into."""
    packed = producer.create_batch()
    for key, record in records:
        value, headers = record.data.encode(), headers_of(record)
        if packed.append(timestamp=None, key=key, value=value, headers=headers) is None:  # it is full
            yield packed
            packed = producer.create_batch()
            packed.append(timestamp=None, key=key, value=value, headers=headers)
    yield packed


async def _won(connection: Connection) -> bool:
    """A session lock: it goes when the connection does, so a dead relay holds nothing."""
    row = await (await connection.execute("SELECT pg_try_advisory_lock(hashtext('songtor.relay'))")).fetchone()
    return bool(row and row[0])


async def _cursor(connection: Connection) -> int:
    row = await (await connection.execute("SELECT cursor FROM relay")).fetchone()
    assert row is not None
    cursor: int = row[0]
    return cursor


async def _next(connection: Connection, cursor: int) -> list[Recorded]:
    batch = await read_own_after(connection, cursor, BATCH)
    last = batch[-1].position if batch else cursor
    RELAY_HEAD.set(last if len(batch) < BATCH else await _own_head(connection))
    return batch


async def _own_head(connection: Connection) -> int:
    row = await (await connection.execute('SELECT coalesce(max(position), 0) FROM events WHERE "offset" IS NULL')).fetchone()
    return int(row[0]) if row else 0
