"""Deciding while nothing else can be appended: the moment parts what is known from what is not, whatever goes on beside it."""

import asyncio
from datetime import datetime
from itertools import pairwise

import psycopg
import pytest

from shared.errors import NotYetVisibleError, UnavailableError
from shared.sight import EVERYTHING_SHOWN
from shared.store import Command, Repeated, Store, Stored
from shared.store.alone import alone
from tests.support.proxy import Proxy
from tests.support.stores import Database, append_new, group, new_stream, running_store

pytestmark = pytest.mark.integration


async def _known(database: Database) -> list[tuple[int, datetime]]:
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        cursor = await connection.execute("SELECT position, known_at FROM events ORDER BY position")
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def test_what_is_appended_meanwhile_waits_and_is_known_later(store: Store) -> None:
    await append_new(store)
    async with alone(store) as by_itself:
        waiting = asyncio.create_task(append_new(store))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        outcome = await by_itself.append(group(new_stream()))
    assert outcome == Stored(2)
    assert await waiting == Stored(3)


async def test_moments_part_the_events_exactly_under_load(store: Store, database: Database) -> None:
    """At a moment's time exactly the events up to its position were known, by the clock alone."""
    moments = []

    async def write() -> None:
        for _ in range(40):
            await append_new(store)

    async def look() -> None:
        for _ in range(15):
            async with alone(store) as by_itself:
                moments.append((by_itself.position, by_itself.at))

    await asyncio.gather(*(write() for _ in range(4)), *(look() for _ in range(3)))
    known = await _known(database)
    for position, at in moments:
        assert [row[0] for row in known if row[1] <= at] == list(range(1, position + 1))
    assert all(earlier < later for (_, earlier), (_, later) in pairwise(sorted(moments, key=lambda moment: moment[1])))


async def test_a_clock_that_goes_back_parts_them_no_less(store: Store, database: Database) -> None:
    """The last known time may lie ahead of the clock: moments and events then follow it, a microsecond at a time."""
    await append_new(store)
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner:
        await owner.execute("UPDATE head SET known_at = clock_timestamp() + '1 hour'")
    async with alone(store) as by_itself:
        await by_itself.append(group(new_stream()))
    await append_new(store)
    times = [row[1] for row in await _known(database)]
    assert times[0] < by_itself.at < times[1] <= times[2]


async def test_what_was_decided_alone_and_then_failed_leaves_nothing(store: Store, database: Database) -> None:
    async def fail() -> None:
        async with alone(store) as by_itself:
            await by_itself.append(group(new_stream()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _known(database) == []
    for position in (1, 2, 3):  # also on the connection that has just failed
        async with alone(store) as by_itself:
            assert await by_itself.append(group(new_stream())) == Stored(position)
        with pytest.raises(ZeroDivisionError):
            await fail()


async def test_a_projection_that_stands_still_is_said_soon(store: Store) -> None:
    await append_new(store)
    with pytest.raises(NotYetVisibleError):
        async with alone(store) as by_itself:
            await by_itself.shown("none")
    assert await append_new(store) == Stored(2)


async def test_many_who_want_to_be_alone_take_turns(store: Store) -> None:
    """More of them than the pool has connections."""

    async def one() -> object:
        async with alone(store) as by_itself:
            stream = new_stream()
            assert not await by_itself.load(stream.id)
            return await by_itself.append(group(stream))

    outcomes = await asyncio.gather(*(one() for _ in range(20)))
    assert sorted(outcome.head for outcome in outcomes if isinstance(outcome, Stored)) == list(range(1, 21))


async def test_a_connection_that_dies_after_the_append_leaves_the_outcome_unknown_and_a_repeat_tells(database: Database) -> None:
    command = Command("k", b"hash", '{"n":1}')
    async with Proxy.to(database.app) as proxy, running_store(proxy.dsn) as store:

        async def lose() -> None:
            async with alone(store) as by_itself:
                await by_itself.append(group(new_stream(), command=command))
                proxy.cut()

        with pytest.raises(UnavailableError) as unknown:
            await lose()
        assert unknown.value.code == "outcome_unknown"
        assert await append_new(store, command=command) == Stored(1)
        assert isinstance(await append_new(store, command=command), Repeated)
    assert len(await _known(database)) == 1


async def test_a_database_that_dies_before_the_append_did_nothing(database: Database) -> None:
    async with Proxy.to(database.app) as proxy, running_store(proxy.dsn) as store:

        async def lose() -> None:
            async with alone(store) as by_itself:
                proxy.cut()
                await by_itself.load(new_stream().id)

        with pytest.raises(UnavailableError) as away:
            await lose()
        assert away.value.code == "database_unavailable"
