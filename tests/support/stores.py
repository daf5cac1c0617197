"""A service's store on the real PostgreSQL, for tests: migrated database, pool, running appender. Servers are started
elsewhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from shared.events.contract import Event
from shared.events.registry import ServiceUnitClosed, ServiceUnitOpened
from shared.ids import new_id
from shared.migrate import migrate
from shared.store import Appender, Claim, Command, Group, Meta, Outcome, Store, Stream
from shared.store.groups import say
from shared.store.store import open_pool

KEY_LIFE_SECONDS = 0.2
"""For so long the services of tests go on reading somebody who was forgotten behind their back."""


@dataclass(frozen=True)
class Database:
    """A migrated database of one service."""

    owner: str
    app: str


def migrated(dsns: tuple[str, str]) -> Database:
    owner, app = dsns
    migrate(owner, "shared", "schema/store")
    return Database(owner, app)


@contextlib.asynccontextmanager
async def running_store(dsn: str, service: str = "registry", *, open_pool_now: bool = True) -> AsyncIterator[Store]:
    """A store with its appender at work; `open_pool_now` False for a database that is away."""
    appender = Appender(dsn, service)
    pool = open_pool(dsn, name=f"{service} test")
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
