"""The trail in the database: adding an entry of something that was seen, and reading it. Entries of what is changed are written
by the append call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from shared.audit.chain import Head, Link
from shared.audit.entry import Entry
from shared.errors import UnavailableError
from shared.metrics import AUDIT_FAILURES
from shared.store.arrays import Array, int4s, texts, uuids
from shared.store.store import Connection, Store

_COLUMNS: LiteralString = "number, at, actor, roles, action, person_ref, details::text, outcome, status, request_id, before, hash"
_ADD: LiteralString = "SELECT audit_add(%b, %b, %b, %b, %b, %b, %b, %b)"
_KINDS: tuple[Callable[[list[Any]], Array], ...] = (texts, texts, texts, uuids, texts, texts, int4s, texts)


async def record(store: Store, entry: Entry) -> None:
    """Returns when the entry is committed: only then may be given out what it is about. Raises UnavailableError
    `audit_unavailable`, whatever the reason."""
    try:
        async with store.connection() as connection:
            values: Sequence[Any] = [kind([value]) for kind, value in zip(_KINDS, entry.values(), strict=True)]
            await connection.execute(_ADD, values, prepare=True)
    except (psycopg.Error, UnavailableError) as error:
        AUDIT_FAILURES.labels(type(error).__name__).inc()
        raise UnavailableError("audit_unavailable", "what is asked for is given out only when it can be written down") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries; None: any. From `from_` on, before `until`; newest first, only older ones than `before`."""

    actor: str | None = None
    person_ref: UUID | None = None
    action: str | None = None
    from_: datetime | None = None
    until: datetime | None = None
    before: int | None = None


_LISTED: LiteralString = f"""
SELECT {_COLUMNS} FROM audit
WHERE (%(actor)s::text IS NULL OR actor = %(actor)s) AND (%(person_ref)s::uuid IS NULL OR person_ref = %(person_ref)s)
  AND (%(action)s::text IS NULL OR action = %(action)s) AND (%(from_)s::timestamptz IS NULL OR at >= %(from_)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s) AND (%(before)s::bigint IS NULL OR number < %(before)s)
ORDER BY number DESC LIMIT %(limit)s
"""


async def listed(connection: Connection, wanted: Wanted, limit: int) -> list[Link]:
    """Newest first. Planned anew each time: what is not asked for must not count."""
    parameters: dict[str, Any] = {one.name: getattr(wanted, one.name) for one in fields(wanted)} | {"limit": limit}
    return _links(await (await connection.execute(_LISTED, parameters, prepare=False)).fetchall())


async def head(connection: Connection) -> Head:
    """The last entry; number 0 of an empty trail."""
    row = await (await connection.execute("SELECT number, hash FROM audit_head")).fetchone()
    assert row is not None
    return Head(row[0], bytes(row[1]))


async def links_after(connection: Connection, number: int, *, through: int, limit: int) -> list[Link]:
    """Entries in order, for those who go through all of them."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM audit WHERE number > %b AND number <= %b ORDER BY number LIMIT %b",
        [number, through, limit],
        binary=True,
        prepare=True,
    )
    return _links(await cursor.fetchall())


def _links(rows: Sequence[TupleRow]) -> list[Link]:
    return [Link._make((*row[:3], tuple(row[3]), *row[4:10], bytes(row[10]), bytes(row[11]))) for row in rows]
