"""Everything that a stack keeps and shows, as raw bytes: its topics, the tables of its databases, its logs, its metrics. For
tests that look for what must not be there."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import confluent_kafka
import httpx
import psycopg
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient
from psycopg import sql

from deploy.local.kept import read
from shared.broker import Broker
from shared.consume.parking import Message
from tests.support.local_stack import LocalStack

SECONDS = 20.0
Piece = tuple[str, bytes]
"""Where it is, and what is there."""


def records(broker: Broker, *only: str) -> list[Message]:
    """All records of the topics named, or of all topics that are not the broker's own, up to where they end now; of each
    partition in order."""
    settings = broker.for_confluent()
    topics = AdminClient(settings).list_topics(timeout=SECONDS).topics
    names = sorted(only or (name for name in topics if not name.startswith("__")))
    places = [TopicPartition(name, number, OFFSET_BEGINNING) for name in names for number in topics[name].partitions]
    fast = {"fetch.wait.max.ms": 10, "enable.auto.commit": False, "enable.partition.eof": True}
    consumer = Consumer(settings | fast | {"group.id": "looking"})
    try:
        consumer.assign(places)
        found: list[Message] = []
        ended: set[tuple[str, int]] = set()
        while len(ended) < len(places):
            record = consumer.poll(SECONDS)
            assert record is not None, f"the broker does not give all records of {names}"
            place = (str(record.topic()), int(record.partition() or 0))
            error = record.error()
            if error is not None:
                assert error.code() == KafkaError._PARTITION_EOF, error
                ended.add(place)
            elif place not in ended:
                found.append(Message(*place, int(record.offset() or 0), record.key(), record.value(), _headers(record)))
        return found
    finally:
        consumer.close()


def _headers(record: confluent_kafka.Message) -> tuple[tuple[str, bytes], ...]:
    given: Any = record.headers() or []
    return tuple((name, bytes(value or b"")) for name, value in given)


def in_topics(stack: LocalStack) -> Iterator[Piece]:
    for record in records(stack.file.broker()):
        where = f"{record.topic} {record.partition}:{record.offset}"
        yield where, record.key or b""
        yield where, record.value or b""
        yield where, b"\n".join(name.encode() + b": " + value for name, value in record.headers)


def in_tables(stack: LocalStack) -> Iterator[Piece]:
    """Every table of every database, the vault's included, as text and in binary."""
    for name, dsn in stack.file.owners.items():
        with psycopg.connect(dsn, autocommit=True) as connection:
            tables = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table in tables:
                for form in ("text", "binary"):
                    yield f"{name}: {schema}.{table}", _copied(connection, schema, table, form)


def _copied(connection: psycopg.Connection, schema: str, table: str, form: str) -> bytes:
    command = sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(sql.Identifier(schema, table), sql.Identifier(form))
    with connection.cursor().copy(command) as copy:
        return b"".join(bytes(block) for block in copy)


def in_files(stack: LocalStack) -> Iterator[Piece]:
    """What the processes and servers log, and their scratch files."""
    return _files(stack.layout.log, stack.layout.data / "scratch")


def in_server_files(stack: LocalStack) -> Iterator[Piece]:
    """The servers' own files, with what is long deleted: logs of transactions, old rows, segments of topics."""
    kept = read(stack.layout)
    assert kept is not None
    # Kafka's indices are large and hold offsets and times only.
    return _files(Path(kept.postgres_home) / "data", stack.layout.kafka, skipped=(".index", ".timeindex"))


def _files(*directories: Path, skipped: tuple[str, ...] = ()) -> Iterator[Piece]:
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            with contextlib.suppress(FileNotFoundError):  # servers take theirs away as they go
                if path.is_file() and path.suffix not in skipped:
                    yield str(path), path.read_bytes()


def in_metrics(stack: LocalStack) -> Iterator[Piece]:
    for name, service in stack.file.services.items():
        for url in (service.url, service.worker_url):
            answer = httpx.get(f"{url}/metrics", timeout=SECONDS, trust_env=False)
            assert answer.status_code == httpx.codes.OK
            yield f"metrics of {name} at {url}", answer.content
