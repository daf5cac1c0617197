"""The lists of mentors and of a mentor's volunteers, as plain SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from shared.access import Reach
from shared.errors import Fault, InvalidError
from shared.places import is_province
from shared.sealed import Sealed
from shared.store.store import Connection

_MENTORS: LiteralString = """
SELECT mentor_id, province, agency, name AS name_json FROM mentors
WHERE %(whole)s AND (%(in_provinces)s::text[] IS NULL OR province = ANY(%(in_provinces)s))
  AND (%(province)s::text IS NULL OR province = %(province)s)
  AND (%(after)s::text IS NULL OR (province, mentor_id) > (%(after)s, %(id)s::uuid))
ORDER BY province, mentor_id
LIMIT %(limit)s
"""

# Of whom nothing is known has been quiet the longest. What was taken back was no report; a tip-off is one, though it counts
# in no funnel.
_VOLUNTEERS: LiteralString = """
SELECT * FROM (
    SELECT v.volunteer_id, v.person AS person_json, v.card_no, v.area_code, v.level, m.assigned_from,
           (SELECT count(*) FROM counted_cases c
            WHERE c.volunteer_id = m.volunteer_id AND c.fiscal_year = %(fiscal_year)s)::int AS reported,
           r.last_report_on, greatest(r.last_report_on, a.last_held_on) AS last_activity_on
    FROM mentorings m
    JOIN volunteers v ON v.volunteer_id = m.volunteer_id
    CROSS JOIN LATERAL (SELECT max(c.reported_on) AS last_report_on FROM heard_cases c
                        WHERE c.volunteer_id = m.volunteer_id AND c.reported_on <= %(day)s AND NOT c.withdrawn) r
    CROSS JOIN LATERAL (SELECT max(t.held_on) AS last_held_on FROM activity_attendance t
                        WHERE t.volunteer_id = m.volunteer_id AND t.held_on <= %(day)s AND NOT t.void) a
    WHERE m.mentor_id = %(mentor_id)s AND m.assigned_from <= %(day)s AND (m.until IS NULL OR m.until >= %(day)s)
      AND EXISTS (SELECT FROM volunteer_service s
                  WHERE s.volunteer_id = m.volunteer_id AND %(day)s BETWEEN s.starts_on AND s.until)
) found
WHERE %(id)s::uuid IS NULL
   OR (coalesce(last_activity_on, '-infinity'), volunteer_id) > (coalesce(%(after)s::date, '-infinity'), %(id)s::uuid)
ORDER BY coalesce(last_activity_on, '-infinity'), volunteer_id
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class MentorRow:
    mentor_id: UUID
    province: str
    agency: str
    name_json: str

    @property
    def name(self) -> Sealed:
        return Sealed.model_validate_json(self.name_json)

    @property
    def place(self) -> tuple[str, str]:
        return self.province, str(self.mentor_id)


@dataclass(frozen=True, slots=True)
class MentoredRow:
    """A mentor's volunteer as of a day, with what was reported in a fiscal year."""

    volunteer_id: UUID
    person_json: str
    card_no: str
    area_code: str
    level: str
    assigned_from: date
    reported: int
    last_report_on: date | None
    last_activity_on: date | None

    @property
    def person(self) -> Sealed:
        return Sealed.model_validate_json(self.person_json)

    @property
    def place(self) -> tuple[str | None, str]:
        return None if self.last_activity_on is None else self.last_activity_on.isoformat(), str(self.volunteer_id)


MentorPlace = tuple[str, UUID]
"""A mentor's place in the list: province, id; ascending."""
QuietPlace = tuple[date | None, UUID]
"""A volunteer's place in a mentor's list: last activity (none first), id; ascending."""


def mentor_place_of(cursor: Sequence[Any] | None) -> MentorPlace | None:
    """What a cursor says. Raises InvalidError for one of another list."""
    try:
        match cursor:
            case None:
                return None
            case [str(province), str(row_id)] if is_province(province):
                return province, UUID(row_id)
    except ValueError:
        pass
    raise _foreign()


def quiet_place_of(cursor: Sequence[Any] | None) -> QuietPlace | None:
    """As above."""
    try:
        match cursor:
            case None:
                return None
            case [str() | None as day, str(row_id)]:
                return None if day is None else date.fromisoformat(day), UUID(row_id)
    except ValueError:
        pass
    raise _foreign()


def _foreign() -> InvalidError:
    return InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")])


async def mentors(
    connection: Connection, reach: Reach, *, province: str | None, after: MentorPlace | None, limit: int
) -> list[MentorRow]:
    """By province."""
    last, row_id = after or (None, None)
    cursor = connection.cursor(row_factory=class_row(MentorRow))
    parameters = {"province": province, "after": last, "id": row_id, "limit": limit}
    await cursor.execute(_MENTORS, reach.parameters() | parameters, prepare=False)
    return await cursor.fetchall()


async def volunteers_of(
    connection: Connection, mentor_id: UUID, *, day: date, fiscal_year: int, after: QuietPlace | None, limit: int
) -> list[MentoredRow]:
    """Those in service whom the mentor has on a day, quietest first. What they reported counts wherever they did."""
    last, row_id = after or (None, None)
    cursor = connection.cursor(row_factory=class_row(MentoredRow))
    parameters = {"mentor_id": mentor_id, "day": day, "fiscal_year": fiscal_year, "after": last, "id": row_id, "limit": limit}
    await cursor.execute(_VOLUNTEERS, parameters, prepare=False)
    return await cursor.fetchall()
