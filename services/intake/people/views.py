"""The cases of one person, and by what imports know their rows again, as plain SQL over the projection's view."""

from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from services.intake.views import SHOWN, Listed
from shared.access import Reach
from shared.store import Claim
from shared.store.store import Connection

AT_MOST = 200
_CASES: LiteralString = f"""
{SHOWN}
WHERE person_ref = %(person_ref)s
ORDER BY reported_at DESC, case_id DESC
LIMIT %(limit)s
"""

_ROWS: LiteralString = """
SELECT c.scope, c.key, c.stream_id FROM intake_cases n JOIN claims c ON c.stream_id = n.case_id AND c.scope = 'row'
WHERE n.person_ref = %s
"""


async def cases_of(connection: Connection, reach: Reach, person_ref: UUID) -> list[Listed]:
    """The newest first, of what the caller may touch."""
    cursor = connection.cursor(row_factory=class_row(Listed))
    await cursor.execute(_CASES, reach.parameters() | {"person_ref": person_ref, "limit": AT_MOST}, prepare=True)
    return await cursor.fetchall()


async def rows_of(connection: Connection, person_ref: UUID) -> list[Claim]:
    """To be dropped: by these an imported row of the person would be known again."""
    found = await (await connection.execute(_ROWS, [person_ref], prepare=True)).fetchall()
    return [Claim("drop", scope, key, case_id) for scope, key, case_id in found]
