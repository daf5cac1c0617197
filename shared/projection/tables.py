"""What a projection is: tables, and for each event type a pure function from the event to rows. No reading back: events carry
the whole state of their thing, and of two rows with the same key the newer version wins, whichever came first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any, LiteralString

from shared.store.records import Recorded

Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A read table. `columns` maps names to SQL types with constraints; values are given as JSON has them (ids and times as
    text). With `version` a row replaces another of its key only if its version is higher."""

    name: LiteralString
    key: tuple[LiteralString, ...]
    columns: Mapping[LiteralString, LiteralString]
    indexes: tuple[LiteralString, ...] = ()
    """Each as what follows `ON table`, e.g. `(province, reported_at)`."""
    version: LiteralString = "version"
    owners: tuple[LiteralString, ...] = ()
    """Columns, of `agency`, `unit_id` and `volunteer_id`, by which a row belongs to somebody who may touch his own things alone.
    Without any nothing of the table is shown to such a caller."""
    within: "Within | None" = None
    """For a table without a province."""
    for_all: bool = False
    """Whether who may touch his own things alone is shown all of his provinces."""

    @cached_property
    def key_of(self) -> Callable[[Row], Key]:
        """The values of the key's columns in a row."""
        if len(self.key) > 1:
            return itemgetter(*self.key)
        (only,) = self.key
        return lambda row: (row[only],)

    def type_of(self, column: str) -> str:
        """The SQL type of a column without its constraints."""
        return next(kind for name, kind in self.columns.items() if name == column).split()[0]


@dataclass(frozen=True)
class Within:
    """Rows that are shown to whom a row of another table is shown, which has the same values in these columns and an index that
    begins with them. That table stands before this one in its projection."""

    table: Table
    columns: tuple[LiteralString, ...]


Patches = dict[tuple[str, tuple[str, ...]], dict[Key, Row]]
"""By table and the columns that are changed, then by key."""


class Rows:
    """The rows of one batch, folded in memory: one write per table however many events there were."""

    def __init__(self) -> None:
        self.puts: dict[str, dict[Key, Row]] = {}
        self.patches: Patches = {}
        self.fills: Patches = {}

    def put(self, table: Table, row: Row) -> None:
        """The row of its key, unless a newer version is there. A row names every column of its table."""
        rows = self.puts.setdefault(table.name, {})
        key = table.key_of(row)
        there = rows.get(key)
        if there is None or there[table.version] < row[table.version]:
            rows[key] = row

    def patch(self, table: Table, key: Key, values: Row) -> None:
        """Sets some columns of a row that is there or is put in the same batch."""
        self.patches.setdefault((table.name, tuple(values)), {})[key] = values

    def fill(self, table: Table, key: Key, values: Row) -> None:
        """Like `patch`, but only where a column is still null: of several the first counts."""
        self.fills.setdefault((table.name, tuple(values)), {}).setdefault(key, values)


Handler = Callable[[Recorded, dict[str, Any], Rows], None]
"""From an event (its record, and its fields as a plain object in the shape of today) to rows."""


@dataclass(frozen=True)
class Projection:
    """A set of tables folded together. Raise `definition` when tables or handlers change: the next migrate rebuilds.

    `views` are further views over the tables' own names, in the order in which they can be created."""

    name: LiteralString
    definition: int
    tables: tuple[Table, ...]
    handlers: Mapping[str, Handler]
    views: Mapping[LiteralString, LiteralString] = field(default_factory=dict)

    def fold(self, records: list[Recorded]) -> Rows:
        """The rows of a batch. Types without a handler leave none."""
        rows = Rows()
        handlers = self.handlers
        for record in records:
            handler = handlers.get(record.type)
            if handler is not None:
                handler(record, record.fields, rows)
        return rows
