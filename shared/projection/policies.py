"""Row-level security of read tables: what of each is shown to a caller, whatever is asked of it. The settings that it goes by are
told by `shared/sight.py`; what is filtered by, the views of the services say."""

from collections.abc import Iterator
from typing import LiteralString

from psycopg import sql

from shared.projection.tables import Table, Within
from shared.sight import ALL, NARROW

PLACE: LiteralString = "province"
# Settings are read in subqueries: once for a statement, and not once for each row.
_EVERYWHERE: LiteralString = f"(SELECT current_setting('songtor.provinces', true)) = '{ALL}'"
_IN_PROVINCES: LiteralString = f"""
({_EVERYWHERE} OR {PLACE} = ANY ((SELECT string_to_array(current_setting('songtor.provinces', true), ','))::text[]))
"""
_OWNED_BY = {
    "agency": "agency = (SELECT nullif(current_setting('songtor.agency', true), ''))",
    "unit_id": "unit_id = (SELECT nullif(current_setting('songtor.unit', true), ''))::uuid",
    "volunteer_id": "volunteer_id = (SELECT nullif(current_setting('songtor.volunteer', true), ''))::uuid",
}
_TO: LiteralString = "CREATE POLICY {name} ON {table} TO {role} USING ({shown})"


class UnguardedError(Exception):
    """A table that has no province and is within none that has: a fault of the code that defines it."""


def built(table: str, build: int) -> sql.Identifier:
    """The table of one build."""
    return sql.Identifier(f"{table}_b{build}")


def policies(table: Table, build: int, app: sql.Identifier) -> Iterator[sql.Composed]:
    """The statements that close a new table but for what is to be shown: to the service's role by province, to narrow callers of
    their provinces only what is theirs. Raises UnguardedError."""
    there, narrow = built(table.name, build), sql.Identifier(NARROW)
    yield sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(there)
    if table.within is None and PLACE not in table.columns:
        raise UnguardedError(table.name)
    placed = sql.SQL(_IN_PROVINCES) if table.within is None else _beside(table, table.within, build)
    shortly = placed if table.within is None else sql.SQL(f"{_EVERYWHERE} OR {{}}").format(placed)
    yield sql.SQL(_TO).format(name=sql.Identifier("of_provinces"), table=there, role=app, shown=shortly)
    if not shown_to_narrow(table):
        return
    owned = [sql.SQL(_OWNED_BY[column]) for column in table.owners]
    shown = sql.SQL("{} AND ({})").format(placed, sql.SQL(" OR ").join(owned)) if owned else placed
    yield sql.SQL(_TO).format(name=sql.Identifier("of_caller"), table=there, role=narrow, shown=shown)
    yield sql.SQL("GRANT SELECT ON {} TO {}").format(there, narrow)


def shown_to_narrow(table: Table) -> bool:
    """Whether anything of it is shown to callers who may touch their own things alone."""
    return bool(table.owners) or table.for_all or (table.within is not None and shown_to_narrow(table.within.table))


def _beside(table: Table, within: Within, build: int) -> sql.Composed:
    """That the other table shows a row to the caller: its own policies are heeded."""
    there, other = built(table.name, build), built(within.table.name, build)
    same = (sql.SQL("{}.{} = {}.{}").format(other, name, there, name) for name in map(sql.Identifier, within.columns))
    return sql.SQL("EXISTS (SELECT FROM {} WHERE {})").format(other, sql.SQL(" AND ").join(same))
