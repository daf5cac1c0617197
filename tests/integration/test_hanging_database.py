"""A database that takes what it is told and says nothing: it is told from one that is only slow by the time it takes."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from shared.connecting import connect
from shared.errors import UnavailableError
from shared.store import Store
from tests.support.proxy import Proxy
from tests.support.servers import PostgresServer
from tests.support.stores import Database, append_new, new_store, new_stream, running_store

WITHIN_SECONDS = 5.0


@pytest.fixture
def database(postgres: PostgresServer) -> Database:
    return new_store(postgres)


@pytest.fixture
async def proxy(database: Database) -> AsyncIterator[Proxy]:
    async with Proxy.to(database.app) as proxy:
        yield proxy


@pytest.fixture
async def store(proxy: Proxy) -> AsyncIterator[Store]:
    async with running_store(proxy.dsn) as store:
        yield store


async def test_readers_are_told_in_time_and_find_it_again(store: Store, proxy: Proxy) -> None:
    await append_new(store)
    proxy.swallow_answers()
    begun = time.monotonic()
    asked = await asyncio.gather(*(store.load(new_stream().id) for _ in range(20)), return_exceptions=True)
    assert time.monotonic() - begun < WITHIN_SECONDS
    assert {str(error) for error in asked if isinstance(error, UnavailableError)} == {"database_unavailable"}
    assert len([error for error in asked if isinstance(error, UnavailableError)]) == 20
    proxy.cut()
    assert await _head_at_last(store) == 1


async def test_a_reader_in_the_middle_of_its_questions_is_told_too(store: Store, proxy: Proxy) -> None:
    with pytest.raises(UnavailableError):
        await _ask_twice(store, proxy)


async def _ask_twice(store: Store, proxy: Proxy) -> None:
    async with store.connection(patience=1.0) as connection:
        await connection.execute("SELECT 1")
        proxy.swallow_answers()
        await connection.execute("SELECT 1")


async def test_a_slow_answer_that_is_waited_for_comes(store: Store) -> None:
    async with store.connection(patience=5.0) as connection:
        await connection.execute("SELECT pg_sleep(1.5)")
    async with store.connection() as connection:
        assert connection.patience == 4.0


async def test_a_notification_may_be_waited_for_longer(database: Database) -> None:
    """Silence is what one who listens expects."""
    async with await connect(database.app, name="listener", patience=0.2) as connection:
        await connection.execute("LISTEN events")
        assert [notice async for notice in connection.notifies(timeout=0.6, stop_after=1)] == []
        assert not connection.closed


async def _head_at_last(store: Store) -> int:
    """Within the time that a pool needs to see that its connections are gone."""
    end = time.monotonic() + 10
    while True:
        try:
            return await store.head()
        except UnavailableError:
            assert time.monotonic() < end
