"""What the tables know of one person, and what was put right about many, in plain SQL."""

from collections.abc import Collection
from typing import Any, LiteralString
from uuid import UUID

from shared.sealed import Sealed
from shared.store.store import Connection

Corrections = dict[UUID, Sealed]
"""By person: the sealed block of all that was put right."""

_CORRECTIONS: LiteralString = "SELECT person_ref, person FROM corrected_people WHERE person_ref = ANY(%s)"
_STREAMS: LiteralString = """
SELECT case_id FROM needs WHERE person_ref = %(person)s
UNION SELECT coalesce(case_id, assistance_id) FROM assistance_versions WHERE person_ref = %(person)s
UNION SELECT volunteer_id FROM volunteers WHERE person_ref = %(person)s
"""
_REPORTS: LiteralString = """
SELECT DISTINCT s.form, to_char(s.month, 'YYYY-MM'), s.province, s.unit_id, s.revision, a.assistance_id
FROM assistance_versions a
JOIN submitted_rows r ON r.assistance_id = a.assistance_id AND r.assistance_revision = a.revision
JOIN submissions s ON s.report_id = r.report_id AND s.revision = r.revision
WHERE a.person_ref = %(person)s
ORDER BY 2, 1, 3, 4, 5, 6
"""


async def corrections(connection: Connection, people: Collection[UUID]) -> Corrections:
    """Of those people about whom anything was put right."""
    if not people:
        return {}
    cursor = await connection.execute(_CORRECTIONS, [list(people)], prepare=True, binary=True)
    return {person_ref: Sealed.model_validate_json(person) for person_ref, person in await cursor.fetchall()}


async def streams_about(connection: Connection, person_ref: UUID) -> list[UUID]:
    """Cases, help and service as a volunteer in which the person occurs; empty for somebody unknown."""
    cursor = await connection.execute(_STREAMS, {"person": person_ref}, prepare=True)
    return [stream for (stream,) in await cursor.fetchall()]


async def reports_of(connection: Connection, person_ref: UUID) -> list[dict[str, Any]]:
    """The submitted forms on which the person stands, once a revision and help."""
    cursor = await connection.execute(_REPORTS, {"person": person_ref}, prepare=True)
    names = ("form", "period", "province", "unit_id", "revision", "assistance_id")
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
