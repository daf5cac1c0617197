"""The cases of one person, and by what an imported row is known again, as plain SQL."""

from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from services.intake.views import SHOWN, Listed
from shared.access import Reach
from shared.store.store import Connection

AT_MOST = 200
_CASES: LiteralString = f"""
{SHOWN}
WHERE person_ref = %(person_ref)s
ORDER BY reported_at DESC, case_id DESC
LIMIT %(limit)s
"""

_ROWS: LiteralString = "SELECT key FROM claims WHERE scope = 'row' AND stream_id = %s"


async def cases_of(connection: Connection, reach: Reach, person_ref: UUID) -> list[Listed]:
    """The newest first, of what the caller may touch."""
    cursor = connection.cursor(row_factory=class_row(Listed))
    await cursor.execute(_CASES, reach.parameters() | {"person_ref": person_ref, "limit": AT_MOST}, prepare=True)
    return await cursor.fetchall()


async def rows_of(connection: Connection, case_id: UUID) -> list[str]:
    """The keys by which the imported row that became this case is known again."""
    return [key for (key,) in await (await connection.execute(_ROWS, [case_id], prepare=True)).fetchall()]
