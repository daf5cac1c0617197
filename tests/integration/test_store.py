"""The event store on the real PostgreSQL: order, groups, claims, command keys, and a connection that dies."""

import asyncio
import sys
import time
from uuid import uuid4

import psycopg
import pytest

from shared.errors import ClaimedError, ConflictError, RefusedError, UnavailableError
from shared.events.registry import ServiceUnitClosed
from shared.sight import EVERYTHING_SHOWN
from shared.store import Claim, Command, Repeated, Store, Stored
from shared.store.store import read_after
from tests.support.proxy import Proxy
from tests.support.stores import Database, append_new, group, new_stream, running_store, unit_closed, unit_opened

pytestmark = pytest.mark.integration

WRITER = "tests.support.store_writer"
AWAY = "host=127.0.0.1 port=9 user=nobody dbname=nobody connect_timeout=1"


async def _writer(database: Database, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", WRITER, database.app, *arguments, stdout=asyncio.subprocess.PIPE
    )


async def _everything(dsn: str) -> list[tuple[int, str]]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        cursor = await connection.execute("SELECT position, id::text FROM events ORDER BY position")
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def test_a_reader_that_follows_positions_misses_nothing(database: Database) -> None:
    """Four processes write, one with slow commits, one that rolls every second transaction back, one killed on its way."""
    steady = [await _writer(database, "steady", "150") for _ in range(2)]
    slow = await _writer(database, "slow", "40")
    rolling = await _writer(database, "rolled_back", "80")
    doomed = await _writer(database, "slow", "100000")
    writers = [*steady, slow, rolling]
    seen: list[tuple[int, str]] = []
    done = asyncio.gather(*(writer.wait() for writer in writers))
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        position, quiet = 0, 0
        while quiet < 3:
            records = await read_after(connection, position, 7)
            seen += [(record.position, str(record.id)) for record in records]
            position = records[-1].position if records else position
            if doomed.returncode is None and len(seen) > 100:
                doomed.kill()
                await doomed.wait()
            finished = done.done() and doomed.returncode is not None
            quiet = quiet + 1 if finished and not records else 0
            await asyncio.sleep(0.001)
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    stored = await _everything(database.app)
    assert seen == stored
    assert len(stored) >= 2 * 150 + 40 + 40
    assert [position for position, _ in stored] == list(range(1, len(stored) + 1))


async def test_known_at_and_positions_rise_together(store: Store, database: Database) -> None:
    await asyncio.gather(*(append_new(store) for _ in range(200)))
    async with await psycopg.AsyncConnection.connect(database.app, options=EVERYTHING_SHOWN) as connection:
        cursor = await connection.execute("SELECT known_at FROM events ORDER BY position")
        moments = [row[0] for row in await cursor.fetchall()]
    assert moments == sorted(moments)


async def test_a_loser_does_not_harm_the_others_of_its_batch(store: Store) -> None:
    taken = new_stream()
    await store.append(group(taken))
    stale = group(taken)
    outcomes = await asyncio.gather(*(append_new(store) for _ in range(20)), store.append(stale), return_exceptions=True)
    assert isinstance(outcomes[-1], ConflictError)
    assert all(isinstance(outcome, Stored) for outcome in outcomes[:-1])


async def test_a_group_is_stored_whole_or_not_at_all(store: Store) -> None:
    holder = new_stream()
    await store.append(group(holder, claims=[Claim("take", "serving", "a", holder.id)]))
    loser = new_stream()
    claims = [Claim("take", "serving", "b", loser.id), Claim("take", "serving", "a", loser.id)]
    with pytest.raises(ClaimedError) as refused:
        await store.append(group(loser, [unit_opened(loser.id), unit_closed(loser.id)], claims=claims))
    assert refused.value.holder == holder.id
    assert not await store.load(loser.id)
    assert await store.holders("serving", ["a", "b"]) == {"a": holder.id}


async def test_of_ten_claims_at_once_in_one_process_one_wins(store: Store) -> None:
    streams = [new_stream() for _ in range(10)]
    outcomes = await asyncio.gather(
        *(store.append(group(stream, claims=[Claim("take", "serving", "p", stream.id)])) for stream in streams),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Stored) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ClaimedError) for outcome in outcomes) == 9


async def test_of_ten_claims_at_once_in_ten_processes_one_wins(database: Database) -> None:
    writers = [await _writer(database, "claim", "same") for _ in range(10)]
    said = [(await writer.communicate())[0].decode().strip() for writer in writers]
    assert sorted(said) == ["claimed"] * 9 + ["stored"]


async def test_ten_of_the_same_command_have_one_effect_and_equal_answers(store: Store, database: Database) -> None:
    outcomes = await asyncio.gather(*(append_new(store, command=Command("k", b"hash", f'{{"n":{n}}}')) for n in range(10)))
    first = [outcome for outcome in outcomes if isinstance(outcome, Stored)]
    again = {outcome.answer for outcome in outcomes if isinstance(outcome, Repeated)}
    assert (len(first), len(again)) == (1, 1)
    assert len(await _everything(database.app)) == 1


