"""A process that writes to the trail of a store, for tests of its chain: `python -m tests.support.audit_writer DSN HOW N`."""

import asyncio
import sys
from dataclasses import replace

import psycopg

from shared.audit.entry import Entry
from shared.audit.trail import record
from shared.store.call import append_call
from tests.support.stores import group, new_stream, running_store

OPEN_FOR = 0.005


def entry(action: str = "needs.read") -> Entry:
    return Entry("tester", frozenset({"province_officer", "admin"}), action, "request", details={"rows": 3, "month": "2564-05"})


async def _reads(dsn: str, count: int) -> None:
    async with running_store(dsn) as store:
        for _ in range(count):
            await record(store, entry())


async def _writes(dsn: str, count: int) -> None:
    async with running_store(dsn) as store:
        await asyncio.gather(*(store.append(replace(group(new_stream()), audit=entry("units.open"))) for _ in range(count)))


async def _slow(dsn: str, count: int) -> None:
    """Each in a transaction that stays open for a while, and every second one rolled back."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        for number in range(count):
            async with connection.transaction(force_rollback=number % 2 == 0):
                with_entry = replace(group(new_stream()), audit=entry("units.open"))
                await append_call(connection, "registry", [with_entry], prepared=False)
                await asyncio.sleep(OPEN_FOR)


async def _main(dsn: str, how: str, count: str) -> None:
    await {"reads": _reads, "writes": _writes, "slow": _slow}[how](dsn, int(count))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:4]))
