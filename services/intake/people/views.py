"""The cases of one person, as plain SQL over the projection's view."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from services.intake.views import Listed
from shared.store.store import Connection

AT_MOST = 200
_CASES: LiteralString = """
SELECT case_id, status, kind, urgent, province, area_code, village_no, volunteer_id, unit_id, person_ref, worker_type,
       reported_at, fiscal_year, duplicate, duplicate_of
FROM intake_cases
WHERE person_ref = %(person_ref)s AND (%(provinces)s::text[] IS NULL OR province = ANY(%(provinces)s))
ORDER BY reported_at DESC, case_id DESC
LIMIT %(limit)s
"""


async def cases_of(connection: Connection, person_ref: UUID, *, provinces: Sequence[str] | None) -> list[Listed]:
    """The newest first, of these provinces; None is all of them."""
    cursor = connection.cursor(row_factory=class_row(Listed))
    wanted = None if provinces is None else list(provinces)
    await cursor.execute(_CASES, {"person_ref": person_ref, "provinces": wanted, "limit": AT_MOST}, prepare=True)
    return await cursor.fetchall()
