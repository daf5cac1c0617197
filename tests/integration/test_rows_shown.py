"""PostgreSQL itself shows a caller no row of another province, agency, unit or person: whatever is asked, of every table and
the view of its name, also after a rebuild. Views over several look as the caller does."""

import importlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from shared.access import EVERYTHING, Reach
from shared.projection import Projection, Table, prepare, rebuild
from shared.projection.policies import PLACE, UnguardedError, policies, shown_to_narrow
from shared.rights import SERVICES
from shared.sight import see
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store

pytestmark = pytest.mark.integration

OWN, OTHER = uuid4(), uuid4()
AGENCY, UNIT, SELF = "agency", "unit_id", "volunteer_id"
OWNERS: Mapping[str, tuple[object, object]] = {AGENCY: ("doe", "dsd"), UNIT: (OWN, OTHER), SELF: (OWN, OTHER)}
"""One's own and another's."""
REACHES = {
    "the nation": EVERYTHING,
    "a province": Reach(frozenset({"24"}), whole=True),
    "two provinces, one of them empty": Reach(frozenset({"10", "20"}), whole=True),
    "no province": Reach(frozenset(), whole=True),
    "an agency": Reach(frozenset({"24"}), agency="doe"),
    "a unit": Reach(frozenset({"24"}), unit_id=OWN),
    "a unit, wherever it helped": Reach(None, unit_id=OWN),
    "a volunteer": Reach(frozenset({"20", "24"}), volunteer_id=OWN),
    "nothing": Reach(frozenset({"24"})),
}


def projections_of(service: str) -> Sequence[Projection]:
    found: Sequence[Projection] = importlib.import_module(f"services.{service}.app").DEFINITION.projections
    return found


EACH = pytest.mark.parametrize(
    "projection",
    [pytest.param(found, id=f"{service} {found.name}") for service in SERVICES for found in projections_of(service)],
)


@dataclass(frozen=True)
class Whose:
    """To whom a row belongs by its columns; `values`: those of its key, and those that rows of other tables share with it."""

    owners: Mapping[str, object]
    values: Mapping[str, object]

    def shown_to(self, reach: Reach, table: Table) -> bool:
        """What the tables promise, said once more."""
        if reach.provinces is not None and self.owners[PLACE] not in reach.provinces:
            return False
        own = {AGENCY: reach.agency, UNIT: reach.unit_id, SELF: reach.volunteer_id}
        return reach.whole or table.for_all or any(own[name] is not None and own[name] == self.owners.get(name) for name in own)


def root(table: Table) -> Table:
    return table if table.within is None else root(table.within.table)


