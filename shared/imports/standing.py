"""How an import stands, in the service's database: begun, how far, how it ended, what became of its rows. It is there for whoever
asks any of the processes, and shows when the one that ran it is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import TupleRow

from shared.imports.results import Counts
from shared.store import Store

INTERRUPTED = "interrupted"

# Without a sign of life for so long an import is taken for broken off.
_SILENT: LiteralString = "state = 'running' AND heartbeat_at < clock_timestamp() - interval '30 seconds'"
_COLUMNS: LiteralString = f"""
id, actor, action, sent, dry_run, attempt, CASE WHEN {_SILENT} THEN 'failed' ELSE state END,
CASE WHEN {_SILENT} THEN 'interrupted' ELSE code END, done, total, accepted, matched, refused, last, file_key
"""
_BY_ID: LiteralString = f"SELECT {_COLUMNS} FROM imports WHERE id = %s"
_BY_KEY: LiteralString = f"SELECT {_COLUMNS} FROM imports WHERE key = %s"
_BEGIN: LiteralString = f"""
INSERT INTO imports (id, actor, action, key, sent, dry_run, total) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (key) DO NOTHING RETURNING {_COLUMNS}
"""
_AGAIN: LiteralString = f"""
WITH begun AS (
    UPDATE imports SET attempt = attempt + 1, state = 'running', code = NULL, done = 0, accepted = 0, matched = 0, refused = 0,
        last = NULL, file_key = NULL, sent = %s, total = %s, created_at = clock_timestamp(), heartbeat_at = clock_timestamp()
    WHERE id = %s AND attempt = %s AND (state = 'failed' OR {_SILENT}) RETURNING {_COLUMNS}),
rows_gone AS (DELETE FROM import_rows WHERE import_id IN (SELECT id FROM begun)),
file_gone AS (DELETE FROM import_files WHERE import_id IN (SELECT id FROM begun))
SELECT * FROM begun
"""
_GO_ON: LiteralString = """
WITH going AS (
    UPDATE imports SET done = %(done)s, accepted = %(accepted)s, matched = %(matched)s, refused = %(refused)s,
        last = coalesce(%(last)s, last), heartbeat_at = clock_timestamp()
    WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'running' RETURNING id),
added AS (INSERT INTO import_rows SELECT id, %(chunk)s, %(rows)s::json FROM going ON CONFLICT DO NOTHING)
SELECT id FROM going
"""
_END: LiteralString = """
UPDATE imports SET state = %s, code = %s, heartbeat_at = clock_timestamp() WHERE id = %s AND attempt = %s AND state = 'running'
"""
_BEAT: LiteralString = "UPDATE imports SET heartbeat_at = clock_timestamp() WHERE id = ANY(%s) AND state = 'running'"
_ROWS: LiteralString = "SELECT rows::text FROM import_rows WHERE import_id = %s ORDER BY chunk"


@dataclass(frozen=True, slots=True)
class Standing:
    """`state`: running, done or failed; `code`: why. `done` of `total` rows. `last`: the position of what it stored last."""

    id: UUID
    actor: str
    action: str
    sent: bytes
    dry_run: bool
    attempt: int
    state: str
    code: str | None
    done: int
    total: int
    accepted: int
    matched: int
    refused: int
    last: str | None
    file_key: bytes | None


async def by_id(store: Store, import_id: UUID) -> Standing | None:
    return _one(await _ask(store, _BY_ID, (import_id,)))


async def by_key(store: Store, key: str) -> Standing | None:
    return _one(await _ask(store, _BY_KEY, (key,)))


async def begin(
    store: Store, import_id: UUID, *, actor: str, action: str, key: str | None, sent: bytes, dry_run: bool, total: int
) -> Standing | None:
    """None where the same command has begun one meanwhile."""
    return _one(await _ask(store, _BEGIN, (import_id, actor, action, key, sent, dry_run, total)))


async def begin_again(store: Store, failed: Standing, *, sent: bytes, total: int) -> Standing | None:
    """One that failed, by the same command. None where somebody was faster."""
    return _one(await _ask(store, _AGAIN, (sent, total, failed.id, failed.attempt)))


async def go_on(store: Store, one: Standing, chunk: int, *, done: int, counts: Counts, last: str | None, rows: str) -> bool:
    """So far it is now; may be said again. False where another attempt has taken its place."""
    given = {
        "id": one.id,
        "attempt": one.attempt,
        "chunk": chunk,
        "done": done,
        "accepted": counts.accepted,
        "matched": counts.matched,
        "refused": counts.refused,
        "last": last,
        "rows": rows,
    }
    return bool(await _ask(store, _GO_ON, given))


async def end(store: Store, one: Standing, state: str, code: str | None = None) -> None:
    await _ask(store, _END, (state, code, one.id, one.attempt))


async def beat(store: Store, imports: Sequence[UUID]) -> None:
    """They are alive, though nothing is to be seen of them."""
    await _ask(store, _BEAT, (list(imports),))


async def rows_of(store: Store, import_id: UUID) -> list[str]:
    """Arrays of results, as JSON, in the order of the rows."""
    return [rows for (rows,) in await _ask(store, _ROWS, (import_id,))]


def _one(rows: Sequence[TupleRow]) -> Standing | None:
    return Standing(*rows[0]) if rows else None


async def _ask(store: Store, statement: LiteralString, parameters: Any) -> list[TupleRow]:
    async with store.connection() as connection:
        cursor = await connection.execute(statement, parameters)
        return await cursor.fetchall() if cursor.description else []
