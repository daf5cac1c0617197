"""Writing folded rows into a build: one upsert per table, then what is changed in rows. The service's own role may do it."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, LiteralString

from psycopg import sql

from shared.projection.policies import built
from shared.projection.tables import Patches, Projection, Rows, Table
from shared.store.arrays import Array, booleans, int4s, int8s, texts
from shared.store.store import Connection

Columns = tuple[tuple[LiteralString, LiteralString], ...]
"""(name, SQL type) of each."""

# Values come as JSON has them: what is text there (ids, days, instants) PostgreSQL casts.
_ENCODERS: Mapping[str, Callable[[Iterable[Any]], Array]] = {
    "int": int4s,
    "integer": int4s,
    "smallint": int4s,
    "bigint": int8s,
    "boolean": booleans,
}


async def write(connection: Connection, projection: Projection, build: int, rows: Rows) -> None:
    """The rows of a batch. Within a transaction, with the position that they belong to."""
    for table in projection.tables:
        puts = rows.puts.get(table.name)
        if puts:
            columns = _typed(table, tuple(table.columns))
            statement = _upsert(table.name, build, columns, table.key, table.version)
            values = _encoded(columns, [[row[name] for row in puts.values()] for name, _ in columns])
            await connection.execute(statement, values, binary=True, prepare=True)
    for table in projection.tables:
        await _change(connection, table, build, rows.patches, fill=False)
        await _change(connection, table, build, rows.fills, fill=True)


async def _change(connection: Connection, table: Table, build: int, patches: Patches, *, fill: bool) -> None:
    for (name, changed), changes in patches.items():
        if name == table.name:
            columns = _typed(table, (*table.key, *changed))
            keys = [list(part) for part in zip(*changes, strict=True)]
            values = _encoded(columns, [*keys, *([new[column] for new in changes.values()] for column in changed)])
            statement = _patch(table.name, build, columns, table.key, fill)
            await connection.execute(statement, values, binary=True, prepare=True)


def _typed(table: Table, names: Iterable[str]) -> Columns:
    types = {str(name): (name, kind.split()[0]) for name, kind in table.columns.items()}
    return tuple(types[name] for name in names)


def _encoded(columns: Columns, values: Iterable[Iterable[Any]]) -> list[Array]:
    return [_ENCODERS.get(kind, texts)(column) for (_, kind), column in zip(columns, values, strict=True)]


@cache
def _upsert(table: str, build: int, columns: Columns, key: tuple[str, ...], version: str) -> bytes:
    sets = (sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name, _ in columns if name not in key)
    return (
        sql.SQL(
            "INSERT INTO {table} AS t ({columns}) SELECT {arrays}"
            " ON CONFLICT ({key}) DO UPDATE SET {sets} WHERE t.{version} < excluded.{version}"
        )
        .format(
            table=built(table, build),
            columns=_names(name for name, _ in columns),
            # Taken apart in the SELECT list: in FROM each array would be written into a store of its own first.
            arrays=sql.SQL(", ").join(sql.SQL("unnest({})").format(array) for array in _arrays(columns)),
            key=_names(key),
            sets=sql.SQL(", ").join(sets),
            version=sql.Identifier(version),
        )
        .as_bytes()
    )


@cache
def _patch(table: str, build: int, columns: Columns, key: tuple[str, ...], fill: bool) -> bytes:
    changed = [name for name, _ in columns if name not in key]
    new: LiteralString = "{0} = coalesce(t.{0}, d.{0})" if fill else "{0} = d.{0}"
    return (
        sql.SQL("UPDATE {table} AS t SET {sets} FROM unnest({arrays}) AS d({names}) WHERE {match}")
        .format(
            table=built(table, build),
            sets=sql.SQL(", ").join(sql.SQL(new).format(sql.Identifier(name)) for name in changed),
            arrays=sql.SQL(", ").join(_arrays(columns)),
            names=_names(name for name, _ in columns),
            match=sql.SQL(" AND ").join(sql.SQL("t.{0} = d.{0}").format(sql.Identifier(name)) for name in key),
        )
        .as_bytes()
    )


def _arrays(columns: Columns) -> list[sql.Composed]:
    return [sql.SQL("%b::{}[]").format(sql.SQL(kind)) for _, kind in columns]


def _names(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
