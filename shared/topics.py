"""Declares topics: how many partitions, how many copies, kept for ever. Those of events are said by the catalogue; beside them
are those of the heads of the audit trails."""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its exports are not marked as such
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from confluent_kafka.cimpl import NewTopic

from shared.broker import Broker
from shared.events.catalogue import SERVICES, TOPICS
from shared.settings import KafkaSettings

CONFIG = {"retention.ms": "-1"}
ANSWER_SECONDS = 15.0


def head_topic(service: str) -> str:
    """Where the service publishes the heads of its audit trail. They are no events, so the catalogue does not have them."""
    return f"{service}.audit-heads"


HEAD_TOPICS = tuple(head_topic(service) for service in SERVICES)
"""Of one partition each: a head a minute, in one order."""


class TopicsNotDeclaredError(Exception):
    """The broker is away, refused, or has a topic that is not as it must be. Nothing that was there has been harmed."""


def declare_all(broker: Broker, *, partitions: int, replication: int) -> list[str]:
    """Every topic that the services need: `partitions` is of those of events. Otherwise as `declare`."""
    made = declare(broker, TOPICS, partitions=partitions, replication=replication)
    return made + declare(broker, HEAD_TOPICS, partitions=1, replication=replication)


def declare(broker: Broker, topics: Sequence[str], *, partitions: int, replication: int) -> list[str]:
    """Makes the topics that are missing and puts settings right; asking again changes nothing. Returns the topics made now.

    A topic with another number of partitions is an error: another number would send the events of a key to another
    partition, and their order would be lost. Raises TopicsNotDeclaredError."""
    admin = AdminClient(broker.for_confluent() | {"client.id": "songtor-topics"})
    try:
        there = admin.list_topics(timeout=ANSWER_SECONDS).topics
        for topic in topics:
            if topic in there and len(there[topic].partitions) != partitions:
                raise TopicsNotDeclaredError(f"{topic} has {len(there[topic].partitions)} partitions instead of {partitions}")
        made = _create(admin, [topic for topic in topics if topic not in there], partitions, replication)
        _configure(admin, [topic for topic in topics if topic in there])
    except KafkaException as error:
        raise TopicsNotDeclaredError(f"Kafka at {broker.bootstrap}: {error.args[0].str()}") from error
    return made


def _create(admin: AdminClient, topics: list[str], partitions: int, replication: int) -> list[str]:
    if not topics:
        return []
    wanted = [NewTopic(name, num_partitions=partitions, replication_factor=replication, config=CONFIG) for name in topics]
    made = []
    for name, answer in admin.create_topics(wanted).items():
        try:
            answer.result(ANSWER_SECONDS)
            made.append(name)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # somebody declares at the same moment
                raise
    return made


def _configure(admin: AdminClient, topics: list[str]) -> None:
    """One key at a time: the older call replaces the whole set and would bring back the default retention of 7 days."""
    if not topics:
        return
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in topics]
    changes = []
    for resource, answer in admin.describe_configs(resources).items():
        now = answer.result(ANSWER_SECONDS)
        different = [
            ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in CONFIG.items() if now[k].value != v
        ]
        if different:
            changes.append(ConfigResource(ResourceType.TOPIC, resource.name, incremental_configs=different))
    if changes:
        for answer in admin.incremental_alter_configs(changes).values():
            answer.result(ANSWER_SECONDS)


def main() -> None:
    """`python -m shared.topics BOOTSTRAP`: declares every topic. Who asks is told by the settings
    SONGTOR_KAFKA_SECURITY, _USER, _PASSWORD and _CA."""
    parser = argparse.ArgumentParser(prog="python -m shared.topics", description=main.__doc__)
    parser.add_argument("bootstrap", help="host:port of one or more brokers, separated by commas")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--replication", type=int, default=1)
    given = parser.parse_args()
    broker = replace(KafkaSettings().broker, bootstrap=given.bootstrap)
    try:
        made = declare_all(broker, partitions=given.partitions, replication=given.replication)
    except TopicsNotDeclaredError as error:
        raise SystemExit(str(error)) from error
    print(f"{len(TOPICS) + len(HEAD_TOPICS)} topics declared, {len(made)} of them new")


if __name__ == "__main__":
    main()
