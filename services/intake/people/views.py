"""The cases of one person, as plain SQL over the projection's view."""

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


async def cases_of(connection: Connection, reach: Reach, person_ref: UUID) -> list[Listed]:
    """The newest first, of what the caller may touch."""
    cursor = connection.cursor(row_factory=class_row(Listed))
    await cursor.execute(_CASES, reach.parameters() | {"person_ref": person_ref, "limit": AT_MOST}, prepare=True)
    return await cursor.fetchall()
