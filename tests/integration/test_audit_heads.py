"""Heads of a trail on the real Kafka: published when they moved, all of them read again, and worth nothing to be silent about."""

from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from shared.audit.chain import Head
from shared.audit.heads import Heads, HeadsNotReadError, published
from shared.audit.trail import record
from shared.broker import Broker
from shared.store import Store
from shared.topics import HEAD_TOPICS, declare_all, head_topic
from tests.support.audit_writer import entry
from tests.support.servers import KafkaServer
from tests.support.stores import Database
from tests.support.topics import make_topics

pytestmark = pytest.mark.integration

TOPIC = head_topic("registry")


@pytest.fixture
def suffix(kafka: KafkaServer) -> str:
    suffix = f"--{uuid4().hex[:8]}"
    make_topics(kafka.bootstrap, suffix, (TOPIC,))
    return suffix


async def test_a_head_is_published_when_it_moved(store: Store, database: Database, kafka: KafkaServer, suffix: str) -> None:
    heads = Heads(database.app, "registry", kafka.broker, every=60, topic_suffix=suffix)
    assert await heads.step() is None  # an empty trail has no head
    assert await published("registry", kafka.broker, topic_suffix=suffix) == {}
    told: list[Head] = []
    for _ in range(2):
        await record(store, entry())
        head = await heads.step()
        assert head is not None
        told.append(head)
        assert await heads.step() is None
    again = await Heads(database.app, "registry", kafka.broker, every=60, topic_suffix=suffix).step()
    assert again == told[-1]  # another worker tells the same
    found = await published("registry", kafka.broker, topic_suffix=suffix)
    assert found == {head.number: frozenset({head.hash}) for head in told}
    assert [head.number for head in told] == [1, 2]


async def test_a_topic_with_something_else_in_it_is_not_taken_for_heads(kafka: KafkaServer, suffix: str) -> None:
    producer = AIOKafkaProducer(**kafka.broker.for_aiokafka())
    await producer.start()
    await producer.send_and_wait(TOPIC + suffix, b'{"number": "x"}', partition=0)
    await producer.stop()
    with pytest.raises(HeadsNotReadError, match="a record is no head"):
        await published("registry", kafka.broker, topic_suffix=suffix)


async def test_heads_that_cannot_be_read_are_not_taken_for_none() -> None:
    with pytest.raises(HeadsNotReadError):
        await published("registry", Broker("127.0.0.1:9"))


def test_every_service_has_a_topic_of_one_partition_for_its_heads(kafka: KafkaServer) -> None:
    declare_all(kafka.broker, partitions=4, replication=1)
    assert declare_all(kafka.broker, partitions=4, replication=1) == []
    assert TOPIC in HEAD_TOPICS
