"""PostgreSQL itself shows a caller no row of another province: whatever is asked, of every table with a province, also after a
rebuild."""

import importlib
from collections.abc import Sequence

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from shared.projection import Projection, prepare, rebuild
from shared.projection.builds import PLACE
from shared.projection.tables import Table
from shared.rights import SERVICES
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store

pytestmark = pytest.mark.integration

VALUES = {
    "uuid": "gen_random_uuid()",
    "int": "1",
    "integer": "1",
    "bigint": "1",
    "smallint": "1",
    "boolean": "false",
    "date": "'2021-05-21'",
    "timestamptz": "now()",
    "text": "'x'",
    "text[]": "'{}'",
    "json": "'{}'",
    "jsonb": "'{}'",
}


def projections_of(service: str) -> Sequence[Projection]:
    found: Sequence[Projection] = importlib.import_module(f"services.{service}.app").DEFINITION.projections
    return found


def placed_tables(projection: Projection) -> list[Table]:
    return [table for table in projection.tables if PLACE in table.columns]


async def fill(owner: psycopg.AsyncConnection, table: Table, build: int) -> None:
    """A row of each of two provinces."""
    for province in ("24", "20"):
        names = sql.SQL(", ").join(sql.Identifier(name) for name in table.columns)
        values = sql.SQL(", ").join(
            sql.Literal(province) if name == PLACE else sql.SQL(VALUES[table.type_of(name)]) for name in table.columns
        )
        into = sql.Identifier(f"{table.name}_b{build}")
        await owner.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(into, names, values))


async def provinces_shown(database: Database, relation: str, told: str | None) -> set[str]:
    """To a connection of the service's own role that was told of these provinces."""
    async with await psycopg.AsyncConnection.connect(database.app) as connection:
        if told is not None:
            await connection.execute("SELECT set_config('songtor.provinces', %s, true)", [told])
        cursor = await connection.execute(sql.SQL("SELECT DISTINCT province FROM {}").format(sql.Identifier(relation)))
        return {province for (province,) in await cursor.fetchall()}


async def assert_shown_by_province(database: Database, relation: str) -> None:
    assert await provinces_shown(database, relation, None) == set(), "nobody has said which: none"
    assert await provinces_shown(database, relation, "") == set()
    assert await provinces_shown(database, relation, "24") == {"24"}
    assert await provinces_shown(database, relation, "10,20") == {"20"}
    assert await provinces_shown(database, relation, "20,24") == {"20", "24"}
    assert await provinces_shown(database, relation, "*") == {"20", "24"}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_table_and_view_with_a_province_shows_those_of_the_caller(postgres: PostgresServer, service: str) -> None:
    database = new_store(postgres)
    async with (
        await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner,
        await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as reader,
    ):
        for projection in projections_of(service):
            await prepare(owner, projection)
            rebuilt = await rebuild(owner, reader, projection)
            assert placed_tables(projection), "else nothing was looked at"
            for table in placed_tables(projection):
                await fill(owner, table, rebuilt.build)
                await assert_shown_by_province(database, f"{table.name}_b{rebuilt.build}")
                await assert_shown_by_province(database, table.name)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_view_shows_what_its_owner_may_see(postgres: PostgresServer, service: str) -> None:
    database = new_store(postgres)
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner:
        for projection in projections_of(service):
            await prepare(owner, projection)
        cursor = await owner.execute(
            "SELECT relname, reloptions FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
        )
        views = await cursor.fetchall()
    assert views
    assert [name for name, options in views if "security_invoker=true" not in (options or [])] == []


async def test_the_role_of_a_service_owns_nothing_and_goes_round_no_policy(postgres: PostgresServer) -> None:
    database = new_store(postgres)
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner:
        for projection in projections_of("registry"):
            await prepare(owner, projection)
    role = conninfo_to_dict(database.app)["user"]
    async with await psycopg.AsyncConnection.connect(postgres.dsn) as connection:
        rights = await (
            await connection.execute(
                "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, pg_has_role(rolname, rolname || '_owner', 'MEMBER')"
                " FROM pg_roles WHERE rolname = %s",
                [role],
            )
        ).fetchone()
    assert rights == (False, False, False, False, False)
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True) as app:
        owned = await (await app.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")).fetchone()
        assert owned == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await app.execute("ALTER TABLE volunteers_b1 DISABLE ROW LEVEL SECURITY")
