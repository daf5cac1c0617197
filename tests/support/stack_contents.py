"""Everything that a stack keeps and shows, as raw bytes: its topics, the tables of its databases, its logs, its metrics. For
tests that look for what must not be there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from psycopg import sql

from shared.consume.parking import Message
from tests.support.local_stack import LocalStack

SECONDS = 20.0
Piece = tuple[str, bytes]
"""Where it is, and what is there."""


def records(bootstrap: str, *only: str) -> list[Message]:
    """All records of the topics named, or of all topics that are not the broker's own; by topic and partition, in order."""
    settings: dict[str, Any] = {"bootstrap.servers": bootstrap, "log_level": 0}
    topics = AdminClient(settings).list_topics(timeout=SECONDS).topics
    consumer = Consumer(settings | {"group.id": "looking", "enable.auto.commit": False, "enable.partition.eof": True})
    try:
        found: list[Message] = []
        for name in sorted(only or (name for name in topics if not name.startswith("__"))):
            for number in sorted(topics[name].partitions):
                found += _partition(consumer, name, number)
        return found
    finally:
        consumer.close()


def _partition(consumer: Consumer, topic: str, number: int) -> Iterator[Message]:
    """From the beginning to where it ended when this was asked."""
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=SECONDS)
    if end == 0:
        return
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING)])
    while True:
        record = consumer.poll(SECONDS)
        assert record is not None, f"the broker does not give the records of {topic}"
        if record.error() is not None:  # the end, which may have moved meanwhile
            return
        headers = tuple((name, value) for name, value in record.headers() or [])
        yield Message(topic, number, record.offset() or 0, record.key(), record.value(), headers)


def in_topics(stack: LocalStack) -> Iterator[Piece]:
    for record in records(stack.file.kafka_bootstrap):
        where = f"{record.topic} {record.partition}:{record.offset}"
        yield where, record.key or b""
        yield where, record.value or b""
        yield where, b"\n".join(name.encode() + b": " + value for name, value in record.headers)


def in_tables(stack: LocalStack) -> Iterator[Piece]:
    """Every table of every database, the vault's included, as text and in binary; row by row in the text."""
    for name, dsn in stack.file.owners.items():
        with psycopg.connect(dsn, autocommit=True) as connection:
            tables = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table in tables:
                for form in ("text", "binary"):
                    yield f"{name}: {schema}.{table}", _copied(connection, schema, table, form)


def _copied(connection: psycopg.Connection, schema: str, table: str, form: str) -> bytes:
    command = sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(sql.Identifier(schema, table), sql.SQL(form))  # type: ignore[arg-type]  # one of two words
    with connection.cursor().copy(command) as copy:
        return b"".join(bytes(block) for block in copy)


def in_files(stack: LocalStack, *directories: Path) -> Iterator[Piece]:
    """Files below these directories, byte by byte."""
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(stack.layout.data)), path.read_bytes()


def in_metrics(stack: LocalStack) -> Iterator[Piece]:
    for name, service in stack.file.services.items():
        for url in (service.url, service.worker_url):
            answer = httpx.get(f"{url}/metrics", timeout=SECONDS, trust_env=False)
            assert answer.status_code == httpx.codes.OK
            yield f"metrics of {name} at {url}", answer.content
