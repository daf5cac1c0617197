"""Topics of one test: the real names with a suffix, on the real broker."""

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from shared.events.catalogue import TOPICS

PARTITIONS = 4


def make_topics(bootstrap: str, suffix: str, topics: tuple[str, ...] = TOPICS) -> None:
    """Creates them, and returns when the broker has."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    made = admin.create_topics([NewTopic(topic + suffix, num_partitions=PARTITIONS, replication_factor=1) for topic in topics])
    for future in made.values():
        future.result(20)
