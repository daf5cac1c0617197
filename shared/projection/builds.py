"""Builds of a projection: its tables under a build number, and the views that show the live one. Run as the tables' owner."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from shared.projection.policies import built, policies
from shared.projection.tables import Projection
from shared.sight import NARROW
from shared.store.store import Connection

SWAP_LOCK_TIMEOUT = "250ms"
_SETTLED_EARLY: LiteralString = "autovacuum_vacuum_insert_scale_factor = 0.01"
"""What is counted from an index alone is looked up in the table until a vacuum has been there: it comes after each hundredth."""
# By itself a view shows what its owner may see, and an owner sees all.
_VIEW: LiteralString = "CREATE VIEW {} WITH (security_invoker) AS "
# To narrow callers, too: what they are shown through it, the tables below say.
_GRANT: LiteralString = f"GRANT SELECT ON {{}} TO {{}}, {NARROW}"


@dataclass(frozen=True, slots=True)
class Live:
    """The build that the views show."""

    build: int
    definition: int
    position: int


_LIVE: LiteralString = "SELECT build, definition, position FROM projections WHERE name = %b AND status = 'live'"
_LIVE_LOCKED: LiteralString = _LIVE + " FOR UPDATE"


async def live_build(connection: Connection, name: str, *, lock: bool = False) -> Live | None:
    """The live build, if there is one; with `lock` held still until the end of the transaction."""
    cursor = await connection.execute(_LIVE_LOCKED if lock else _LIVE, [name], binary=True, prepare=True)
    row = await cursor.fetchone()
    return None if row is None else Live(*row)


async def prepare(connection: Connection, projection: Projection) -> bool:
    """Makes the first build if there is none. Returns whether the live one has another definition than the code."""
    live = await live_build(connection, projection.name)
    if live is not None:
        return live.definition != projection.definition
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO projections (name, build, definition, status) VALUES (%s, 1, %s, 'live')",
            [projection.name, projection.definition],
        )
        await create_tables(connection, projection, 1)
        await create_indexes(connection, projection, 1)
        await show(connection, projection, 1)
    return False


async def create_tables(connection: Connection, projection: Projection, build: int) -> None:
    app = sql.Identifier(await _app_role(connection))
    for table in projection.tables:
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in table.columns.items()
        )
        key = sql.SQL(", ").join(sql.Identifier(name) for name in table.key)
        there = built(table.name, build)
        creating = sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({})) WITH ({})")
        await connection.execute(creating.format(there, columns, key, sql.SQL(_SETTLED_EARLY)))
        await connection.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE ON {} TO {}").format(there, app))
    for table in projection.tables:
        for policy in policies(table, build, app):
            await connection.execute(policy)


async def create_indexes(connection: Connection, projection: Projection, build: int) -> None:
    for table in projection.tables:
        for index in table.indexes:
            await connection.execute(sql.SQL("CREATE INDEX ON {} {}").format(built(table.name, build), sql.SQL(index)))


async def settle(connection: Connection, projection: Projection, build: int) -> None:
    """What autovacuum does in its time, for tables that are filled: without it the first to read them wait ten times as long.
    Outside a transaction."""
    for table in projection.tables:
        await connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(built(table.name, build)))


async def show(connection: Connection, projection: Projection, build: int) -> None:
    """Points the views at a build. Inside a transaction, so that readers see the old or the new, never none."""
    app = sql.Identifier(await _app_role(connection))
    for view in reversed([*(table.name for table in projection.tables), *projection.views]):
        await connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(sql.Identifier(view)))
    for table in projection.tables:
        shown = sql.Identifier(table.name)
        await connection.execute(sql.SQL(_VIEW + "SELECT * FROM {}").format(shown, built(table.name, build)))
        await connection.execute(sql.SQL(_GRANT).format(shown, app))
    for name, body in projection.views.items():
        shown = sql.Identifier(name)
        await connection.execute(sql.SQL(_VIEW + "{}").format(shown, sql.SQL(body)))
        await connection.execute(sql.SQL(_GRANT).format(shown, app))


async def drop(connection: Connection, projection: Projection, build: int) -> None:
    """Forgets a build that is not live."""
    # At once, because the policies of some look into others.
    tables = sql.SQL(", ").join(built(table.name, build) for table in projection.tables)
    async with connection.transaction():
        await connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(tables))
        await connection.execute("DELETE FROM projections WHERE name = %s AND build = %s", [projection.name, build])


@contextlib.asynccontextmanager
async def short_lock(connection: Connection) -> AsyncIterator[None]:
    """A transaction that gives up with LockNotAvailable rather than queue readers behind itself."""
    async with connection.transaction():
        await connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(SWAP_LOCK_TIMEOUT)))
        yield


async def _app_role(connection: Connection) -> str:
    row = await (await connection.execute("SELECT regexp_replace(current_user, '_owner$', '')")).fetchone()
    assert row is not None
    role: str = row[0]
    return role
