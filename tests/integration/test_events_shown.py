"""PostgreSQL itself shows a caller no event of another province, agency, unit or person: neither in a scan nor when one thing
is loaded."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from shared.access import EVERYTHING, Reach
from shared.connecting import TimedConnection, ask
from shared.sight import DECIDING, see
from shared.store import Appender, Store
from shared.store.store import open_pool
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store

pytestmark = pytest.mark.integration

UNIT, OTHER_UNIT, VOLUNTEER, OTHER_VOLUNTEER = uuid4(), uuid4(), uuid4(), uuid4()
CASE, REFERRED, ELSEWHERE, OTHERS, PERSON = (uuid4() for _ in range(5))
# A case of a unit and a volunteer; one that others reported and that was referred to an agency; one of the unit in the province
# next door; one of other people; and what is said of a person, who is in no province.
STREAMS: Mapping[UUID, list[dict[str, Any]]] = {
    CASE: [
        {"province": "24", "unit_id": UNIT, "volunteer_id": VOLUNTEER},
        {"province": "24", "unit_id": UNIT, "volunteer_id": VOLUNTEER},
    ],
    REFERRED: [
        {"province": "24", "unit_id": OTHER_UNIT},
        {"province": "24", "agency": "doe"},
        {"province": "24", "agency": "doe"},
    ],
    ELSEWHERE: [{"province": "20", "unit_id": UNIT, "volunteer_id": OTHER_VOLUNTEER}],
    OTHERS: [{"province": "24", "unit_id": OTHER_UNIT, "volunteer_id": OTHER_VOLUNTEER, "agency": "dsd"}],
    PERSON: [{"person_ref": PERSON}],
}
SHOWN = {
    "the nation": (EVERYTHING, {CASE, REFERRED, ELSEWHERE, OTHERS, PERSON}),
    "a province": (Reach(frozenset({"24"}), whole=True), {CASE, REFERRED, OTHERS, PERSON}),
    "another province": (Reach(frozenset({"20"}), whole=True), {ELSEWHERE, PERSON}),
    "no province": (Reach(frozenset(), whole=True), set[UUID]()),
    "an agency": (Reach(frozenset({"24"}), agency="doe"), {REFERRED, PERSON}),
    "an agency elsewhere": (Reach(frozenset({"20"}), agency="doe"), {PERSON}),
    "a unit": (Reach(frozenset({"24"}), unit_id=UNIT), {CASE, PERSON}),
    "a unit, wherever it helped": (Reach(None, unit_id=UNIT), {CASE, ELSEWHERE, PERSON}),
    "a volunteer": (Reach(frozenset({"20", "24"}), volunteer_id=VOLUNTEER), {CASE, PERSON}),
    "nobody's": (Reach(frozenset({"20", "24"})), {PERSON}),
}
EACH = pytest.mark.parametrize(("reach", "shown"), list(SHOWN.values()), ids=list(SHOWN))


@pytest.fixture
async def told(postgres: PostgresServer) -> Database:
    database = new_store(postgres)
    number = 0
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner:
        for stream, events in STREAMS.items():
            for version, event in enumerate(events, start=1):
                number += 1
                await owner.execute(
                    "INSERT INTO events VALUES (%s, 'intake', %s, %s, %s, 'NeedReported', 1, %s, '{}', now(), now(), 'topic')",
                    [number, stream, version, uuid4(), orjson.dumps(event).decode()],
                )
    return database


@pytest.fixture
async def pool(told: Database) -> AsyncIterator[AsyncConnectionPool[TimedConnection]]:
    """As an api has it, with one connection."""
    async with open_pool(told.app, name="test api", size=1, options=DECIDING) as pool:
        yield pool


@pytest.fixture
def store(told: Database, pool: AsyncConnectionPool[TimedConnection]) -> Store:
    return Store(pool, Appender(told.app, "intake"), "intake")


@EACH
async def test_a_caller_is_shown_his_own_streams_whole_and_no_others(told: Database, reach: Reach, shown: set[UUID]) -> None:
    async with await psycopg.AsyncConnection.connect(told.app) as connection:
        await see(connection, reach.sight)
        rows = await (await connection.execute("SELECT stream_id, count(*) FROM events GROUP BY stream_id")).fetchall()
    assert dict(rows) == {stream: len(STREAMS[stream]) for stream in shown}


async def test_nothing_is_shown_to_who_says_nothing(told: Database) -> None:
    async with await psycopg.AsyncConnection.connect(told.app) as connection:
        assert await (await connection.execute("SELECT count(*) FROM events")).fetchone() == (0,)
        await connection.execute("SET ROLE songtor_narrow")
        assert await (await connection.execute("SELECT count(*) FROM events")).fetchone() == (0,)


@EACH
async def test_what_is_loaded_for_a_read_is_the_callers(store: Store, reach: Reach, shown: set[UUID]) -> None:
    seen = store.seen(reach.sight)
    found = await seen.load_many(list(STREAMS))
    assert {stream for stream, loaded in found.items() if loaded} == shown
    assert all(len(loaded.records) == len(STREAMS[stream]) for stream, loaded in found.items() if loaded)


async def test_a_connection_forgets_a_caller_with_his_transaction(
    store: Store, pool: AsyncConnectionPool[TimedConnection]
) -> None:
    """Also when it fails: the next one is shown what is his, and who decides is shown everything."""
    clerk = Reach(frozenset({"24"}), unit_id=UNIT).sight
    for _ in range(3):
        assert not await store.seen(clerk).load(OTHERS)
        with pytest.raises(psycopg.errors.DivisionByZero):
            await ask(pool, "SELECT 1 / 0", [], patience=1, sight=clerk)
        assert await store.load(OTHERS)
        assert await store.seen(clerk).seen(None).load(OTHERS)


async def test_writing_needs_no_sight(told: Database) -> None:
    """append() works as the owner: a caller's sight, were one left behind, would hide no conflict from it."""
    async with await psycopg.AsyncConnection.connect(told.app) as connection:
        row = await (
            await connection.execute("SELECT pg_get_userbyid(proowner), prosecdef FROM pg_proc WHERE proname = 'append'")
        ).fetchone()
        forced = await (await connection.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'events'")).fetchone()
    assert row == ("store_owner", True)
    assert forced == (False,)
