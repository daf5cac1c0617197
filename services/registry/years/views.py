"""Terms that end and people who are paid, as plain SQL, of what the caller may touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from services.registry.rules import PAID_LEVEL
from services.registry.views import VolunteerRow
from shared.access import Reach
from shared.buddhist_calendar import Month
from shared.errors import Fault, InvalidError
from shared.sealed import Sealed
from shared.store.store import Connection

Place = tuple[date, UUID]
"""A row's place in the list of terms that end: last day, id; ascending."""

# The row of a volunteer names the last term: whoever has a next one is in service for years, or not yet again.
_EXPIRING: LiteralString = """
SELECT volunteer_id, person AS person_json, card_no, province, level, area_code, village_no, unit_id, appointed_on,
       term_starts_on, term_ends_on, relieved_on, order_no, 'active' AS status
FROM volunteers
WHERE %(whole)s AND (%(in_provinces)s::text[] IS NULL OR province = ANY(%(in_provinces)s))
  AND (%(province)s::text IS NULL OR province = %(province)s)
  AND relieved_on IS NULL AND term_starts_on <= %(day)s AND term_ends_on BETWEEN %(day)s AND %(last_day)s
  AND (%(ends_on)s::date IS NULL OR (term_ends_on, volunteer_id) > (%(ends_on)s, %(id)s::uuid))
ORDER BY term_ends_on, volunteer_id
LIMIT %(limit)s
"""

_COUNTS: LiteralString = """
SELECT province, (term_ends_on - %(day)s)::int AS days_left, count(*)::int AS volunteers FROM volunteers
WHERE relieved_on IS NULL AND term_starts_on <= %(day)s AND term_ends_on BETWEEN %(day)s AND %(last_day)s
GROUP BY province, term_ends_on
"""

# As in `views.paid`: who was relieved and appointed to the same area again within the month is paid once, by the newer card.
_PAYEES: LiteralString = """
SELECT volunteer_id, card_no, province, area_code, person_json FROM (
    SELECT DISTINCT ON (s.area_code, s.person_ref)
           v.volunteer_id, v.card_no, v.province, v.area_code, v.person AS person_json
    FROM volunteer_service s JOIN volunteers v ON v.volunteer_id = s.volunteer_id
    WHERE s.province = %(province)s AND s.level = %(level)s AND s.starts_on <= %(last_day)s AND s.until >= %(first_day)s
    ORDER BY s.area_code, s.person_ref, s.starts_on DESC, v.volunteer_id DESC
) paid
ORDER BY area_code, volunteer_id
"""


@dataclass(frozen=True, slots=True)
class Ending:
    """How many volunteers of a province have so many days left."""

    province: str
    days_left: int
    volunteers: int


@dataclass(frozen=True, slots=True)
class Payee:
    """Who gets a month's allowance for an area."""

    volunteer_id: UUID
    card_no: str
    province: str
    area_code: str
    person_json: str

    @property
    def person(self) -> Sealed:
        return Sealed.model_validate_json(self.person_json)


def place_of(cursor: Sequence[Any] | None) -> Place | None:
    """What a cursor of the list says. Raises InvalidError for any other."""
    if cursor is None:
        return None
    try:
        ends_on, row_id = cursor
        return date.fromisoformat(ends_on), UUID(row_id)
    except (ValueError, TypeError, AttributeError):
        raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")]) from None


async def expiring(
    connection: Connection,
    reach: Reach,
    *,
    day: date,
    within_days: int,
    province: str | None,
    after: Place | None,
    limit: int,
) -> list[VolunteerRow]:
    """Who serves on the day, and so many days later no more: the soonest first."""
    ends_on, row_id = after or (None, None)
    cursor = connection.cursor(row_factory=class_row(VolunteerRow))
    parameters: dict[str, Any] = {"day": day, "last_day": day + timedelta(days=within_days), "province": province}
    parameters |= {"ends_on": ends_on, "id": row_id, "limit": limit}
    await cursor.execute(_EXPIRING, reach.parameters() | parameters, prepare=False)
    return await cursor.fetchall()


async def endings(connection: Connection, *, day: date, within_days: int) -> list[Ending]:
    """The same, counted, of every province that the connection is shown."""
    cursor = connection.cursor(row_factory=class_row(Ending))
    await cursor.execute(_COUNTS, {"day": day, "last_day": day + timedelta(days=within_days)})
    return await cursor.fetchall()


async def payees(connection: Connection, month: Month, *, province: str) -> list[Payee]:
    """By area, then in the order of appointment: volunteers of the paid level in service on any day of a month."""
    cursor = connection.cursor(row_factory=class_row(Payee))
    parameters = {"level": PAID_LEVEL, "first_day": month.first_day, "last_day": month.last_day, "province": province}
    await cursor.execute(_PAYEES, parameters)
    return await cursor.fetchall()