class Filled:
    """A rebuilt projection with rows of many owners in every table."""

    def __init__(self, app: psycopg.AsyncConnection[Any], database: Database, projection: Projection, build: int) -> None:
        self.database, self.projection, self.build = database, projection, build
        self.rows: dict[str, list[Whose]] = {}
        self.app = app
        self._number = 0

    async def fill(self, owner: psycopg.AsyncConnection[Any]) -> "Filled":
        for table in self.projection.tables:
            self.rows[table.name] = [self._keyed(table, whose) for whose in self._wanted(table)]
            for whose in self.rows[table.name]:
                await self._insert(owner, table, {**whose.owners, **whose.values})
        return self

    def _wanted(self, table: Table) -> Iterator[Whose]:
        """In each of two provinces a row of nobody, and of each kind of owner one's own and another's; within another table one
        for each row of that."""
        if table.within is not None:
            for whose in self.rows[table.within.table.name]:
                yield Whose(whose.owners, {name: whose.values[name] for name in table.within.columns})
            return
        for province in ("24", "20"):
            yield Whose({PLACE: province}, {})
            for owner in table.owners:
                if table.key == (owner,) and province != "24":
                    continue  # a unit is of one province
                for one in OWNERS[owner]:
                    yield Whose({PLACE: province, owner: one}, {})

    def _keyed(self, table: Table, whose: Whose) -> Whose:
        self._number += 1
        shared = [
            name for one in self.projection.tables if one.within and one.within.table is table for name in one.within.columns
        ]
        wanted = {name: self._some(table.type_of(name)) for name in (*table.key, *shared)}
        owned = {name: value for name, value in whose.owners.items() if name in wanted and table.within is None}
        return Whose(whose.owners, {**wanted, **owned, **whose.values})

    def _some(self, kind: str) -> object:
        match kind:
            case "uuid":
                return uuid4()
            case "date":
                return date(2021, 5, 21) + timedelta(days=self._number)
            case "timestamptz":
                return "2021-05-21T00:00:00Z"
            case "text":
                return str(self._number)
            case "boolean":
                return False
            case "text[]":
                return []
            case _:
                return self._number

    async def _insert(self, owner: psycopg.AsyncConnection[Any], table: Table, given: Mapping[str, object]) -> None:
        values = [
            given.get(name, self._some(table.type_of(name)) if "NOT NULL" in kind else None)
            for name, kind in table.columns.items()
        ]
        names = sql.SQL(", ").join(sql.Identifier(name) for name in table.columns)
        into = sql.Identifier(f"{table.name}_b{self.build}")
        await owner.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(into, names, sql.SQL(", ").join(sql.Placeholder() * len(values))),
            values,
        )

    async def seen(self, table: Table, relation: str, reach: Reach | None) -> set[tuple[object, ...]]:
        """The keys of all rows that the service's own role is shown; with None when it says nothing."""
        keys = sql.SQL(", ").join(sql.Identifier(name) for name in table.key)
        asked = sql.SQL("SELECT {} FROM {}").format(keys, sql.Identifier(relation))
        async with self.app.transaction():
            if reach is not None:
                await see(self.app, reach.sight)
            try:
                async with self.app.transaction():
                    return set(await (await self.app.execute(asked)).fetchall())
            except psycopg.errors.InsufficientPrivilege:
                assert not shown_to_narrow(table)
                return set()

    def promised(self, table: Table, reach: Reach) -> set[tuple[object, ...]]:
        return {
            tuple(whose.values[name] for name in table.key)
            for whose in self.rows[table.name]
            if whose.shown_to(reach, root(table))
        }


@pytest.fixture
async def filled(postgres: PostgresServer, projection: Projection) -> AsyncIterator[Filled]:
    database = new_store(postgres)
    async with (
        await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner,
        await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as reader,
        await psycopg.AsyncConnection.connect(database.app, autocommit=True) as app,
    ):
        await prepare(owner, projection)
        rebuilt = await rebuild(owner, reader, projection)
        yield await Filled(app, database, projection, rebuilt.build).fill(owner)


@EACH
async def test_every_table_and_its_view_show_what_is_the_callers(filled: Filled, projection: Projection) -> None:
    for table in projection.tables:
        for relation in (f"{table.name}_b{filled.build}", table.name):
            assert await filled.seen(table, relation, None) == set(), f"{relation}: nobody has said anything"
            for name, reach in REACHES.items():
                assert await filled.seen(table, relation, reach) == filled.promised(table, reach), f"{relation}, {name}"


def test_of_every_table_somebody_sees_something_and_nobody_else_all() -> None:
    """Else the test above would compare nothing with nothing."""
    owned = {
        owner
        for service in SERVICES
        for projection in projections_of(service)
        for table in projection.tables
        for owner in table.owners
    }
    assert owned == set(OWNERS)


def test_a_table_that_belongs_nowhere_cannot_be_made() -> None:
    stray = Table(name="stray", key=("id",), columns={"id": "uuid NOT NULL", "version": "int NOT NULL"})
    with pytest.raises(UnguardedError, match="stray"):
        list(policies(stray, 1, sql.Identifier("app")))


@EACH
async def test_no_view_shows_what_its_owner_may_see(filled: Filled) -> None:
    async with await psycopg.AsyncConnection.connect(filled.database.owner, autocommit=True) as owner:
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
                " FROM pg_roles WHERE rolname = ANY(%s) GROUP BY 1, 2, 3, 4, 5",
                [[role]],
            )
        ).fetchall()
    assert rights == [(False, False, False, False, False)]
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True) as app:
        owned = await (await app.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")).fetchone()
        assert owned == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await app.execute("ALTER TABLE volunteers_b1 DISABLE ROW LEVEL SECURITY")
        await app.execute("SET ROLE songtor_narrow")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await app.execute("INSERT INTO events SELECT * FROM events")
