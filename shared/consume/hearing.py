"""Hearing everything in bulk, for a service that reacts to nothing: one elected process, all partitions, offsets in PostgreSQL in
the transaction of the events. Projections follow the store as everywhere."""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from aiokafka import AIOKafkaClient, AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from shared.broker import Broker
from shared.cloudevents import heard_from
from shared.connecting import connect
from shared.consume import parking
from shared.consume.parking import Message
from shared.consume.telling import say_taken
from shared.errors import PoisonError
from shared.events.catalogue import decode
from shared.metrics import HEARD, HEARD_LAG, HEARING_FAILURES, LOOP_TURN, PARKED
from shared.pace import Pace
from shared.store.call import hear_call
from shared.store.groups import Heard
from shared.store.store import Connection, Store

logger = logging.getLogger(__name__)

BATCH = 2000
WAIT_MS = 500
APART = 0.04
"""Seconds between two looks at what came in, when it was no more than a batch."""
PAUSE = 0.5
RETRY_EVERY = 1.0
FORK = "fork"
FETCH_BYTES = 4 * 1024 * 1024


class Hearing:
    """The bulk ear of one service."""

    def __init__(self, store: Store, dsn: str, kafka: Broker, topics: Sequence[str], *, topic_suffix: str = "") -> None:
        self._store = store
        self._dsn = dsn
        self._kafka = kafka
        self._topics = topics
        self._suffix = topic_suffix
        self._parked: dict[tuple[str, int], set[str]] = {}

    async def run(self) -> None:
        """Hears until cancelled; after any error it goes on from the offsets in the database."""
        while True:
            try:
                await self._elected()
            except (psycopg.Error, KafkaError, OSError) as error:
                HEARING_FAILURES.labels(type(error).__name__).inc()
                logger.warning("hearing starts again", extra={"error": type(error).__name__})
            await asyncio.sleep(PAUSE)

    async def _elected(self) -> None:
        connection = await connect(self._dsn, name=f"{self._store.service} ear")
        async with connection:
            row = await (await connection.execute("SELECT pg_try_advisory_lock(hashtext('songtor.hearing'))")).fetchone()
            if not (row and row[0]):
                await asyncio.sleep(RETRY_EVERY)
                return
            consumer = AIOKafkaConsumer(
                **self._kafka.for_aiokafka(),
                client_id=f"{self._store.service}-ear",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=FETCH_BYTES,
                fetch_max_wait_ms=WAIT_MS,
            )
            await consumer.start()
            try:
                await self._hear(connection, consumer)
            finally:
                await consumer.stop()

    async def _hear(self, connection: Connection, consumer: AIOKafkaConsumer) -> None:
        partitions = await self._assign(connection, consumer)
        self._parked = {self._name(tp): set() for tp in partitions}
        retry_at, pace, taken = 0.0, Pace(APART), 0
        await self._retry_parked(connection, everything=True)
        while True:
            LOOP_TURN.labels("hearing").set(time.time())
            if time.monotonic() >= retry_at:
                await self._retry_parked(connection, everything=False)
                await self._measure_lag(consumer, partitions)
                retry_at = time.monotonic() + RETRY_EVERY
            if taken < BATCH:
                await pace.turn()
            batches = await consumer.getmany(timeout_ms=WAIT_MS, max_records=BATCH)
            messages = [self._message(record) for records in batches.values() for record in records]
            taken = len(messages)
            if messages:
                await self.take(connection, messages)

    async def _assign(self, connection: Connection, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        """All partitions of the topics, from the saved offsets or the beginning."""
        found = await _partitions_of(self._kafka, [topic + self._suffix for topic in self._topics])
        consumer.assign(found)
        cursor = await connection.execute("SELECT topic, partition, next FROM offsets")
        saved = {(row[0], row[1]): row[2] for row in await cursor.fetchall()}
        for tp in found:
            consumer.seek(tp, saved.get(self._name(tp), 0))
        return found

    async def _measure_lag(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        ends = await consumer.end_offsets(partitions)
        for tp in partitions:
            topic, number = self._name(tp)
            HEARD_LAG.labels(topic, str(number)).set(max(0, ends[tp] - await consumer.position(tp)))

    def _name(self, tp: TopicPartition) -> tuple[str, int]:
        """A partition by the topic's own name."""
        return tp.topic.removesuffix(self._suffix), tp.partition

    def _message(self, record: ConsumerRecord) -> Message:
        topic = record.topic.removesuffix(self._suffix)
        return Message(topic, record.partition, record.offset, record.key, record.value, tuple(record.headers))

    async def take(self, connection: Connection, messages: Sequence[Message]) -> None:
        """One batch with its offsets in one transaction. Poison is parked, and what follows it with the same key."""
        good: dict[tuple[Any, ...], tuple[Heard, Message]] = {}
        bad: list[tuple[Message, str]] = []
        for message in messages:
            try:
                heard = self._checked(message)
            except PoisonError as error:
                bad.append((message, error.reason))
                if message.key_text is not None:
                    self._parked.setdefault((message.topic, message.partition), set()).add(message.key_text)
                continue
            there = good.get(heard.identity)
            if there is None:
                good[heard.identity] = (heard, message)
            elif there[0].id != heard.id:
                bad.append((message, FORK))
        async with connection.transaction():
            forks = await hear_call(connection, [heard for heard, _ in good.values()])
            pairs = list(good.values())
            for message, reason in [*bad, *((pairs[place][1], FORK) for place in forks)]:
                await parking.park(connection, message, reason)
                PARKED.labels(message.topic, reason).inc()
                logger.error("parked", extra={"topic": message.topic, "offset": message.offset, "reason": reason})
            await _save_offsets(connection, messages)
        say_taken([heard for place, (heard, _) in enumerate(pairs) if place not in forks])
        for topic in {message.topic for message in messages}:
            HEARD.labels(topic).inc(sum(message.topic == topic for message in messages))

    def _checked(self, message: Message) -> Heard:
        if message.key_text in self._parked.get((message.topic, message.partition), ()):
            raise PoisonError(parking.BEHIND)
        return checked(message)

    async def _retry_parked(self, connection: Connection, *, everything: bool) -> None:
        """Works off what is marked, in order within each key; at the start everything once more."""
        waiting = await parking.open_partitions(connection)
        for (topic, number), parked in self._parked.items():
            if (topic, number) not in waiting and not parked:
                continue
            blocked: set[str | None] = set()
            for row in await parking.open_rows(connection, topic, number):
                key = row.message.key_text
                due = everything or row.state == "retry" or row.reason == parking.BEHIND
                if key in blocked or not due:
                    blocked.add(key)
                    continue
                reason = await self._again(connection, row.message)
                if reason is not None:
                    blocked.add(key)
            self._parked[topic, number] = {key for key in blocked if key is not None}

    async def _again(self, connection: Connection, message: Message) -> str | None:
        """One more try of a parked record. Returns why it failed, or None."""
        try:
            heard = checked(message)
        except PoisonError as error:
            await parking.settle(connection, message, "parked", error.reason)
            return error.reason
        async with connection.transaction():
            reason = FORK if await hear_call(connection, [heard]) else None
            await parking.settle(connection, message, "done" if reason is None else "parked", reason)
        return reason


def checked(message: Message) -> Heard:
    """The event of a record, with content that its type allows. Raises PoisonError."""
    heard = heard_from(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=message.headers,
    )
    decode(heard.type, heard.schema, heard.data)
    return heard


async def _save_offsets(connection: Connection, messages: Sequence[Message]) -> None:
    """Forward only: an offset that is not ahead of the saved one means that another process took these records."""
    following: dict[tuple[str, int], int] = {}
    for message in messages:
        place = (message.topic, message.partition)
        following[place] = max(following.get(place, 0), message.offset + 1)
    cursor = await connection.execute(
        "INSERT INTO offsets AS o (topic, partition, next)"
        " SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[])"
        " ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next WHERE o.next < excluded.next",
        [[place[0] for place in following], [place[1] for place in following], list(following.values())],
    )
    if cursor.rowcount != len(following):
        raise psycopg.OperationalError("offsets moved under us: another process hears, too")


async def _partitions_of(kafka: Broker, topics: Sequence[str]) -> list[TopicPartition]:
    """Every partition of the topics, waited for: topics are declared by another process."""
    client = AIOKafkaClient(**kafka.for_aiokafka())
    await client.bootstrap()
    try:
        while True:
            cluster = await client.fetch_all_metadata()
            numbers = {topic: cluster.partitions_for_topic(topic) for topic in topics}
            missing = [topic for topic, found in numbers.items() if not found]
            if not missing:
                return [TopicPartition(topic, number) for topic, found in numbers.items() for number in sorted(found)]
            logger.warning("waiting for topics", extra={"topics": missing})
            await asyncio.sleep(RETRY_EVERY)
    finally:
        await client.close()
