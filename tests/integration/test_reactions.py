"""Reactions: each record once, in order per key, whatever it holds and whatever is away. Faust and rebalances are in
`test_reactions_on_kafka.py`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import date
from uuid import UUID

import psycopg
import pytest

from shared.broker import Broker
from shared.consume import Context, Reaction, Reactions, parking
from shared.consume.parking import Message
from shared.events.registry import ServiceUnitClosed, ServiceUnitOpened
from shared.ids import new_id
from shared.sight import EVERYTHING_SHOWN
from shared.store import Store
from tests.support.kafka_records import UNCHANGED, Changed, message, recorded
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store, running_store, unit_closed, unit_opened

pytestmark = pytest.mark.integration

TOPIC = "registry.units"


@pytest.fixture
def database(postgres: PostgresServer) -> Database:
    return new_store(postgres)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with running_store(database.app, "intake") as running:
        yield running


async def on_service_unit_opened(event: ServiceUnitOpened, context: Context) -> Reaction:
    """A reaction that says something of its own: the unit is closed again."""
    stream = await context.store.load(event.unit_id)
    closed = ServiceUnitClosed(**event.model_dump(exclude={"closed_on"}), closed_on=date(2022, 1, 1))
    return Reaction(stream, [closed])


def reactions(store: Store) -> Reactions:
    return Reactions(
        store,
        kafka=Broker("127.0.0.1:9"),
        topics=[TOPIC],
        handlers={ServiceUnitOpened: on_service_unit_opened},
        replica="0",
        data_dir="/nonexistent",
    )


def opened(unit_id: UUID, offset: int = 0, changed: Changed = UNCHANGED) -> Message:
    return message(recorded(unit_opened(unit_id)), offset=offset, changed=changed)


def closed(unit_id: UUID, offset: int = 1) -> Message:
    return message(recorded(unit_closed(unit_id), version=2), offset=offset)


async def events_of(store: Store, stream: UUID) -> list[tuple[str, str]]:
    return [(record.source, record.type) for record in (await store.load(stream)).records]


async def parked_in(store: Store) -> list[tuple[int, str, str]]:
    async with store.connection() as connection:
        return [(row.message.offset, row.reason, row.state) for row in await parking.listed(connection, everything=True)]


async def test_the_heard_event_and_what_follows_are_one_group(store: Store) -> None:
    unit = new_id()
    await reactions(store).take(opened(unit))
    assert await events_of(store, unit) == [("registry", "ServiceUnitOpened"), ("intake", "ServiceUnitClosed")]
    heard, said = (await store.load(unit)).records
    assert said.meta["causation"] == str(heard.id)
    assert said.meta["actor"] == "system:intake"
    assert said.recorded_at == heard.recorded_at, "the time of a played cause is the time of its effect"


async def test_a_record_that_comes_again_changes_nothing(store: Store) -> None:
    unit = new_id()
    ear = reactions(store)
    for offset in (0, 0, 7):
        await ear.take(opened(unit, offset))
    assert len(await events_of(store, unit)) == 2


async def test_ten_ears_with_the_same_record_store_it_once(store: Store) -> None:
    unit = new_id()
    await asyncio.gather(*(reactions(store).take(opened(unit)) for _ in range(10)))
    assert len(await events_of(store, unit)) == 2


POISON: list[tuple[str, dict[str, bytes | None]]] = [
    ("not_of_its_type", {"value": b'{"unit_id": 5}'}),
    ("not_of_its_type", {"value": b"no json at all"}),
    ("not_utf8", {"value": b"\xff\xfe"}),
    ("no_value", {"value": None}),
    ("unknown_type", {"ce_type": b"NeverHeardOf"}),
    ("newer_version", {"ce_dataversion": b"99"}),
    ("bad_headers", {"ce_id": b"not an id"}),
    ("bad_headers", {"ce_subject": None}),
    ("bad_headers", {"ce_time": b"yesterday"}),
    ("not_cloudevents_1", {"ce_specversion": b"9.9"}),
    ("wrong_owner_or_topic", {"ce_source": b"somebody"}),
]


@pytest.mark.parametrize(("reason", "changed"), POISON)
async def test_garbage_is_parked_with_its_reason_and_the_rest_goes_on(
    store: Store, reason: str, changed: dict[str, bytes | None]
) -> None:
    bad, good = new_id(), new_id()
    ear = reactions(store)
    await ear.take(opened(bad, 0, changed))
    await ear.take(opened(good, 1))
    assert await parked_in(store) == [(0, reason, "parked")]
    assert await events_of(store, bad) == []
    assert len(await events_of(store, good)) == 2


async def test_a_record_without_a_key_is_parked(store: Store) -> None:
    whole = opened(new_id())
    await reactions(store).take(Message(whole.topic, 0, 0, None, whole.value, whole.headers))
    assert await parked_in(store) == [(0, "bad_headers", "parked")]


async def test_later_records_of_a_parked_key_wait_behind_it(store: Store) -> None:
    unit = new_id()
    ear = reactions(store)
    await ear.take(opened(unit, 0, {"ce_type": b"NeverHeardOf"}))
    await ear.take(closed(unit, 1))
    assert await parked_in(store) == [(0, "unknown_type", "parked"), (1, "behind", "parked")]
    assert await events_of(store, unit) == []


async def test_another_process_that_takes_the_partition_over_parks_behind_too(store: Store) -> None:
    unit = new_id()
    await reactions(store).take(opened(unit, 0, {"ce_type": b"NeverHeardOf"}))
    await reactions(store).take(closed(unit, 1))
    assert [reason for _, reason, _ in await parked_in(store)] == ["unknown_type", "behind"]


async def mark(store: Store, state: parking.Mark, offset: int) -> None:
    async with store.connection() as connection:
        assert await parking.mark(connection, state, topic=TOPIC, offset=(0, offset)) == 1


async def test_retry_works_off_a_key_in_order(store: Store) -> None:
    unit = new_id()
    failing = True

    async def moody(event: ServiceUnitOpened, context: Context) -> Reaction:
        if failing:
            raise ValueError("not yet")
        return await on_service_unit_opened(event, context)

    ear = Reactions(
        store,
        kafka=Broker("127.0.0.1:9"),
        topics=[TOPIC],
        handlers={ServiceUnitOpened: moody},
        replica="0",
        data_dir="/nonexistent",
    )
    await ear.take(opened(unit, 0))
    await ear.take(closed(unit, 1))
    assert await parked_in(store) == [(0, "failed_ValueError", "parked"), (1, "behind", "parked")]
    failing = False
    await mark(store, "retry", 0)
    await ear.retry_parked()
    assert [state for _, _, state in await parked_in(store)] == ["done", "done"]
    assert await events_of(store, unit) == [
        ("registry", "ServiceUnitOpened"),
        ("intake", "ServiceUnitClosed"),
        ("registry", "ServiceUnitClosed"),
    ]


async def test_a_retry_that_fails_again_keeps_the_others_behind(store: Store) -> None:
    unit = new_id()
    ear = reactions(store)
    await ear.take(opened(unit, 0, {"ce_type": b"NeverHeardOf"}))
    await ear.take(closed(unit, 1))
    await mark(store, "retry", 0)
    await ear.retry_parked()
    assert [(offset, state) for offset, _, state in await parked_in(store)] == [(0, "parked"), (1, "parked")]


async def test_dropping_the_first_lets_the_others_pass(store: Store) -> None:
    unit = new_id()
    ear = reactions(store)
    await ear.take(opened(unit, 0, {"ce_type": b"NeverHeardOf"}))
    await ear.take(closed(unit, 1))
    await mark(store, "dropped", 0)
    await ear.retry_parked()
    assert [state for _, _, state in await parked_in(store)] == ["dropped", "done"]
    assert await events_of(store, unit) == [("registry", "ServiceUnitClosed")]


async def test_after_a_key_is_clean_its_records_are_taken_in_again(store: Store) -> None:
    unit = new_id()
    ear = reactions(store)
    await ear.take(opened(unit, 0, {"ce_type": b"NeverHeardOf"}))
    await mark(store, "dropped", 0)
    await ear.retry_parked()
    await ear.take(closed(unit, 1))
    assert await events_of(store, unit) == [("registry", "ServiceUnitClosed")]


async def test_a_fork_after_a_restore_is_parked(store: Store) -> None:
    unit = new_id()
    ear = reactions(store)
    await ear.take(opened(unit, 0))
    await ear.take(opened(unit, 1, {"ce_id": str(new_id()).encode()}))
    assert await parked_in(store) == [(1, "fork", "parked")]


async def test_a_database_constraint_that_refuses_is_parked_and_the_rest_goes_on(store: Store, database: Database) -> None:
    bad, good = new_id(), new_id()
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner:
        await owner.execute(f"ALTER TABLE events ADD CONSTRAINT not_this CHECK (stream_id <> '{bad}')".encode())
    ear = reactions(store)
    await asyncio.gather(ear.take(opened(bad, 0)), ear.take(opened(good, 1)))
    assert await parked_in(store) == [(0, "failed_CheckViolation", "parked")]
    assert len(await events_of(store, good)) == 2


async def test_more_than_twenty_keys_in_a_minute_stop_the_ear(store: Store) -> None:
    ear = reactions(store)
    for offset in range(20):
        await ear.take(opened(new_id(), offset, {"ce_type": b"NeverHeardOf"}))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ear.take(opened(new_id(), 20, {"ce_type": b"NeverHeardOf"})), 2)
    assert len(await parked_in(store)) == 20


async def test_a_database_that_is_away_is_waited_for_in_place(store: Store, database: Database) -> None:
    unit = new_id()
    async with locked_events(database) as unlock:
        taking = asyncio.create_task(reactions(store).take(opened(unit)))
        await terminate_all(database)
        assert not taking.done()
        await unlock()
        await asyncio.wait_for(taking, 20)
    assert len(await events_of(store, unit)) == 2


async def terminate_all(database: Database) -> None:
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


@contextlib.asynccontextmanager
async def locked_events(database: Database) -> AsyncIterator[Callable[[], "asyncio.Future[None]"]]:
    """Nobody can append until the given function is called."""
    async with await psycopg.AsyncConnection.connect(database.owner) as owner:
        await owner.execute("SELECT pg_advisory_xact_lock(hashtext('songtor.append'))")
        yield lambda: asyncio.ensure_future(owner.rollback())
