"""A process that writes to a store in one of several manners, for tests of order:
`python -m tests.support.store_writer DSN HOW N`."""

import asyncio
import sys

import psycopg

from shared.errors import ClaimedError
from shared.store import Claim
from shared.store.call import append_call
from tests.support.stores import append_new, group, new_stream, running_store

COMMIT_AFTER = 0.02


async def _steady(dsn: str, count: int) -> None:
    async with running_store(dsn) as store:
        for _ in range(count):
            await append_new(store)


async def _by_hand(dsn: str, count: int, *, roll_back: bool) -> None:
    """Each group in a transaction of its own that stays open for a while after the call."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        for number in range(count):
            async with connection.transaction(force_rollback=roll_back and number % 2 == 0):
                await append_call(connection, "registry", [group(new_stream())])
                await asyncio.sleep(COMMIT_AFTER / 4)


async def _claim(dsn: str, key: str) -> None:
    async with running_store(dsn) as store:
        stream = new_stream()
        try:
            await store.append(group(stream, claims=[Claim("take", "serving", key, stream.id)]))
            print("stored")
        except ClaimedError:
            print("claimed")


async def _main(dsn: str, how: str, what: str) -> None:
    match how:
        case "steady":
            await _steady(dsn, int(what))
        case "slow":
            await _by_hand(dsn, int(what), roll_back=False)
        case "rolled_back":
            await _by_hand(dsn, int(what), roll_back=True)
        case "claim":
            await _claim(dsn, what)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:4]))
