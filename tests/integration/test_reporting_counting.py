"""How PostgreSQL comes to the totals: from indexes alone, also just after a rebuild. What the totals are is tested elsewhere."""

from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any, LiteralString

import psycopg
import pytest

from services.reporting import views
from services.reporting.projection import PROJECTION
from shared.projection import rebuild
from tests.reporting.given import an_id, helped
from tests.reporting.running import Reporting, empty_database, running
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

HELPS = 40
PERIOD = {"year": 2564, "first_day": date(2020, 10, 1), "last_day": date(2021, 9, 30)}


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        await found.tell(*(recorded(helped(an_id(number), person_ref=an_id(number % 30))) for number in range(100, 100 + HELPS)))
        await found.get("/totals", fiscal_year=2564)
        yield found


def _nodes(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["Node Type"]
    for below in plan.get("Plans", ()):
        # Which provinces may be seen is looked up once, before.
        if below["Parent Relationship"] != "InitPlan":
            yield from _nodes(below)


@pytest.mark.parametrize("statement", [views.HELPED_IN_YEAR, views.HELPED_IN_DAYS], ids=["year", "days"])
async def test_totals_are_counted_from_three_indexes_without_sorting_or_hashing(
    reporting: Reporting, statement: LiteralString
) -> None:
    connection = reporting.connection
    for other_way in ("seqscan", "bitmapscan", "hashagg"):  # which a table as small as this would be worth
        await connection.execute(f"SET enable_{other_way} = off".encode())
    cursor = await connection.execute("EXPLAIN (FORMAT JSON) " + statement, PERIOD)
    ((found,),) = await cursor.fetchall()
    parts = [sorted(_nodes(part)) for part in found[0]["Plan"]["Plans"]]
    named, _unnamed, by_province, national = parts
    assert named == by_province == ["Aggregate", "Index Only Scan"]
    assert national == ["Aggregate", "Index Only Scan"]


async def test_a_rebuilt_table_is_ready_to_be_counted_from_its_indexes(reporting: Reporting) -> None:
    async with (
        await psycopg.AsyncConnection.connect(reporting.database.owner, autocommit=True) as owner,
        await psycopg.AsyncConnection.connect(reporting.database.owner, autocommit=True) as reader,
    ):
        found = await rebuild(owner, reader, PROJECTION)
    seen = "SELECT reltuples, relpages > 0, relallvisible = relpages FROM pg_class WHERE relname = %s"
    cursor = await reporting.connection.execute(seen, [f"assistance_versions_b{found.build}"])
    assert await cursor.fetchall() == [(HELPS, True, True)]
