"""Reporting's tables on the real PostgreSQL: the same rows for every batch size, and every report the same byte for byte after a
rebuild."""

from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from services.reporting.projection import PROJECTION
from shared.projection import rebuild
from shared.vault import Vault
from tests.reporting.given import PROVINCES, World, an_id, corrected, unit, volunteer
from tests.reporting.given_network import every_part
from tests.reporting.running import SOMJAI, Reporting, empty_database, help_for, running, vault_of
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


@pytest.fixture
async def vault(vault_dsn: str) -> AsyncIterator[Vault]:
    async with vault_of(vault_dsn) as opened:
        yield opened


async def _answers(http: httpx.AsyncClient) -> dict[str, bytes]:
    """Every report there is of the world below, byte for byte."""
    paths = [
        *(f"/reports/snb2?province={province}&month=2021-05" for province in PROVINCES),
        f"/reports/sp12?unit_id={an_id(1)}&month=2021-05",
        "/totals?month=2021-05",
        "/totals?fiscal_year=2564",
        "/funnel?fiscal_year=2564",
        f"/volunteers/{an_id(9_000_000)}/progress?fiscal_year=2564",
        "/completeness?month=2021-05",
        "/network?province=24&fiscal_year=2564",
        *(f"/mobile-units/suggestions?province={province}&from=2021-01-01" for province in PROVINCES),
    ]
    found = {}
    for path in paths:
        answer = await http.get(path)
        assert answer.status_code == 200, answer.text
        found[path] = answer.content
    return found


async def test_a_rebuild_finds_equal_tables_and_every_report_is_the_same_byte_for_byte(
    reporting: Reporting, vault: Vault
) -> None:
    helps = [await help_for(vault, number, SOMJAI) for number in range(11, 16)]
    singles = [unit(an_id(1)), volunteer(an_id(9_000_000)), *helps, *every_part(an_id(9_000_000))]
    await reporting.tell(*World(5, 150).arrivals(5), *map(recorded, singles), recorded(corrected(helps[0]), version=2), batch=100)
    before = await _answers(reporting.http)
    async with (
        await psycopg.AsyncConnection.connect(reporting.database.owner, autocommit=True) as owner,
        await psycopg.AsyncConnection.connect(reporting.database.owner, autocommit=True) as reader,
    ):
        for _ in range(2):
            found = await rebuild(owner, reader, PROJECTION, compare=True)
            assert found.differing == {table.name: 0 for table in PROJECTION.tables}
            assert await _answers(reporting.http) == before


async def test_every_batch_size_and_a_repeat_from_the_start_write_the_same_rows(postgres: PostgresServer, vault_dsn: str) -> None:
    records = World(11, 40).arrivals(4)
    written = []
    for heard, batch in ((2000, 2000), (7, 1), (1, 13)):
        async with running(empty_database(postgres), vault_dsn, projecting=False) as reporting:
            await reporting.tell(*records, batch=heard)
            await reporting.project_all(batch)
            written.append(await reporting.rows())
            async with await psycopg.AsyncConnection.connect(reporting.database.owner, autocommit=True) as owner:
                await owner.execute("UPDATE projections SET position = 0")
            await reporting.project_all(batch)
            written.append(await reporting.rows())
    assert written[0]["assistance_versions"]
    assert all(rows == written[0] for rows in written)
