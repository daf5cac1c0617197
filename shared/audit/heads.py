"""The heads of a trail on a topic of its own, where the service can add and not take back: publishing them every minute, and
reading all of them. They are no events: nothing happened in the field, and nobody reacts to them."""

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime

import orjson
import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared.audit import trail
from shared.audit.chain import Head
from shared.broker import Broker
from shared.connecting import connect
from shared.metrics import AUDIT_NUMBER, AUDIT_PUBLISH_FAILURES, AUDIT_PUBLISHED, LOOP_TURN
from shared.topics import head_topic

logger = logging.getLogger(__name__)

NAME = "audit heads"
ANSWER_SECONDS = 20.0
STOP_SECONDS = 3.0
PARTITION = 0
"""The only one: heads have one order."""


class HeadsNotReadError(Exception):
    """Kafka is away, refuses, or holds something that is no head."""


class Heads:
    """Publishes the head when it moved. Every worker of a service may run it: a head that is there twice is the same head."""

    def __init__(self, dsn: str, service: str, kafka: Broker, *, every: float, topic_suffix: str = "") -> None:
        self._dsn = dsn
        self._service = service
        self._kafka = kafka
        self._every = every
        self._topic = head_topic(service) + topic_suffix
        self._published: Head | None = None

    async def run(self) -> None:
        """Until cancelled. A head that could not be published is followed by a newer one that could."""
        while True:
            LOOP_TURN.labels(NAME).set(time.time())
            try:
                await self.step()
                AUDIT_PUBLISHED.set(time.time())
            except (psycopg.Error, KafkaError, OSError, TimeoutError) as error:
                AUDIT_PUBLISH_FAILURES.labels(type(error).__name__).inc()
                logger.warning("the head of the audit trail is not published", extra={"error": type(error).__name__})
            await asyncio.sleep(self._every)

    async def step(self) -> Head | None:
        """Publishes the head if it is another than before. Returns it if so."""
        async with await connect(self._dsn, name=f"{self._service} {NAME}") as connection:
            head = await trail.head(connection)
        AUDIT_NUMBER.set(head.number)
        if head.number == 0 or head == self._published:
            return None
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._send(head)
        self._published = head
        return head

    async def _send(self, head: Head) -> None:
        at = datetime.now(UTC).isoformat()
        value = orjson.dumps({"service": self._service, "number": head.number, "hash": head.hash.hex(), "at": at})
        # A connection for each: kept open over a minute of silence it would be cut by whoever stands between.
        producer = AIOKafkaProducer(
            **self._kafka.for_aiokafka(), client_id=f"{self._service}-audit-heads", enable_idempotence=True, acks="all"
        )
        try:
            await producer.start()
            await producer.send_and_wait(self._topic, value, key=self._service.encode(), partition=PARTITION)
        finally:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), STOP_SECONDS)


async def published(service: str, kafka: Broker, *, topic_suffix: str = "") -> dict[int, frozenset[bytes]]:
    """All heads that are on the topic at this moment: hashes by number; more than one for a number is a trail that was written
    anew. A year of minutes is some 100 MB. Raises HeadsNotReadError."""
    place = TopicPartition(head_topic(service) + topic_suffix, PARTITION)
    consumer = AIOKafkaConsumer(**kafka.for_aiokafka(), client_id=f"{service}-audit-verify", enable_auto_commit=False)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await consumer.start()
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            ends = await consumer.end_offsets([place])
        return await _read(consumer, place, ends[place])
    except (KafkaError, OSError, TimeoutError) as error:
        raise HeadsNotReadError(type(error).__name__) from error
    except (ValueError, KeyError, TypeError) as error:
        raise HeadsNotReadError("a record is no head") from error
    finally:
        with contextlib.suppress(KafkaError, TimeoutError):
            await asyncio.wait_for(consumer.stop(), STOP_SECONDS)


async def _read(consumer: AIOKafkaConsumer, place: TopicPartition, end: int) -> dict[int, frozenset[bytes]]:
    found: dict[int, frozenset[bytes]] = {}
    while await consumer.position(place) < end:
        async with asyncio.timeout(ANSWER_SECONDS):
            records = (await consumer.getmany(place, timeout_ms=1000)).get(place, [])
        for record in records:
            head = orjson.loads(record.value)
            number = int(head["number"])
            found[number] = found.get(number, frozenset()) | {bytes.fromhex(head["hash"])}
    return found
