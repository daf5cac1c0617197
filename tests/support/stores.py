"""A service's store on the real PostgreSQL, for tests: migrated database, pool, running appender. Servers are started
elsewhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict

from shared.events.contract import Event
from shared.events.registry import ServiceUnitClosed, ServiceUnitOpened
from shared.ids import new_id
from shared.migrate import migrate
from shared.projection import Projection, prepare
from shared.sight import EVERYTHING_SHOWN
from shared.store import Appender, Claim, Command, Group, Meta, Outcome, Store, Stream
from shared.store.groups import say
from shared.store.store import open_pool
from tests.support.servers import PostgresServer, wait_until_empty


@dataclass(frozen=True)
class Database:
    """A migrated database of one service."""

    owner: str
    app: str


OWNER, APP = "store_owner", "store"


def new_store(postgres: PostgresServer, *projections: Projection) -> Database:
    """A migrated database with these projections' tables and nothing in it. Made by copying: to migrate and to make tables takes
    longer than most tests."""
    made = postgres, tuple(str(projection.name) for projection in projections)
    if made not in _TEMPLATES:
        _TEMPLATES[made] = _template(postgres, projections)
    return Database(*postgres.copy_of(_TEMPLATES[made], owner=OWNER, app=APP))


_TEMPLATES: dict[tuple[PostgresServer, tuple[str, ...]], str] = {}


def _template(postgres: PostgresServer, projections: Sequence[Projection]) -> str:
    owner, _ = postgres.copy_of("template0", owner=OWNER, app=APP)
    migrate(owner, "shared", "schema/store")
    with ThreadPoolExecutor(1) as thread:  # there may be a loop in this one
        thread.submit(asyncio.run, _prepare(owner, projections)).result()
    name = str(conninfo_to_dict(owner)["dbname"])
    wait_until_empty(postgres.dsn, name)
    return name


async def _prepare(owner: str, projections: Sequence[Projection]) -> None:
    async with await AsyncConnection.connect(owner, autocommit=True) as connection:
        for projection in projections:
            await prepare(connection, projection)


@contextlib.asynccontextmanager
async def running_store(dsn: str, service: str = "registry", *, open_pool_now: bool = True) -> AsyncIterator[Store]:
    """A store with its appender at work; `open_pool_now` False for a database that is away."""
    appender = Appender(dsn, service)
    pool = open_pool(dsn, name=f"{service} test", options=EVERYTHING_SHOWN)
    if open_pool_now:
        await pool.open()
    running = asyncio.create_task(appender.run())
    try:
        yield Store(pool, appender, service)
    finally:
        await appender.stop()
        done, _ = await asyncio.wait({running}, timeout=5)
        if not done:
            running.cancel()
        await pool.close()


def unit_opened(unit_id: UUID, name: str = "บ้านคลองนิยม") -> ServiceUnitOpened:
    """An event that is quick to make."""
    return ServiceUnitOpened(unit_id=unit_id, name=name, province="24", area_code="240409", opened_on=date(2021, 5, 7))


def unit_closed(unit_id: UUID) -> ServiceUnitClosed:
    return ServiceUnitClosed(
        unit_id=unit_id,
        name="บ้านคลองนิยม",
        province="24",
        area_code="240409",
        opened_on=date(2021, 5, 7),
        closed_on=date(2022, 1, 1),
    )


def group(
    stream: Stream,
    events: Sequence[Event] | None = None,
    *,
    claims: Sequence[Claim] = (),
    command: Command | None = None,
    deadline: float | None = None,
    at: datetime | None = None,
) -> Group:
    """A group on one stream as a route would make it."""
    said = say(stream, [unit_opened(stream.id)] if events is None else events, at or datetime.now(UTC))
    meta = Meta(actor="tester", correlation=str(stream.id), played=at is not None)
    return Group(said=said, meta=meta, known=[(stream.id, stream.known)], claims=claims, command=command, deadline=deadline)


def new_stream(service: str = "registry") -> Stream:
    return Stream(new_id(), service, ())


async def append_new(store: Store, *, command: Command | None = None, claims: Sequence[Claim] = ()) -> Outcome:
    """One event on a stream of its own."""
    return await store.append(group(new_stream(store.service), command=command, claims=claims))
