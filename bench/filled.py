"""Stores and topics with years in them, made ready before the clock runs."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice

import psycopg

from bench.year import Year
from shared.broker import Broker
from shared.relay import Relay
from shared.store.call import append_call, hear_call
from shared.store.groups import Group, Heard, Meta, Said
from shared.store.store import Connection

META = Meta(actor="office-20", correlation="0192f0aa-7f3e-7c2a-9d55-2f6d7d1c0a01")
AT_ONCE = 2000


async def say_all(connection: Connection, year: Year) -> None:
    """The events as if one service had said them all: what a relay finds."""
    for owner, said in _runs(year.said):
        await append_call(connection, owner, [Group(said=said, meta=META)])


async def hear_all(connection: Connection, said: Iterable[Said]) -> None:
    """The events as heard: what reporting keeps."""
    heard = (_heard(one, offset) for offset, one in enumerate(said))
    while batch := list(islice(heard, AT_ONCE)):
        await hear_call(connection, batch)


async def relay_all(dsn: str, kafka: Broker, suffix: str, events: int) -> None:
    """Sends a store to Kafka. Returns when the broker has acknowledged all of it."""
    relaying = asyncio.create_task(Relay(dsn, "bench", kafka, topic_suffix=suffix).run())
    try:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            await until(connection, "SELECT cursor FROM relay", events)
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)


async def until(connection: Connection, question: str, goal: int) -> None:
    """Returns when the answer has reached the goal. Asks seldom enough not to be in the way."""
    while True:
        row = await (await connection.execute(question.encode(), prepare=True)).fetchone()
        if row is not None and row[0] is not None and row[0] >= goal:
            return
        await asyncio.sleep(0.005)


def _runs(said: Sequence[Said]) -> Iterator[tuple[str, list[Said]]]:
    """In batches, each of one owner: a call stores the events of one service."""
    for first in range(0, len(said), AT_ONCE):
        ordered = sorted(said[first : first + AT_ONCE], key=lambda one: one.event.OWNER)
        for owner, run in groupby(ordered, key=lambda one: one.event.OWNER):
            yield owner, list(run)


def _heard(said: Said, offset: int) -> Heard:
    event = said.event
    return Heard(
        source=event.OWNER,
        stream=said.stream,
        version=said.version,
        id=said.id,
        type=event.TYPE,
        schema=event.VERSION,
        data=event.to_json().decode(),
        meta=META.to_json(),
        recorded_at=said.at,
        played=False,
        topic=event.topic,
        partition=said.stream.int % 4,
        offset=offset,
    )
