"""Projections on the real PostgreSQL: the same rows for every batch size, after every kill and after a rebuild."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import psycopg
import pytest

from shared.errors import NotYetVisibleError
from shared.projection import Projector, prepare, rebuild
from shared.projection.builds import live_build
from shared.sight import EVERYTHING_SHOWN
from shared.store import Store
from shared.store.store import Connection
from shared.web.projected import until_projected
from tests.support.projections import UNITS_PROJECTION
from tests.support.servers import PostgresServer
from tests.support.stores import Database, append_new, group, new_store, new_stream, running_store, unit_closed

pytestmark = pytest.mark.integration

Row = tuple[object, ...]


@pytest.fixture
async def database(postgres: PostgresServer) -> Database:
    database = new_store(postgres)
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner:
        assert not await prepare(owner, UNITS_PROJECTION)
    return database


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with running_store(database.app) as running:
        yield running


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        yield connection


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def reader(database: Database) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as connection:
        yield connection


async def write(store: Store, units: int) -> None:
    """So many units, every second one closed again."""
    for number in range(units):
        stream = new_stream()
        await store.append(group(stream))
        if number % 2:
            await store.append(group(await store.load(stream.id), [unit_closed(stream.id)]))


async def rows_of(connection: Connection) -> dict[str, list[Row]]:
    found = {}
    for view in ("units", "spans", "open_units"):
        cursor = await connection.execute(f"SELECT * FROM {view} ORDER BY 1, 2".encode())
        found[view] = await cursor.fetchall()
    return found


def projector(database: Database, batch: int) -> Projector:
    return Projector(database.app, "registry", UNITS_PROJECTION, batch=batch)


async def project_all(database: Database, connection: Connection, batch: int) -> None:
    while await projector(database, batch).step(connection):
        pass


@contextlib.asynccontextmanager
async def projecting(database: Database, batch: int = 100) -> AsyncIterator[None]:
    running = asyncio.create_task(projector(database, batch).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_every_batch_size_gives_the_same_rows(
    store: Store, database: Database, connection: Connection, owner: Connection, reader: Connection
) -> None:
    await write(store, 30)
    await project_all(database, connection, 7)
    rows = await rows_of(connection)
    assert (len(rows["units"]), len(rows["spans"]), len(rows["open_units"])) == (30, 45, 15)
    for batch in (1, 3, 1000):
        await owner.execute("UPDATE projections SET position = 0")
        for table in ("units", "spans"):
            live = await live_build(owner, "units")
            assert live is not None
            await owner.execute(f"TRUNCATE {table}_b{live.build}".encode())
        await project_all(database, connection, batch)
        assert await rows_of(connection) == rows


async def test_a_batch_taken_in_again_changes_nothing(
    store: Store, database: Database, connection: Connection, owner: Connection
) -> None:
    await write(store, 10)
    await project_all(database, connection, 4)
    rows = await rows_of(connection)
    await owner.execute("UPDATE projections SET position = 0")
    await project_all(database, connection, 5)
    assert await rows_of(connection) == rows


async def test_a_version_closes_the_one_before(store: Store, database: Database, connection: Connection) -> None:
    await write(store, 2)
    await project_all(database, connection, 100)
    cursor = await connection.execute("SELECT version, known_to IS NULL FROM spans ORDER BY known_from, version")
    assert await cursor.fetchall() == [(1, True), (1, False), (2, True)]


async def test_killed_and_cut_again_and_again_it_ends_with_the_same_rows(
    store: Store, database: Database, connection: Connection, owner: Connection, reader: Connection
) -> None:
    for _ in range(6):
        async with projecting(database, batch=3):
            await write(store, 10)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE '%projection%' AND datname = current_database()"
            )
    async with projecting(database):
        await until_projected(store, "units")
    found = await rebuild(owner, reader, UNITS_PROJECTION, compare=True)
    assert found.differing == {"units": 0, "spans": 0}


async def test_two_projectors_at_once_do_nothing_twice(store: Store, database: Database, connection: Connection) -> None:
    async with projecting(database, 2), projecting(database, 2):
        await write(store, 20)
        await until_projected(store, "units")
    assert len((await rows_of(connection))["spans"]) == 30


async def test_a_list_waits_for_what_was_written(store: Store, database: Database, connection: Connection) -> None:
    async with projecting(database):
        for count in range(1, 20):
            await append_new(store)
            await until_projected(store, "units")
            assert len((await rows_of(connection))["units"]) == count


async def test_without_a_projector_a_list_says_that_it_is_not_yet_visible(store: Store) -> None:
    await append_new(store)
    with pytest.raises(NotYetVisibleError):
        await until_projected(store, "units", seconds=0.2)


async def test_a_rebuild_equals_the_live_rows_and_readers_see_the_old_until_the_swap(
    store: Store, database: Database, connection: Connection, owner: Connection, reader: Connection
) -> None:
    await write(store, 40)
    await project_all(database, connection, 100)
    before = await rows_of(connection)
    seen: list[bool] = []

    def look(done: int, total: int) -> None:
        with psycopg.connect(database.app, options=EVERYTHING_SHOWN) as another:
            seen.append(another.execute("SELECT count(*) FROM units").fetchone() == (40,))

    found = await rebuild(owner, reader, UNITS_PROJECTION, compare=True, progress=look)
    assert found.differing == {"units": 0, "spans": 0}
    assert seen
    assert all(seen)
    assert await rows_of(connection) == before


async def test_a_comparison_finds_a_row_that_is_wrong(
    store: Store, database: Database, connection: Connection, owner: Connection, reader: Connection
) -> None:
    await write(store, 4)
    await project_all(database, connection, 100)
    await owner.execute("UPDATE units_b1 SET name = 'wrong' WHERE unit_id = (SELECT min(unit_id::text)::uuid FROM units_b1)")
    found = await rebuild(owner, reader, UNITS_PROJECTION, compare=True)
    assert found.differing == {"units": 2, "spans": 0}
    assert "wrong" not in {row[2] for row in (await rows_of(connection))["units"]}


async def test_a_rebuild_beside_a_running_projector_and_writer_loses_nothing(
    store: Store, database: Database, connection: Connection, owner: Connection, reader: Connection
) -> None:
    async with projecting(database, batch=5):
        writing = asyncio.create_task(write(store, 60))
        for _ in range(3):
            found = await rebuild(owner, reader, UNITS_PROJECTION, compare=True)
            assert found.differing == {"units": 0, "spans": 0}
        await writing
        await until_projected(store, "units")
    assert len((await rows_of(connection))["spans"]) == 90


async def test_a_rebuild_that_was_killed_is_begun_again(
    store: Store, database: Database, connection: Connection, owner: Connection, reader: Connection
) -> None:
    await write(store, 4)
    await project_all(database, connection, 100)

    def die(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rebuild(owner, reader, UNITS_PROJECTION, progress=die)
    assert len((await rows_of(connection))["units"]) == 4
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as fresh:
        assert (await rebuild(owner, fresh, UNITS_PROJECTION, compare=True)).differing == {"units": 0, "spans": 0}
    cursor = await owner.execute("SELECT build, status FROM projections ORDER BY build")
    assert [status for _, status in await cursor.fetchall()] == ["old", "live"]


async def test_another_definition_is_noticed_and_the_old_tables_stay_until_the_rebuild(
    store: Store, database: Database, connection: Connection, owner: Connection, reader: Connection
) -> None:
    await write(store, 2)
    await project_all(database, connection, 100)
    changed = replace(UNITS_PROJECTION, definition=2)
    assert await prepare(owner, changed)
    with pytest.raises(psycopg.ProgrammingError):
        await Projector(database.app, "registry", changed).step(connection)
    await rebuild(owner, reader, changed)
    assert not await prepare(owner, changed)
    assert len((await rows_of(connection))["units"]) == 2