async def test_a_command_key_with_another_body_is_refused(store: Store) -> None:
    await append_new(store, command=Command("k", b"one", "{}"))
    with pytest.raises(RefusedError) as refused:
        await append_new(store, command=Command("k", b"two", "{}"))
    assert (refused.value.code, refused.value.status) == ("idempotency_key_reused", 422)


async def test_a_claim_is_taken_over_only_from_the_holder_that_was_seen(store: Store) -> None:
    first, second, third = new_stream(), new_stream(), new_stream()
    await store.append(group(first, claims=[Claim("take", "serving", "p", first.id)]))
    await store.append(group(second, claims=[Claim("take_over", "serving", "p", second.id, first.id)]))
    with pytest.raises(ConflictError):
        await store.append(group(third, claims=[Claim("take_over", "serving", "p", third.id, first.id)]))
    assert await store.holders("serving", ["p"]) == {"p": second.id}


async def test_a_dropped_claim_is_free_again(store: Store) -> None:
    first = new_stream()
    await store.append(group(first, claims=[Claim("take", "serving", "p", first.id)]))
    known = await store.load(first.id)
    await store.append(group(known, [unit_closed(first.id)], claims=[Claim("drop", "serving", "p", first.id)]))
    assert await store.holders("serving", ["p"]) == {}


async def test_within_a_stream_versions_and_recorded_times_rise(store: Store) -> None:
    stream = new_stream()
    await store.append(group(stream))
    known = await store.load(stream.id)
    earlier = known.records[0].recorded_at.replace(year=2011)
    await store.append(group(known, [unit_closed(stream.id)], at=earlier))
    first, second = (await store.load(stream.id)).records
    assert (first.version, second.version) == (1, 2)
    assert second.recorded_at >= first.recorded_at
    assert isinstance(second.event, ServiceUnitClosed)


async def test_an_answer_lost_with_the_connection_is_found_out(database: Database) -> None:
    """The call commits, its answer never arrives: the caller still learns that it is stored, once."""
    async with Proxy.to(database.app) as proxy, running_store(proxy.dsn) as store:
        await append_new(store)
        proxy.swallow_answers()
        stream = new_stream()
        waiting = asyncio.create_task(store.append(group(stream)))
        await proxy.swallowed()
        proxy.cut()
        outcome = await asyncio.wait_for(waiting, 10)
    assert isinstance(outcome, Stored)
    assert len(await _everything(database.app)) == 2


async def test_a_caller_that_cannot_be_told_hears_outcome_unknown_and_repeats_safely(database: Database) -> None:
    async with Proxy.to(database.app) as proxy, running_store(proxy.dsn) as store:
        await append_new(store, command=Command("another", b"hash", "{}"))  # the next such call is one exchange
        proxy.swallow_answers()
        command = Command("k", b"hash", '{"n":1}')
        deadline = asyncio.get_running_loop().time() + 1
        with pytest.raises(UnavailableError) as unknown:
            await store.append(group(new_stream(), command=command, deadline=deadline))
        assert unknown.value.code == "outcome_unknown"
        proxy.cut()
        outcome = await append_new(store, command=command)
    assert outcome == Repeated('{"n": 1}') or outcome == Repeated('{"n":1}')
    assert len(await _everything(database.app)) == 2


async def test_a_killed_backend_while_waiting_for_the_lock_loses_and_doubles_nothing(database: Database) -> None:
    async with running_store(database.app) as store:
        await append_new(store)
        async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as blocker:
            async with blocker.transaction():
                await blocker.execute("SELECT pg_advisory_xact_lock(hashtext('songtor.append'))")
                waiting = [asyncio.create_task(append_new(store)) for _ in range(5)]
                await _until_somebody_waits(blocker)
                await _terminate_appender(database)
            outcomes = await asyncio.gather(*waiting)
    assert all(isinstance(outcome, Stored) for outcome in outcomes)
    assert len(await _everything(database.app)) == 6


async def _until_somebody_waits(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        cursor = await connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        if await cursor.fetchone():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits for the append lock")


async def _terminate_appender(database: Database) -> None:
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE '%appender' AND datname = current_database()"
        )


async def test_a_database_that_is_away_is_said_within_the_deadline() -> None:
    async with running_store(AWAY, open_pool_now=False) as store:
        started = time.monotonic()
        with pytest.raises(UnavailableError) as away:
            await store.append(group(new_stream(), deadline=asyncio.get_running_loop().time() + 1))
        assert away.value.code == "database_unavailable"
        assert time.monotonic() - started < 5


async def test_the_services_own_role_cannot_write_events_by_itself(store: Store, database: Database) -> None:
    await append_new(store)
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        for statement in ("DELETE FROM events", "UPDATE events SET type = 'x'", "INSERT INTO head VALUES (false, 1, now())"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(statement.encode())


async def test_a_claim_key_is_kept_apart_by_its_scope(store: Store) -> None:
    first, second = new_stream(), new_stream()
    await store.append(group(first, claims=[Claim("take", "card", "p", first.id)]))
    await store.append(group(second, claims=[Claim("take", "serving", "p", second.id)]))
    assert await store.holders("card", ["p", str(uuid4())]) == {"p": first.id}
