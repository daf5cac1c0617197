"""Where Kafka's partitions end, for a process that hears in bulk and wants to know how far it is behind. Only asking; hearing
is in `hearing.py`."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.broker import Broker

Place = tuple[str, int]
"""(topic, partition)."""
ANSWER_WITHIN_S = 1.2
CLOSE_WITHIN_S = 0.3
OLDEST_WITHIN_MS = 300
FETCH_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Reach:
    """The offset after the last record of each partition, and how many seconds ago the oldest record behind the given offsets
    was sent; 0 when there is none."""

    ends: Mapping[Place, int]
    oldest_seconds: float


class Ends:
    """Asks a broker, over one connection that is made when first needed and made anew after a failure."""

    def __init__(self, kafka: Broker, topics: Sequence[str], *, topic_suffix: str = "") -> None:
        self._kafka = kafka
        self._topics = topics
        self._suffix = topic_suffix
        self._consumer: AIOKafkaConsumer | None = None
        self._asking = asyncio.Lock()

    async def reach(self, offsets: Mapping[Place, int]) -> Reach | None:
        """`offsets`: the next to be read of each partition, where any was. None when the broker does not answer in time."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                async with self._asking:
                    return await self._ask(offsets)
        except TimeoutError:
            return None

    async def close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(consumer.stop(), CLOSE_WITHIN_S)

    async def _ask(self, offsets: Mapping[Place, int]) -> Reach | None:
        answered = False
        try:
            consumer = await self._started()
            found: dict[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
            behind = {tp: following for tp, end in found.items() if (following := offsets.get(self._name(tp), 0)) < end}
            oldest = await _oldest_seconds(consumer, behind) if behind else 0.0
            reach = Reach({self._name(tp): end for tp, end in found.items()}, oldest)
            answered = True
            return reach
        except (KafkaError, OSError):
            return None
        finally:
            # Also when the time was up: a consumer that was cut off in the middle is not asked again.
            if not answered:
                await self.close()

    async def _started(self) -> AIOKafkaConsumer:
        """A consumer with all partitions, none of which it reads until told to."""
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(
                **self._kafka.for_aiokafka(),
                client_id="songtor-ends",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=FETCH_BYTES,
                fetch_max_wait_ms=OLDEST_WITHIN_MS,
            )
            await self._consumer.start()
        topics = {topic + self._suffix for topic in self._topics}
        if topics != {tp.topic for tp in self._consumer.assignment()}:
            # Those that there are: a topic not yet declared holds nothing.
            cluster = await self._consumer._client.fetch_all_metadata()
            numbers = {topic: cluster.partitions_for_topic(topic) or () for topic in topics}
            places = [TopicPartition(topic, number) for topic in sorted(numbers) for number in numbers[topic]]
            self._consumer.assign(places)
            self._consumer.pause(*places)
        return self._consumer

    def _name(self, tp: TopicPartition) -> Place:
        """A partition by the topic's own name."""
        return tp.topic.removesuffix(self._suffix), tp.partition


async def _oldest_seconds(consumer: AIOKafkaConsumer, behind: Mapping[TopicPartition, int]) -> float:
    """A look at the first unread record of each partition that answers at once."""
    for place, offset in behind.items():
        consumer.seek(place, offset)
    oldest_ms = time.time() * 1000
    waiting = set(behind)
    until = time.monotonic() + OLDEST_WITHIN_MS / 1000
    consumer.resume(*behind)
    try:
        while waiting and time.monotonic() < until:
            for place, records in (await consumer.getmany(*waiting, timeout_ms=OLDEST_WITHIN_MS)).items():
                waiting.discard(place)
                oldest_ms = min([oldest_ms, *(record.timestamp for record in records)])
    finally:
        consumer.pause(*behind)
    return max(0.0, time.time() - oldest_ms / 1000)
