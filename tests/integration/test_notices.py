"""Readers of the store are told of more, and only of more."""

import asyncio

import pytest

from shared.connecting import connect
from shared.store import Store
from shared.store.notices import LOOK_EVERY, listen, told_of_more
from tests.support.stores import Database, append_new

pytestmark = pytest.mark.integration

AT_ONCE = LOOK_EVERY / 2


async def test_what_is_stored_wakes_a_reader_at_once(store: Store, database: Database) -> None:
    async with await connect(database.app, name="reader") as connection:
        await listen(connection)
        waiting = asyncio.create_task(told_of_more(connection, 0))
        await append_new(store)
        await asyncio.wait_for(waiting, AT_ONCE)


async def test_what_came_before_the_reader_asks_is_not_missed(store: Store, database: Database) -> None:
    async with await connect(database.app, name="reader") as connection:
        await listen(connection)
        await append_new(store)
        await connection.execute("SELECT 1")  # brings the notice along
        await asyncio.wait_for(told_of_more(connection, 0), AT_ONCE)


async def test_notices_of_what_was_read_are_passed_by_and_a_lost_one_is_waited_for_no_longer(
    store: Store, database: Database
) -> None:
    """Three stored, all read: nobody is woken for them, but somebody looks by himself."""
    async with await connect(database.app, name="reader") as connection:
        await listen(connection)
        for _ in range(3):
            await append_new(store)
        began = asyncio.get_running_loop().time()
        await told_of_more(connection, 3)
        assert asyncio.get_running_loop().time() - began >= LOOK_EVERY * 0.9
